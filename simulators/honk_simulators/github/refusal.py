"""What GitHub says no with: a status, a sentence and, for input that is wrong, a list of what is wrong."""

from collections.abc import Mapping
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class GitHubRefusal(Exception):
    """A request that is turned away. `errors` go into the body when there are any, `headers` beside it."""

    def __init__(
        self, status: int, message: str, errors: list[Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        super().__init__(f"{status} {message} {errors or ''}".rstrip())

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON, as GitHub writes it since 2024: the status is in there as text."""
        found = {} if self.errors is None else {"errors": self.errors}
        return {"message": self.message, **found, "documentation_url": DOCUMENTATION, "status": str(self.status)}


def not_found() -> GitHubRefusal:
    """What is not there, and what the asker may not see: the same answer, so that nobody learns which."""
    return GitHubRefusal(404, "Not Found")


def invalid(resource: str, *, field: str = "", code: str = "", message: str = "") -> GitHubRefusal:
    """422 with one error. `code` is invalid, missing, missing_field, already_exists; with `message` it is custom."""
    error = {"resource": resource, "code": code or "custom"}
    error |= {"field": field} if field else {}
    error |= {"message": message} if message else {}
    return GitHubRefusal(422, "Validation Failed", [error])


def unprocessable(message: str) -> GitHubRefusal:
    """422 whose message says it all."""
    return GitHubRefusal(422, message)
