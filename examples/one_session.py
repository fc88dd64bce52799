"""One session from the request to the merge, with real parts: Claude Code, a sandbox, git. Only the model is scripted.

.venv/bin/python examples/one_session.py
"""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path

from honk import app, settings
from honk.client import Call
from honk.core.person import Person
from honk.service import HonkService
from honk.testing import model
from honk.testing.script import Step, ToolCall

PAGE = {"file_path": "/workspace/page.html", "content": "<h1>Hello</h1>\n"}
SCRIPT = (Step("I write the page.", (ToolCall("Write", PAGE),)), Step("The page greets people now."))
"""What the model answers: a text and the tools that the agent is to call; without a tool the agent ends its turn."""


def repository(path: Path) -> Path:
    """A bare repository with one file, which says how it is checked."""
    checkout = path / "checkout"
    subprocess.run(("git", "init", "-q", "-b", "main", checkout), check=True)
    (checkout / "honk.toml").write_text('[verify]\ntest = "grep Hello page.html"\n')
    git = ("git", "-C", checkout, "-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    subprocess.run((*git, "add", "--all"), check=True)
    subprocess.run((*git, "commit", "-q", "-m", "start"), check=True)
    subprocess.run(("git", "clone", "-q", "--bare", checkout, path / "site.git"), check=True)
    return path / "site.git"


async def follow(honk: HonkService, session: str, after: int = 0) -> int:
    """Print events as they come, until the session waits for a person; returns the number of the last one."""
    async for _, event in honk.events(session, after=after, follow=True):
        print(type(event.data).__name__)
        after = event.seq
    return after


async def main(directory: Path) -> str:
    """Returns the merged page."""
    me = Person(f"local:{os.getuid()}", "Ada", "ada@example.com")
    site = repository(directory)
    async with model.serve({"Greet": SCRIPT}) as scripted:
        read = {
            "HONK_HOME": str(directory / "home"),
            "ANTHROPIC_BASE_URL": scripted.url,
            "ANTHROPIC_API_KEY": "scripted",
        }
        async with app.open_app(settings.load(read), base_url="http://localhost") as honk:
            await honk.add_repo(str(site))
            session = await honk.ask("Greet people on page.html", me)
            last = await follow(honk, session.id)
            session = await honk.session(session.id)
            await honk.command("merge", Call(session.id, me, head=session.change.head))
            await follow(honk, session.id, last)
    shown = await asyncio.create_subprocess_exec("git", "-C", site, "show", "main:page.html", stdout=subprocess.PIPE)
    return (await shown.communicate())[0].decode()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(asyncio.run(main(Path(made))))
