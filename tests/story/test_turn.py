"""From a sentence to a proposed change, and on to production and back: told as a person would read it."""

from honk.core.phase import Phase
from tests.story.conftest import VERIFY_STEP, Installation, read, say, write

BETTER = "def greet(name):\n    return f\"Hello, {name or 'stranger'}\"\n"
BROKEN = 'def greet(name):\n    return "Hi"\n'


async def test_red_is_corrected_then_merged_and_rolled_back(installation: Installation) -> None:
    installation.scripts["greet nobody"] = (
        read("greet.py"),
        write("greet.py", BROKEN),
        VERIFY_STEP,
        write("greet.py", BETTER),
        VERIFY_STEP,
        say("Greets a stranger when there is no name."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        before = installation.main()
        session = await installation.ask("greet nobody as a stranger")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert "✗ test" in thread
        assert "✓ test" in thread
        assert installation.main() == before, "nothing is merged unasked"
        assert installation.file("greet.py", rev=session.change.branch) == BETTER.strip()

        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert installation.file("greet.py") == BETTER.strip()

        session = await installation.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
        assert 'Hello, " + name' in installation.file("greet.py")
