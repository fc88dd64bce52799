"""A change of what the deploy runs merges from no surface before somebody says that they looked at it. Slack:
slack/test_conversation.py; GitHub: github/test_intake.py."""

import re

import httpx2
import pytest

from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from honk.server import open_server
from honk.web import access
from honk.web.remote_client import PREFIX
from tests.story.conftest import ADA, APP, Installation, read, say, write
from tests.story.test_command_line import honk as command_line

DEPLOY = APP["honk.toml"] + '[deploy]\nrun = "sh ./deploy.sh"\n'
SAYS = "Somebody has to look at this first, and say so: deploy.sh"
WHO = {"id": ADA.id, "name": ADA.name, "email": ADA.email}


async def refused(installation: Installation, session: Session, surface: str, orders: int) -> None:
    """The order was taken and then refused, and the branch did not move."""
    now = await installation.quiet(session.id)
    assert (now.phase, now.orders) == (Phase.REVIEW, orders) and SAYS in now.error, (surface, now.error)
    assert [each.confirmed for each in await installation.recorded(now, events.MergeRequested)] == [False] * orders
    assert "evil" not in installation.git("show", "main:deploy.sh", at=installation.root / "shop.git"), surface


@pytest.mark.long
async def test_no_surface_merges_what_nobody_looked_at(installation: Installation) -> None:
    marks = installation.root / "deployed"
    installation.repository("shop", {**APP, "honk.toml": DEPLOY, "deploy.sh": f"echo good >> {marks}\n"})
    installation.scripts["deploy otherwise"] = (
        read("deploy.sh"),
        write("deploy.sh", f"echo evil >> {marks}\n"),
        say("Changed."),
    )
    home = installation.settings.home
    async with open_server(installation.settings, person=ADA, host="127.0.0.1", port=0, preview_port=0) as served:
        installation.service = served.service
        await served.service.add_repo(str(installation.root / "shop.git"))
        session = await installation.ask("deploy otherwise")
        head = session.change.head
        assert [each.rule for each in session.guard] == ["trusted-script-changed"], session.guard

        async with httpx2.AsyncClient(base_url=served.local, trust_env=False, timeout=60) as http:
            bearer = {"authorization": f"Bearer {access.token(home)}"}
            order = {"person": WHO, "head": head}
            answer = await http.post(f"{PREFIX}/sessions/{session.id}/merge", json=order, headers=bearer)
            assert answer.status_code == 200, answer.text
            await refused(installation, session, "HTTP API", 1)

            await http.get(f"/enter?token={access.token(home)}")
            page = (await http.get(f"/sessions/{session.id}")).text
            assert re.search(r'name="looked" value="yes" required', page)
            form = {"command": "merge", "head": head}
            sent = await http.post(f"/sessions/{session.id}", data=form, headers={"origin": served.local})
            assert sent.status_code == 303, sent.text
            await refused(installation, session, "web console", 2)

            said = await command_line(installation, "merge", session.id)
            assert said.returncode == 1 and SAYS in said.stdout, said.stdout + said.stderr
            await refused(installation, session, "command line", 3)

            order["person"] = {**WHO, "id": "local:999999"}  # type: ignore[assignment]
            await http.post(f"{PREFIX}/sessions/{session.id}/merge", json=order, headers=bearer)
            assert (await installation.quiet(session.id)).phase == Phase.REVIEW
            assert not marks.exists()

            said = await command_line(installation, "merge", session.id, "--looked")
            assert said.returncode == 0, said.stdout + said.stderr
    assert marks.read_text() == "evil\n"
