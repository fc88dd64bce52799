"""A GitHub to try things on: `python -m honk_simulators.github`.

Makes an organisation with people, a repository, an App and tokens, says what to export, and serves until it is
interrupted.

Nothing is kept when it ends.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from signal import SIGINT, SIGTERM

from honk_simulators import github
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.git_repository import git
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.workflows import Workflow, judging

FILES = {
    "README.md": "# Shop\n\nA small shop, to try things on.\n\n```sh\npython -m unittest\n```\n",
    "shop.py": 'def greeting(name: str) -> str:\n    """What the shop says."""\n    return f"Helo {name}"\n',
    "test_shop.py": "import unittest\n\nfrom shop import greeting\n\n\nclass Greeting(unittest.TestCase):\n"
    '    def test_it_names(self):\n        self.assertIn("Ada", greeting("Ada"))\n',
    ".github/workflows/ci.yml": "name: ci\non: [push]\njobs: {}\n",
}
RED = b"RED"
"""A commit with this word in a file gets a red check."""


async def settle(
    simulator: GitHubSimulator, arguments: argparse.Namespace
) -> tuple[Repository, GitHubApp, GitHubAccount]:
    """The beginning of the world: ada administers, bob writes, cleo reads."""
    ada, bob, cleo = (simulator.user(name) for name in ("ada", "bob", "cleo"))
    simulator.organization("acme", [ada, bob])
    flow = Workflow(
        "ci", {"test": judging(lambda files: not any(RED in each for each in files.values()), "E   a file says RED\n")}
    )
    repo = await simulator.repository(
        "acme/shop",
        files=None if arguments.source else FILES,
        private=True,
        admins=[ada],
        writers=[bob],
        readers=[cleo],
        workflows=[flow],
    )
    if arguments.source:
        await git.bring(repo.git_dir, arguments.source.resolve(), "HEAD", f"refs/heads/{repo.default_branch}")
    if arguments.protect:
        repo.protections[repo.default_branch] = Protection(reviews=1, checks=("test",))
    app = simulator.app(
        "Honk", webhook_url=arguments.webhook, secret=arguments.secret, owner=simulator.organization("acme")
    )
    simulator.install(app, repo)
    await simulator.issue(cleo, repo, "The greeting is misspelt", "It says `Helo`. It should say `Hello`.", [])
    return repo, app, ada


def told(simulator: GitHubSimulator, repo: Repository, app: GitHubApp, token: str, key: Path) -> str:
    """What the command prints."""
    return f"""\
A simulated GitHub answers at {simulator.web} (nothing is kept).
Look at it in a browser: {simulator.web}/{repo.full_name}

export HONK_GITHUB_URL={simulator.url}

# as a person
export GITHUB_TOKEN={token}

# or as an App
export GITHUB_APP_ID={app.id}
export GITHUB_APP_PRIVATE_KEY={key}
export GITHUB_WEBHOOK_SECRET={app.webhook_secret}

# the repository
git clone {simulator.web.replace("://", "://x-access-token:$GITHUB_TOKEN@")}/{repo.full_name}.git
"""


async def main(arguments: argparse.Namespace) -> None:
    """Serve until the process is interrupted or terminated; then leave nothing behind."""
    stopped = asyncio.Event()
    for signal in (SIGINT, SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal, stopped.set)
    with tempfile.TemporaryDirectory(prefix="github-") as place:
        root = Path(place)
        async with github.serve(address=arguments.host, port=arguments.port, root=root, strict=False) as simulator:
            repo, app, ada = await settle(simulator, arguments)
            key = root / "app.pem"
            key.touch(mode=0o600)
            key.write_text(app.private_key)
            sys.stdout.write(told(simulator, repo, app, simulator.token(ada), key))
            sys.stdout.flush()
            await stopped.wait()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m honk_simulators.github", description="A GitHub to try things on.")
    found.add_argument("--host", default="127.0.0.1")
    found.add_argument("--port", type=int, default=8990)
    found.add_argument("--webhook", default="", metavar="URL", help="where the App's events go")
    found.add_argument("--secret", default="a-secret-of-our-own", help="what they are signed with")
    found.add_argument("--source", type=Path, metavar="DIR", help="a git repository whose HEAD becomes acme/shop")
    found.add_argument("--protect", action="store_true", help="the default branch wants a review and a green check")
    return found


if __name__ == "__main__":
    try:
        asyncio.run(main(parser().parse_args()))
    except OSError as error:
        sys.exit(f"The address is not free: {error.strerror}.")
