"""GitHub's error responses as Honk's errors, each with GitHub's own message in it.

401              Unavailable   the credential is refused
403              WorkFailed    a permission is missing, or the repository is read-only
404, 410         UsageError    does not exist, or is hidden from this credential: GitHub does not say which
405, 409, 422    WorkFailed    not possible in this state, or with this input
other            Unavailable   GitHub is out of order, or its answer cannot be used
"""

import json

import httpx
from githubkit.exception import (
    AuthCredentialError,
    GitHubException,
    GraphQLFailed,
    RateLimitExceeded,
    RequestError,
    RequestFailed,
)

from honk.core.errors import HonkError, Overloaded, Unavailable, UsageError, WorkFailed

MAX_MESSAGE_CHARS = 400
"""Characters of GitHub's own message in an error."""


class Refused(WorkFailed):
    """GitHub understood the request and refused it. `status` is the response's, `reason` GitHub's own message."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class NotFound(UsageError):
    """The resource does not exist, or is hidden from this credential."""


class CredentialRefused(Unavailable):
    """The token is unknown, revoked or has expired."""


def to_honk_error(error: GitHubException, what: str) -> HonkError:
    """An error of githubkit as one of Honk's. `what` names the request."""
    if isinstance(error, RateLimitExceeded):
        wait = error.retry_after.total_seconds()
        return Overloaded(f"GitHub's rate limit is used up for {what}; it asks to wait {wait:.0f} s.", wait)
    if isinstance(error, RequestFailed):
        return from_status(error.response.status_code, error.response.headers, error.response.text, what)
    if isinstance(error, RequestError):
        return _unsent(error.exc, what)
    if isinstance(error, GraphQLFailed):
        reason = "; ".join(each.message for each in error.response.errors or ())[:MAX_MESSAGE_CHARS]
        return Refused(f"GitHub refuses {what}: {reason}", 422, reason)
    if isinstance(error, AuthCredentialError):
        return UsageError("GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY do not belong together; `honk github setup` helps.")
    return Unavailable(f"GitHub cannot be asked for {what} ({type(error).__name__}).")


def from_status(status: int, headers: httpx.Headers, body: str, what: str) -> HonkError:
    """The error for a response with an error status."""
    reason = github_message(body)
    match status:
        case 401:
            return CredentialRefused(
                f"GitHub refuses the credential ({reason or 'bad credentials'}): check GITHUB_TOKEN or the App's key,"
                " or link the account again with `honk github link`."
            )
        case 403:
            wanted = headers.get("x-accepted-github-permissions", "")
            more = f" It needs {wanted.replace('=', ': ')}; grant that on GitHub." if wanted else ""
            more = more or _scopes(headers)
            return Refused(f"GitHub does not allow {what}: {reason or 'forbidden'}.{more}", status, reason)
        case 404 | 410:
            seen = "it was renamed, made private or deleted, or Honk has no access to it"
            return NotFound(f"GitHub finds no {what}: {seen}.{_scopes(headers)}")
        case 405 | 409 | 422:
            return Refused(f"GitHub refuses {what}: {reason or f'status {status}'}", status, reason)
    return Unavailable(f"GitHub is out of order (status {status}) for {what}; try again in a minute.")


def _scopes(headers: httpx.Headers) -> str:
    """A sentence about the scope that a classic token lacks (GitHub names it in headers); empty for other tokens."""
    given, takes = (
        {name.strip() for name in headers.get(key, "").split(",") if name.strip()}
        for key in ("x-oauth-scopes", "x-accepted-oauth-scopes")
    )
    if "x-oauth-scopes" not in headers or not takes or takes & given:
        return ""
    names = " or ".join(f"`{name}`" for name in sorted(takes))
    return f" The token lacks the scope {names}; create one on GitHub that has it."


def github_message(body: str) -> str:
    """GitHub's own message in an error's body, with its messages about single fields."""
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
    message = error.get("message")
    return str(message) if message else " ".join(str(error[key]) for key in ("field", "code") if error.get(key))


def _unsent(error: Exception, what: str) -> HonkError:
    if isinstance(error, HonkError):
        return error
    if isinstance(error, httpx.TimeoutException):
        return Unavailable(f"GitHub does not answer about {what}; try again in a minute.")
    if isinstance(error, httpx.HTTPError | OSError):
        return Unavailable(f"GitHub cannot be reached for {what} ({type(error).__name__}); check the network.")
    return UsageError(f"GitHub cannot be asked for {what}: the App's private key is not a PEM key.")
