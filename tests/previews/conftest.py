"""A real app in the real sandbox, behind its unix socket."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from honk.core.job import Job
from honk.core.mounted_tree import Plain
from honk.sandboxes.bubblewrap import Bubblewrap


class Blobs:
    """A file store in memory."""

    def __init__(self):
        self.kept = {}

    async def __call__(self, content, kind=""):
        raw = content if isinstance(content, bytes) else content.read_bytes()
        sha256 = hashlib.sha256(raw).hexdigest()
        self.kept[sha256] = raw
        return sha256


@pytest.fixture
def blobs():
    return Blobs()


@pytest.fixture
def sandbox() -> Iterator[Bubblewrap]:
    with tempfile.TemporaryDirectory(prefix="honk-") as directory:  # short: sockets are opened in it
        yield Bubblewrap(Path(directory))


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., Job]:
    """A job that serves app.py; keyword arguments become its environment."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "home").mkdir()
    shutil.copy(Path(__file__).with_name("app.py"), tmp_path / "tree")

    def job(**env: str) -> Job:
        return Job(("sh", "-c", "exec python3 -I -S app.py"), Plain(tmp_path / "tree"), tmp_path / "home", env=env)

    return job
