import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from honk.core.job import Job
from honk.core.mounted_tree import Plain
from honk.sandboxes.bubblewrap import Bubblewrap


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="honk-") as directory:
        yield Path(directory)


@pytest.fixture
def sandbox(place: Path) -> Bubblewrap:
    return Bubblewrap(place / "run")


class Jobs:
    """Makes jobs that share a tree and a home."""

    def __init__(self, place: Path) -> None:
        self.tree, self.home = place / "tree", place / "home"
        self.tree.mkdir()

    def __call__(self, *argv: str, **fields: object) -> Job:
        return Job(argv, **{"tree": Plain(self.tree), "home": self.home, **fields})  # type: ignore[arg-type]


@pytest.fixture
def job(place: Path) -> Jobs:
    return Jobs(place)
