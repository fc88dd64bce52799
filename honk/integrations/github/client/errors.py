"""What GitHub's no means, in one place: each status becomes one of Honk's errors, with GitHub's own sentence in it.

401              Unavailable   the credential is refused
403              WorkFailed    a permission is missing, or the repository is read-only
404, 410         UsageError    not there, or not for us: GitHub does not say which
405, 409, 422    WorkFailed    not in this state, not with this input
the rest         Unavailable   out of order, or not understood
"""

import json
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from githubkit import Response
from githubkit.exception import (
    AuthCredentialError,
    GitHubException,
    GraphQLFailed,
    RateLimitExceeded,
    RequestError,
    RequestFailed,
)
from pydantic import ValidationError

from honk.core.errors import HonkError, Overloaded, Unavailable, UsageError, WorkFailed

T = TypeVar("T")

MAX_MESSAGE_CHARS = 400
"""Characters of GitHub's own words in an error."""


class Refused(WorkFailed):
    """GitHub understood the request and says no. `status` is the answer's, `said` its own sentence."""

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class NotFound(UsageError):
    """What was asked for is not there, or is not shown to this credential."""


class CredentialRefused(Unavailable):
    """The token is unknown, revoked or has expired."""


async def parsed(asked: Awaitable[Response[T, Any]], what: str) -> T:
    """The data of an answer; `what` says in a few words what was asked for. Raises as the module's text has it."""
    answered = await response(asked, what)
    try:
        return answered.parsed_data
    except ValidationError as error:
        raise Unavailable(
            f"GitHub's answer about {what} is not as its description has it ({error.error_count()} differences);"
            " is HONK_GITHUB_URL the root of its REST API?"
        ) from error


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Inside, an answer's data is looked at that githubkit has not checked. What is not there, or of another kind than
    described, makes it Unavailable: an answer that cannot be understood says nothing."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Unavailable(f"GitHub's answer about {what} cannot be understood; nothing is known of it now.") from error


async def response(asked: Awaitable[Response[T, Any]], what: str) -> Response[T, Any]:
    """The whole answer, for those who need its headers. Raises as `parsed`."""
    try:
        return await asked
    except GitHubException as error:
        raise to_honk_error(error, what) from error


def to_honk_error(error: GitHubException, what: str) -> HonkError:
    """The error that a person is to read."""
    if isinstance(error, RateLimitExceeded):
        wait = error.retry_after.total_seconds()
        return Overloaded(f"GitHub's rate limit is used up for {what}; it asks to wait {wait:.0f} s.", wait)
    if isinstance(error, RequestFailed):
        return from_status(error.response.status_code, error.response.headers, error.response.text, what)
    if isinstance(error, RequestError):
        return _unsent(error.exc, what)
    if isinstance(error, GraphQLFailed):
        said = "; ".join(each.message for each in error.response.errors or ())[:MAX_MESSAGE_CHARS]
        return Refused(f"GitHub refuses {what}: {said}", 422, said)
    if isinstance(error, AuthCredentialError):
        return UsageError("GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY do not belong together; `honk github setup` helps.")
    return Unavailable(f"GitHub cannot be asked for {what} ({type(error).__name__}).")


def from_status(status: int, headers: httpx.Headers, body: str, what: str) -> HonkError:
    """What an answer with an error status means."""
    said = github_message(body)
    match status:
        case 401:
            return CredentialRefused(
                f"GitHub refuses the credential ({said or 'bad credentials'}): check GITHUB_TOKEN or the App's key,"
                " or link the account anew with `honk github link`."
            )
        case 403:
            wanted = headers.get("x-accepted-github-permissions", "")
            more = f" It needs {wanted.replace('=', ': ')}; grant that on GitHub." if wanted else ""
            more = more or _scopes(headers)
            return Refused(f"GitHub does not allow {what}: {said or 'forbidden'}.{more}", status, said)
        case 404 | 410:
            seen = "it was renamed, made private or deleted, or we may not see it"
            return NotFound(f"GitHub shows us no {what}: {seen}.{_scopes(headers)}")
        case 405 | 409 | 422:
            return Refused(f"GitHub refuses {what}: {said or f'status {status}'}", status, said)
    return Unavailable(f"GitHub is out of order (status {status}) for {what}; try again in a minute.")


def _scopes(headers: httpx.Headers) -> str:
    """What a classic token lacks, which GitHub says in headers; empty for any other one."""
    given, takes = (
        {name.strip() for name in headers.get(key, "").split(",") if name.strip()}
        for key in ("x-oauth-scopes", "x-accepted-oauth-scopes")
    )
    if "x-oauth-scopes" not in headers or not takes or takes & given:
        return ""
    names = " or ".join(f"`{name}`" for name in sorted(takes))
    return f" The token lacks the scope {names}; make one on GitHub that has it."


def github_message(body: str) -> str:
    """GitHub's own words in an error's body: its message, and what it says of single fields."""
    try:
        data = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    details = [_detail(each) for each in errors] if isinstance(errors, list) else []
    message = str(data.get("message", ""))
    parts = [part for part in details if part] or ([message] if message else [])
    return " ".join("; ".join(dict.fromkeys(parts)).split())[:MAX_MESSAGE_CHARS].rstrip(".")


def _detail(error: object) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    said = error.get("message")
    return str(said) if said else " ".join(str(error[key]) for key in ("field", "code") if error.get(key))


def _unsent(error: Exception, what: str) -> HonkError:
    if isinstance(error, HonkError):
        return error
    if isinstance(error, httpx.TimeoutException):
        return Unavailable(f"GitHub does not answer about {what}; try again in a minute.")
    if isinstance(error, httpx.HTTPError | OSError):
        return Unavailable(f"GitHub cannot be reached for {what} ({type(error).__name__}); is the network there?")
    return UsageError(f"GitHub cannot be asked for {what}: the App's private key is not a PEM key.")
