import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from honk.core.person import Person
from honk.integrations.local.forge import LocalForge
from honk.storage import store
from honk.storage.store import Store
from tests.integrations.forge_conformance import Ground

Git = Callable[..., str]
IDENTITY = {"GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "anna@example.org"} | {
    "GIT_COMMITTER_NAME": "Anna",
    "GIT_COMMITTER_EMAIL": "anna@example.org",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git as the user runs it, with an empty home."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "LC_ALL": "C", **IDENTITY}

    def run(where: Path, *args: str) -> str:
        ran = subprocess.run(["git", "-C", str(where), *args], env=env, capture_output=True, text=True, check=True)
        return ran.stdout.strip()

    return run


@pytest.fixture
def checkout(tmp_path: Path, git: Git) -> Path:
    """The user's own checkout of `main`, with one commit."""
    where = tmp_path / "user" / "music"
    where.mkdir(parents=True)
    git(where, "init", "-q", "-b", "main")
    (where / "text").write_text("grey")
    git(where, "add", ".")
    git(where, "commit", "-q", "-m", "First")
    return where


@pytest.fixture
def bare(tmp_path: Path, git: Git, checkout: Path) -> Path:
    """A bare repository with the same commit."""
    git(tmp_path, "clone", "-q", "--bare", str(checkout), "bare.git")
    return tmp_path / "bare.git"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Store]:
    async with store.open(f"sqlite:///{tmp_path}/honk.db") as opened:
        yield opened


@pytest.fixture
def forge(kept: Store) -> LocalForge:
    return LocalForge(kept.pulls, lambda repo, number: f"local:{repo}#{number}")


@pytest.fixture(params=["bare", "checkout", "address"])
def ground(request: pytest.FixtureRequest, tmp_path: Path, bare: Path, checkout: Path, forge: LocalForge) -> Ground:
    where = {"bare": str(bare), "checkout": str(checkout), "address": f"file://{bare}"}[request.param]
    return Ground(
        forge=forge,
        url=where,
        git=where,
        mirror=tmp_path / "mirrors" / "music.git",
        author=Person(f"local:{os.getuid()}", "Anna", "anna@example.org"),
        reviewer=Person("slack:T1/U2", "Ben", "ben@example.org"),
        stranger=Person("slack:T1/U9", "Anna", "anna@example.org"),
    )
