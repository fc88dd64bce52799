"""Optional contracts of a forge: checks, builds, deployments, merge queues, reverts.

A forge that implements one has its methods as well as those of `forges.base.Forge`; callers ask with `isinstance`.
Every method may be called at any time and by many sessions at once, and none of them waits: the caller asks again.
Texts that a forge returns (names, logs, descriptions) are untrusted.

Errors: UsageError (no such repository or commit), WorkFailed (the forge refuses, with its reason), Unavailable (no
answer, or one that cannot be understood: nothing is known then, which is never green).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from honk.core.ci import Check
from honk.core.repo import Pull, Repo


@runtime_checkable
class Checks(Protocol):
    """The forge checks commits, or shows the results of services that do."""

    async def checks(self, repo: Repo, commit: str, base_branch: str) -> tuple[Check, ...]:
        """The newest result of each check of `commit`, by name. `required` marks those that the rules of `base_branch`
        require, also those without a result. Without excerpts of logs."""

    async def expects_checks(self, repo: Repo, base: str, base_branch: str) -> bool:
        """Whether a change of `base_branch`, now at commit `base`, will be checked."""

    async def log(self, repo: Repo, commit: str, name: str) -> str:
        """The log of the check `name` of `commit`, or the check's own summary; the end of a long one. Empty where there
        is none."""

    async def run_again(self, repo: Repo, commit: str, names: Sequence[str]) -> frozenset[str]:
        """Run the red checks `names` again, where that is possible. Returns the ones that run again."""

    async def ready(self, repo: Repo, number: int) -> None:
        """Turn a draft into a pull request that is ready for review. Idempotent."""

    async def unready(self, repo: Repo, number: int) -> None:
        """Turn an open pull request into a draft, which nobody is asked to review. Idempotent; no effect where the
        forge has no drafts."""


@dataclass(frozen=True)
class Build:
    """A zip archive that a workflow has built. `size` is its size in bytes."""

    name: str
    key: str
    size: int


@dataclass(frozen=True)
class Built:
    """A workflow's run for a commit. `state` is green or red once it has ended; `url` is its page."""

    state: Literal["running", "green", "red"]
    url: str = ""
    builds: tuple[Build, ...] = ()


@runtime_checkable
class Artifacts(Protocol):
    """The forge has workflows that build files."""

    async def built(self, repo: Repo, workflow: str, commit: str) -> Built | None:
        """The newest run of the workflow file `workflow` for `commit`; None when there is none (yet)."""

    async def download(self, repo: Repo, build: Build, place: Path, limit: int) -> None:
        """Write the archive to the file `place`. Raises WorkFailed when it has more than `limit` bytes, or is gone."""


@dataclass(frozen=True)
class Deployment:
    """The deployment of a commit. `where` is the environment, `detail` explains a failure, `url` is its page."""

    state: Literal["running", "success", "failure"]
    where: str = ""
    url: str = ""
    detail: str = ""


@runtime_checkable
class Deployments(Protocol):
    """The forge deploys, or knows the deployments of other services."""

    async def deploys(self, repo: Repo) -> bool:
        """Whether the repository has ever had a deployment."""

    async def deployment(self, repo: Repo, commit: str, workflow: str = "") -> Deployment | None:
        """The deployment of `commit`: by the workflow file `workflow`, where one is named. None where there is none
        (yet)."""


@runtime_checkable
class Queues(Protocol):
    """The forge has merge queues (`forges.base.Waits`)."""

    async def queued(self, repo: Repo, number: int) -> bool:
        """Whether the pull request is in the queue."""


@runtime_checkable
class Reverts(Protocol):
    """The forge reverts by a pull request."""

    async def pull_of(self, repo: Repo, commit: str) -> Pull | None:
        """The pull request that brought `commit` onto its branch; None when there was none."""
