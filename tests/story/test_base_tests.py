"""What tests prove: a bent test is asked about once and waits for a person; so is a fix whose tests prove nothing."""

from honk.core.phase import Phase
from tests.story.conftest import APP, Installation, read, say, write

ASKED_ONCE = "the tests as they were before your change fail on your program"
RUDE = 'def greet(name):\n    return "Hey " + name\n'


def bent(expected: str) -> str:
    return APP["test_greet.py"].replace('"Hello, Ada"', f'"{expected}"')


async def test_a_changed_expectation_is_asked_about_once_and_merged_after_a_look(installation: Installation) -> None:
    installation.scripts["greet faster"] = (
        read("greet.py", "test_greet.py"),
        write("greet.py", RUDE),
        write("test_greet.py", bent("Hey Ada")),
        say("It is faster."),
        say("The greeting is shorter, because the request wants speed."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("greet faster")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert [(each.rule, each.path, each.line, each.severity) for each in session.guard] == [
            ("base-tests", "test_greet.py", 7, "flag")
        ]
        assert "`test_greets` expects" in session.guard[0].reason and "'Hello, Ada'" in session.guard[0].reason
        assert "'Hey Ada'" in session.guard[0].reason
        assert "please look: test_greet.py:7: This change also changes what `test_greets` expects" in thread
        asked = [str(seen.body["messages"][-1]) for seen in installation.model.asked]
        assert sum(ASKED_ONCE in text for text in asked) == 1
        assert session.said == "The greeting is shorter, because the request wants speed."


async def test_an_expectation_that_the_request_names_is_not_asked_about(installation: Installation) -> None:
    request = 'greet with "Hey Ada"'
    installation.scripts[request] = (
        read("greet.py", "test_greet.py"),
        write("greet.py", RUDE),
        write("test_greet.py", bent("Hey Ada")),
        say("Done."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask(request)
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert session.guard == (), "nobody has to confirm what they asked for"
        note = "`test_greets` expects: 'Hello, Ada' before, 'Hey Ada' now. The request asks for exactly that."
        assert note in await installation.thread(session)
        assert not any(ASKED_ONCE in str(seen.body) for seen in installation.model.asked)


async def test_the_base_is_verified_once_for_all_sessions(installation: Installation) -> None:
    for greeting in ("Hi", "Hey"):
        installation.scripts[f'greet with "{greeting} Ada"'] = (
            read("greet.py", "test_greet.py"),
            write("greet.py", RUDE.replace("Hey", greeting)),
            write("test_greet.py", bent(f"{greeting} Ada")),
            say("Done."),
        )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        first, second = [await installation.ask(request) for request in installation.scripts]
        assert first.phase == second.phase == Phase.REVIEW
        assert [each.name for each in first.baseline] == [each.name for each in second.baseline] != []
        assert [each.seconds for each in first.baseline] == [each.seconds for each in second.baseline], "one run"
        snapshots = installation.service.services.home / "snapshots"
        (kept,) = {path.parent for path in snapshots.glob("*/*/verdicts/*.json")}
        for path in kept.iterdir():
            path.write_text("{")
        third = await installation.ask(next(iter(installation.scripts)))
        assert third.phase == Phase.REVIEW, "a damaged result is made anew"
        assert [each.seconds for each in third.baseline] != [each.seconds for each in first.baseline]


async def test_tests_that_pass_without_the_fix_are_asked_about_once_and_noted(installation: Installation) -> None:
    request = "fix the greeting of nobody"
    fixed = 'def greet(name):\n    return "Hello, " + (name or "you")\n'
    useless = APP["test_greet.py"] + '\n    def test_ben(self):\n        self.assertEqual(greet("Ben"), "Hello, Ben")\n'
    installation.scripts[request] = (
        read("greet.py", "test_greet.py"),
        write("greet.py", fixed),
        write("test_greet.py", useless),
        say("Fixed."),
        say("Fixed, and tested."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask(request)
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        asked = [str(seen.body["messages"][-1]) for seen in installation.model.asked]
        assert sum("also pass on the program as it was" in text for text in asked) == 1
        assert "They pass without this change, too: `test_ben`." in thread
        assert session.guard == ()
