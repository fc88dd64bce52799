"""What a person can run, look at and take back: preview, artifacts, screenshots, ship."""

from dataclasses import dataclass
from typing import Literal

When = Literal["before", "after"]


@dataclass(frozen=True)
class Artifact:
    """A built file, kept by content. `sha256` is its key in the blob store; `url` is signed and expires."""

    name: str
    sha256: str
    size: int
    url: str = ""


@dataclass(frozen=True)
class Screenshot:
    """A page as a person would see it. `path` is the page's path; the picture is blob `sha256` (PNG)."""

    path: str
    when: When
    sha256: str
    url: str = ""


@dataclass(frozen=True)
class Preview:
    """The new version, runnable. `url` is empty when there is nothing to serve; `note` says what could not be made."""

    url: str = ""
    artifacts: tuple[Artifact, ...] = ()
    screenshots: tuple[Screenshot, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ShipStatus:
    """What became of the change after the merge command. Each field is None until it is known.

    `untested`: it is merged together with something that it was not tested with, so it is not deployed. `tip` is the
    commit of the branch that was tested instead.
    """

    merged_sha: str | None = None
    merged_by: str | None = None
    deployed: bool | None = None
    healthy: bool | None = None
    reverted_sha: str | None = None
    untested: bool = False
    tip: str | None = None

    @property
    def sha(self) -> str:
        """What is to be live; empty before the merge."""
        return self.tip or self.merged_sha or ""
