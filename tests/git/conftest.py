"""Real repositories and overlays: a `Repo` is a user's repository, and its `mirror` is Honk's."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from honk import process
from honk.core.mounted_tree import Overlay, Plain, Tree, location, mounted
from honk.git import checkout, mirror, remote
from honk.git.baseline import Baseline
from honk.git.command import GitDirs

ENV = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "LC_ALL": "C",
}


def git(where: Path, *args: str) -> str:
    """Run git as a user does, without Honk's options."""
    return subprocess.run(("git", *args), cwd=where, env=ENV, check=True, capture_output=True, text=True).stdout.strip()


@dataclass
class Repo:
    """A user's repository, made from files."""

    path: Path
    mirror: Path

    def commit(self, files: dict[str, bytes | str | None], message: str = "more") -> str:
        """Write (None: remove) the files and commit them. Returns the commit."""
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
                if target.parent != self.path and not any(target.parent.iterdir()):
                    target.parent.rmdir()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        git(self.path, "add", "--all", "--force")
        git(self.path, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(self.path, "rev-parse", "HEAD")

    async def fetch(self) -> None:
        """Bring the mirror up to date."""
        await remote.fetch(self.mirror, str(self.path))


@dataclass(frozen=True)
class Ground:
    """A tree over a commit, as in a workspace."""

    mirror: Path
    tree: Tree
    baseline: Baseline

    async def sh(self, script: str) -> str:
        """Run a script in the tree, as an agent would."""
        argv = mounted(self.tree, ("sh", "-ec", f'cd "$1"\n{script}', "sh", str(location(self.tree))))
        done = await process.run(argv, env=ENV)
        assert done.ok, done.stderr.decode()
        return done.text


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo", tmp_path / "mirrors" / "repo.git")
    made.path.mkdir()
    git(made.path, "init", "--quiet", "--initial-branch=main")
    return made


async def lay(where: Path, repo: Repo, commit: str, kind: str = "overlay", set_up: str = "true") -> Ground:
    """A base with its set-up done and a writable tree over it, made as `honk.workspaces` does."""
    await repo.fetch()
    base = where / "base"
    dirs = GitDirs(repo.mirror, base, where / "index")
    await checkout.lay_out(dirs, commit)
    assert (await process.run(("sh", "-ec", set_up), cwd=base)).ok
    (where / "products").write_bytes(await checkout.products(dirs))
    baseline = Baseline(commit, where / "index", where / "products")
    if kind == "plain":
        await checkout.refresh(dirs)
        return Ground(repo.mirror, Plain(base), baseline)
    for name in ("upper", "work", "at"):
        (where / name).mkdir()
    return Ground(repo.mirror, Overlay((base,), where / "upper", where / "work", where / "at"), baseline)


@pytest_asyncio.fixture
async def ground(tmp_path: Path, repo: Repo, request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """A function that makes a tree over a commit, as an overlay unless the test asks for another kind."""
    numbers = iter(range(100))

    async def make(commit: str, kind: str = "overlay", set_up: str = "true") -> Ground:
        where = tmp_path / f"ground-{next(numbers)}"
        where.mkdir()
        return await lay(where, repo, commit, kind, set_up)

    return make


async def file_at(path: Path, commit: str, name: str) -> bytes | None:
    """The content of a file at `commit`, read as Honk reads it."""
    async with mirror.opened(path, commit) as files:
        return await files.read(name)
