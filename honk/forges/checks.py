"""What some forges can do besides keeping code: check commits, build files, deploy. Optional powers of a forge.

A forge that has one of them has its methods as well as those of `forges.base.Forge`; whoever wants to use it asks with
`isinstance`. All of it may be asked at any time and by many sessions at once, and nothing of it waits: who waits does
so outside, and asks again. Texts that come from it (names, logs, descriptions) are untrusted.

Errors: UsageError (no such repository or commit), WorkFailed (the forge says no, with its reason), Unavailable (it does
not answer, or not in a way that can be understood: then nothing is known, which is never green).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from honk.core.ci import Check
from honk.core.repo import Pull, Repo


@runtime_checkable
class Checks(Protocol):
    """It checks commits by itself, and lets others say what they think of one."""

    async def checks(self, repo: Repo, commit: str, base_branch: str) -> tuple[Check, ...]:
        """What is said of `commit` now, by name; of each check the newest word. `required` are those that the rules of
        `base_branch` ask for, whether they have said something or not. No excerpts."""

    async def expects_checks(self, repo: Repo, base: str, base_branch: str) -> bool:
        """Whether a change of `base_branch`, now at commit `base`, is going to be checked."""

    async def log(self, repo: Repo, commit: str, name: str) -> str:
        """What the check `name` of `commit` printed, or what it says of itself; its end, when it is long. Empty where
        there is nothing."""

    async def run_again(self, repo: Repo, commit: str, names: Sequence[str]) -> frozenset[str]:
        """Have those of the red checks `names` run once more for which that can be done; which they are."""

    async def ready(self, repo: Repo, number: int) -> None:
        """A pull request that was a draft is for people now; harmless when it is already."""

    async def unready(self, repo: Repo, number: int) -> None:
        """An open pull request is a draft from now on, which nobody is asked to review; harmless when it is one. Where
        there are no drafts it stays as it is."""


@dataclass(frozen=True)
class Build:
    """An archive (zip) that a workflow has left. `size` is in bytes, packed."""

    name: str
    key: str
    size: int


@dataclass(frozen=True)
class Built:
    """A workflow's run for a commit. `state` is green or red once it has ended; `url` leads to it."""

    state: Literal["running", "green", "red"]
    url: str = ""
    builds: tuple[Build, ...] = ()


@runtime_checkable
class Artifacts(Protocol):
    """Workflows of its own build files."""

    async def built(self, repo: Repo, workflow: str, commit: str) -> Built | None:
        """The newest run of the workflow file `workflow` for `commit`; None when there is none (yet)."""

    async def download(self, repo: Repo, build: Build, place: Path, limit: int) -> None:
        """Write the archive to the file `place`. Raises WorkFailed when it has more than `limit` bytes, or is gone."""


@dataclass(frozen=True)
class Deployment:
    """How a commit goes live, by the forge's own means. `detail` says more of a failure; `url` leads to it."""

    state: Literal["running", "success", "failure"]
    where: str = ""
    url: str = ""
    detail: str = ""


@runtime_checkable
class Deployments(Protocol):
    """It deploys, or knows who does."""

    async def deploys(self, repo: Repo) -> bool:
        """Whether it has ever deployed something of this repository."""

    async def deployment(self, repo: Repo, commit: str, workflow: str = "") -> Deployment | None:
        """The deployment of `commit`: by the workflow file `workflow`, where one is named. None where there is none
        (yet)."""


@runtime_checkable
class Queues(Protocol):
    """It merges by a queue of its own, where a repository wants that (`forges.base.Waits`)."""

    async def queued(self, repo: Repo, number: int) -> bool:
        """Whether the pull request waits in it."""


@runtime_checkable
class Reverts(Protocol):
    """It reverts by pull requests of their own."""

    async def pull_of(self, repo: Repo, commit: str) -> Pull | None:
        """The pull request with which `commit` came onto its branch; None when there was none."""
