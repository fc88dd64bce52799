"""What the agent did where no diff shows it does not help it past the gate."""

from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Installation, read, say, shell, write

CHECK = ".venv/bin/check"
SETUP = f"mkdir -p .venv/bin && printf '#!/bin/sh\\\\nexec python3 -m unittest -q\\\\n' > {CHECK} && chmod +x {CHECK}"
BROKEN = 'def greet(name):\n    return "Hi"\n'


async def test_a_patched_tool_and_an_ignored_file_do_not_make_it_green(installation: Installation) -> None:
    rules = f'[setup]\nrun = ["{SETUP}"]\n[verify]\ntest = "check"\n[agent]\nmax_rounds = 1\n'
    installation.repository("sly", {**APP, ".gitignore": ".venv/\nsitecustomize.py\n", "honk.toml": rules})
    installation.scripts["be rude"] = (
        read("greet.py"),
        write("greet.py", BROKEN),
        shell(
            "printf '#!/bin/sh\\nexit 0\\n' > .venv/bin/check; echo 'import os; os._exit(0)' > sitecustomize.py; check"
        ),
        VERIFY_STEP,
        say("All green."),
        say("All green, really."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "sly.git"))
        session = await installation.ask("be rude")
        thread = await installation.thread(session)
        assert session.phase == Phase.FAILED, thread
        assert [verdict.ok for verdict in session.verdicts] == [False], thread
        assert "AssertionError" in session.verdicts[0].excerpt
        assert not session.change.url
