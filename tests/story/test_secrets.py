"""No credential ever enters a sandbox, and none comes out where people or models look."""

from dataclasses import replace

import httpx2

from honk import secrets, server
from honk.core.phase import Phase
from honk.settings import ModelCredential
from honk.testing import model
from honk.testing.script import Script
from honk.web import access
from tests.story.conftest import ADA, APP, Installation, read, say, shell, write

DEPLOY = "c4n4ry-deploy-7d21"
MODEL = "c4n4ry-model-55e0"
SIGHT = "env; cat /proc/*/environ /proc/*/cmdline; find / -xdev -name '*.env'; cat /run/* /tmp/*"
"""All that one sees in a sandbox."""


async def test_canaries_are_found_nowhere(installation: Installation) -> None:
    lines = [
        "[verify]",
        f"test = '''{SIGHT}; python3 -m unittest -q'''",
        "[deploy]",
        "run = 'echo in with $TOKEN; false'",
    ]
    installation.repository("shop", {**APP, "honk.toml": "\n".join(lines)})
    secrets.store_for_deploy(installation.settings.home, "shop", {"TOKEN": DEPLOY})
    script: Script = (
        read("greet.py"),
        write("greet.py", "def greet(name):\n    return 1\n"),
        shell(SIGHT),
        write("greet.py", APP["greet.py"] + "\n# greets\n"),
        say("Done."),
    )
    async with model.serve({"look around": script}, key=MODEL) as stand_in:
        installation.settings = replace(installation.settings, model=ModelCredential(stand_in.url, MODEL))
        installation.tune("model", record=True)
        async with server.open_server(
            installation.settings, person=ADA, host="127.0.0.1", port=0, preview_port=0
        ) as served:
            installation.service = served.service
            await served.service.add_repo(str(installation.root / "shop.git"))
            session = await installation.ask("look around")
            assert session.phase == Phase.REVIEW, await installation.thread(session)
            session = await installation.merge(session)
            assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
            headers = {"authorization": f"Bearer {access.token(installation.settings.home)}"}
            async with httpx2.AsyncClient(base_url=served.url, headers=headers, trust_env=False) as console:
                paths = ("/", f"/sessions/{session.id}", f"/api/v1/sessions/{session.id}/events", "/api/v1/sessions")
                pages = [(await console.get(path)).text for path in paths]
            assert all(session.id in page for page in pages)
            thread = await installation.thread(session)
        recorded = "".join(pages) + thread + "".join(str(seen.body) for seen in stand_in.requests)
        assert "honk-placeholder" in recorded, "the agent has looked, and told the model what it saw"
        assert "in with •••" in recorded
        assert DEPLOY not in recorded and MODEL not in recorded

    kept = [path for path in installation.settings.home.rglob("*") if path.is_file()]
    leaky = {path for path in kept if any(canary in path.read_bytes() for canary in (DEPLOY.encode(), MODEL.encode()))}
    places = {path.relative_to(installation.settings.home).parts[0] for path in leaky}
    assert places == {"secrets"}, "its own file alone"
    assert all(path.stat().st_mode & 0o077 == 0 for path in leaky)
