"""What the tests execute of a change: the agent is asked once about the rest, and people read it in the evidence."""

from honk.conversation import evidence
from honk.conversation.pull_request_body import pull_request
from honk.core.phase import Phase
from tests.story.conftest import APP, Installation, read, say, write

POLITE = """\
def greet(name):
    if name == "":
        return "Hello, stranger"
    return "Hello, " + name
"""
STRANGER = """\
import unittest

from greet import greet


class Greet(unittest.TestCase):
    def test_greets(self):
        self.assertEqual(greet("Ada"), "Hello, Ada")

    def test_stranger(self):
        self.assertEqual(greet(""), "Hello, stranger")
"""
MEASURED = {**APP, "honk.toml": '[verify]\ntest = "python3 -m unittest -q"\n'}
ASKED = "the tests leave a part of your change untested"


async def test_the_agent_is_asked_once_about_lines_that_no_test_executes(installation: Installation) -> None:
    installation.scripts["greet a stranger"] = (
        read("greet.py"),
        write("greet.py", POLITE),
        say("Done."),
        say("No test is needed."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.repository("shop", {**MEASURED})))
        session = await installation.ask("greet a stranger", repo="shop")
        said = "No test executes these changed lines: `greet.py:3`."
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert sum(ASKED in str(seen.body["messages"][-1]) for seen in installation.model.asked) == 1
        assert said in await installation.thread(session)
        assert said in evidence.text(session)
        assert said in pull_request(session)
        assert evidence.as_json(session)["tests"]["coverage"]["missed"] == [{"path": "greet.py", "first": 3, "last": 3}]


async def test_nothing_is_asked_where_the_tests_execute_every_changed_line(installation: Installation) -> None:
    installation.scripts["greet a stranger"] = (
        read("greet.py", "test_greet.py"),
        write("greet.py", POLITE),
        write("test_greet.py", STRANGER),
        say("Done."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.repository("shop", {**MEASURED})))
        session = await installation.ask("greet a stranger", repo="shop")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert not any(ASKED in str(seen.body) for seen in installation.model.asked)
        assert "The tests execute all 2 changed lines of the program." in evidence.text(session)


async def test_the_agent_is_asked_once_about_faults_that_no_test_notices(installation: Installation) -> None:
    loud = 'def greet(name):\n    mark = "!" if len(name) > 20 else ""\n    return "Hello, " + name + mark\n'
    installation.scripts["greet a stranger"] = (
        read("greet.py"),
        write("greet.py", loud),
        say("Done."),
        say("No test is needed."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.repository("shop", {**MEASURED})))
        session = await installation.ask("greet a stranger", repo="shop")
        said = "Changing `>` to `>=` at `greet.py:2` makes no test fail."
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert sum(ASKED in str(seen.body["messages"][-1]) for seen in installation.model.asked) == 1
        assert said in evidence.text(session) and said in await installation.thread(session)
        assert said in pull_request(session)
