"""The one wire out: what was refused is shown with the session, and a hostile loop is a number, not a flood."""

from honk.conversation import evidence
from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import APP, Installation, say, shell

KNOCK = """
import os, socket, urllib.parse
proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
def knock(host):
    with socket.create_connection((proxy.hostname, proxy.port)) as way:
        way.sendall(f"CONNECT {host}:443 HTTP/1.1\\r\\nhost: {host}\\r\\n\\r\\n".encode())
        way.recv(1000)
for number in range(120):
    knock("telemetry.example")
    knock(f"host{number}.example")
"""


async def test_refusals_are_shown_and_counted(installation: Installation) -> None:
    installation.scripts["phone home"] = (
        shell(f"python3 - <<'END'{KNOCK}END"),
        shell("curl -sS https://example.com/ 2>&1 | head -3; curl -sS http://169.254.169.254/ ; echo 1 > note.txt"),
        say("Nobody answers."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("phone home")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert "Blocked: the sandbox asked for telemetry.example (not on the list)." in thread
        assert "Blocked: the sandbox asked for telemetry.example, 119 times more (not on the list)." in thread
        assert len(await installation.recorded(session, events.EgressRecorded)) < 60
        counts = {row.host: row.count for row in session.egress}
        assert counts["telemetry.example"] == 120
        assert sum(counts.values()) == 120 + 120 + 2
        assert not any(row.allowed for row in session.egress)
        assert "telemetry.example (work, 120×)" in evidence.text(session)


async def test_set_up_reaches_the_network_and_what_it_asked_for_is_logged(installation: Installation) -> None:
    setup = '[setup]\nrun = ["curl -sS --max-time 5 http://no-such-host.invalid/ || true"]\n'
    installation.push("app", "honk.toml", f'{APP["honk.toml"]}{setup}[egress]\nsetup = ["*.invalid"]\n')
    installation.scripts["write a note"] = (shell("echo 1 > note.txt"), say("Written."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("write a note")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [(row.host, row.allowed, row.phase) for row in session.egress] == [
            ("no-such-host.invalid", True, "setup")
        ]
