"""Another agent than Claude Code: any program that reads a request and edits files, under the same gate."""

from honk.core.phase import Phase
from tests.story.conftest import APP, Installation

AGENT = """\
import pathlib, sys
request = sys.stdin.read()
assert "greet louder" in request
again = "test failed" in request
louder = "" if again else ".upper()"
pathlib.Path("greet.py").write_text('def greet(name):\\n    return "Hello, " + name%s\\n' % louder)
pathlib.Path("note.txt").write_text("louder\\n")
print("Louder now." if again else "First try.")
"""


async def test_a_plain_command_is_sent_back_while_it_is_red(installation: Installation) -> None:
    installation.push("app", "honk.toml", f'{APP["honk.toml"]}[agent]\nkind = "command"\n')
    installation.tune("agent", command=("python3", "-c", AGENT))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("greet louder")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert session.agent == "command"
        assert "agent: First try." in thread
        assert "✗ test" in thread
        assert session.summary == "Louder now."
        assert installation.file("note.txt", rev=session.change.branch) == "louder"
        assert "Assisted-by: command python3" in installation.git(
            "log", "-1", session.change.branch, at=installation.root / "app.git"
        )


async def test_a_command_that_nobody_named_is_said_before_the_work(installation: Installation) -> None:
    installation.push("app", "honk.toml", f'{APP["honk.toml"]}[agent]\nkind = "command"\n')
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("greet louder")
        assert session.status == 3
        assert "name one in settings.toml: [agent] command" in session.error
