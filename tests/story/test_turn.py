"""From a sentence to a proposed change, and on to production and back: told as a person would read it."""

from honk.core.phase import Phase
from tests.story.conftest import VERIFY_STEP, Town, read, say, write

BETTER = "def greet(name):\n    return f\"Hello, {name or 'stranger'}\"\n"
BROKEN = 'def greet(name):\n    return "Hi"\n'


async def test_red_is_corrected_then_merged_and_rolled_back(town: Town) -> None:
    town.scripts["greet nobody"] = (
        read("greet.py"),
        write("greet.py", BROKEN),
        VERIFY_STEP,
        write("greet.py", BETTER),
        VERIFY_STEP,
        say("Greets a stranger when there is no name."),
    )
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        before = town.main()
        session = await town.ask("greet nobody as a stranger")
        thread = await town.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert "✗ test" in thread
        assert "✓ test" in thread
        assert town.main() == before, "nothing is merged without a word"
        assert town.file("greet.py", rev=session.change.branch) == BETTER.strip()

        session = await town.merge(session)
        assert session.phase == Phase.LIVE, await town.thread(session)
        assert town.file("greet.py") == BETTER.strip()

        session = await town.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await town.thread(session)
        assert 'Hello, " + name' in town.file("greet.py")
