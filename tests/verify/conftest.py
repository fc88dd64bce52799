"""Diffs for tests: two sets of files become two commits, and git says what lies between them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import pytest

from honk import process
from honk.core.diff import Diff
from honk.core.job import Job, JobLimits, Run
from honk.core.mounted_tree import Plain
from honk.git import diff
from honk.sandboxes import base
from honk.sandboxes.bubblewrap import Bubblewrap

Build = Callable[..., Awaitable[Diff]]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("repository")


@pytest.fixture
def build(repository: Path) -> Build:
    """`await build(before, after, links=())`: the diff between two trees given as path to content."""

    async def made(before: Mapping[str, str], after: Mapping[str, str], links: Iterable[str] = ()) -> Diff:
        if not (repository / "HEAD").exists():
            await git(repository, "init", "--bare", "--quiet")
        sides = b"".join(_commit(name, files, links) for name, files in (("before", before), ("after", after)))
        await git(repository, "fast-import", "--quiet", "--force", stdin=sides)
        return await diff.read(repository, "refs/heads/before", "refs/heads/after")

    return made


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a job in the real sandbox."""
    sandbox = Bubblewrap(tmp_path_factory.mktemp("run"))
    return lambda job: base.run(sandbox, job)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job with an empty tree and home."""
    for name in ("tree", "home"):
        (tmp_path / name).mkdir()
    return Job(("true",), Plain(tmp_path / "tree"), tmp_path / "home", limits=JobLimits(seconds=20, memory_mb=512))


async def git(repository: Path, *args: str, stdin: bytes = b"") -> None:
    done = await process.run(("git", "-C", str(repository), *args), stdin=stdin)
    assert done.ok, done.stderr.decode()


def _commit(name: str, files: Mapping[str, str], links: Iterable[str]) -> bytes:
    out = [f"commit refs/heads/{name}\ncommitter T <t@invalid> 0 +0000\ndata 0\n\ndeleteall\n".encode()]
    for path, text in files.items():
        mode = "120000" if path in links else "100644"
        out.append(f"M {mode} inline {path}\ndata {len(text.encode())}\n{text}\n".encode())
    return b"".join(out)
