"""What this surface needs of GitHub's API, whoever speaks it.

Answers are JSON as GitHub's REST API describes it: `shapes` reads it, the same way as what webhooks bring. Numbers are
GitHub's own ids, except `number`, which counts issues and pull requests of one repository. Errors: UsageError (not
there, or not for us), WorkFailed (refused), Unavailable (no answer, no valid credential, a rate limit).
"""

from typing import Any, Literal, Protocol

from honk.core.person import Person
from honk.core.repo import Repo

Content = Literal["eyes", "rocket", "confused", "+1"]
"""A reaction."""

Reacted = Literal["issue", "comment", "remark"]

Listed = Literal["issues", "comments"]


class Talk(Protocol):
    """The API. Every method asks anew, and obeys GitHub's limits by waiting."""

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether `person`, known by their number, may push to the repository now."""

    async def repository(self, repo: Repo) -> Any:
        """The repository as it is now, found by its number."""

    async def news(self, repo: Repo, what: Listed, since: str, etag: str) -> tuple[str, list[Any]] | None:
        """Issues and pull requests (open or not), or comments under them, that were changed at or after `since` (as
        GitHub writes times), the oldest change first; and the tag of this answer. None: as when `etag` was given."""

    async def issue(self, repo: Repo, number: int) -> Any:
        """An issue, or a pull request as one."""

    async def comments(self, repo: Repo, number: int) -> list[Any]:
        """What was said under it, oldest first."""

    async def history(self, repo: Repo, number: int) -> list[Any]:
        """What happened to it (labels among other things), oldest first."""

    async def pull(self, repo: Repo, number: int) -> Any:
        """A pull request."""

    async def reviews(self, repo: Repo, number: int) -> list[Any]:
        """The reviews of a pull request, oldest first."""

    async def review(self, repo: Repo, number: int, review: int) -> Any:
        """One of them."""

    async def remarks(self, repo: Repo, number: int, review: int) -> list[Any]:
        """The comments at lines that came with a review."""

    async def changed(self, repo: Repo, old: str, new: str) -> frozenset[str]:
        """The paths that differ between two commits."""

    async def comment(self, repo: Repo, number: int, body: str) -> int:
        """Say something under an issue or pull request. The comment's id."""

    async def edit(self, repo: Repo, comment: int, body: str) -> None:
        """Say it differently."""

    async def react(self, repo: Repo, kind: Reacted, at: int, content: Content) -> None:
        """React to a comment, a remark (by id) or an issue (by number); again changes nothing."""

    async def reply(self, repo: Repo, number: int, remark: int, body: str) -> int:
        """Answer in the thread that begins with `remark`. The answer's id."""

    async def thread(self, repo: Repo, number: int) -> list[Any]:
        """All comments at lines of a pull request, oldest first."""

    async def own(self, repo: Repo, node: str) -> bool:
        """Whether nobody but its author has ever changed a text: a comment, an issue or a pull request, by its node id.
        False where GitHub does not tell."""

    async def resolve(self, repo: Repo, number: int, remark: int) -> bool:
        """Mark the thread that begins with `remark` as resolved; whether it was found."""
