"""What a request to GitHub returned. Every function raises the errors that `errors` describes."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from githubkit import Response
from githubkit.exception import GitHubException

from honk.integrations.github.client import errors, typed_json

T = TypeVar("T")
S = TypeVar("S")

PER_PAGE = 100
"""The most items that GitHub puts on one page."""

MAX_PAGES = 30


async def response(call: Awaitable[Response[T, Any]], what: str) -> Response[T, Any]:
    """The whole response, for callers who need its headers. `what` names the request in errors."""
    try:
        return await call
    except GitHubException as error:
        raise errors.to_honk_error(error, what) from error


async def parsed(call: Awaitable[Response[T, Any]], what: str) -> T:
    """The response's JSON under githubkit's type; fields are checked when they are read (`typed_json`)."""
    return body(await response(call, what), what)


def body(answer: Response[T, Any], what: str) -> T:
    """The JSON of a response, as `parsed`."""
    try:
        data = answer.json()
    except ValueError as error:
        raise typed_json.Unreadable(
            f"GitHub's answer about {what} is not JSON; is HONK_GITHUB_URL the root of its REST API?"
        ) from error
    return typed_json.read(answer._data_model, data, what)  # noqa: SLF001 - `parsed_data` refuses missing fields


async def pages(
    ask: Callable[[int], Awaitable[Response[list[T], Any]]], what: str, *, first: int = 1, max_pages: int = MAX_PAGES
) -> list[T]:
    """All items of a list that GitHub returns in pages of PER_PAGE, up to `max_pages`. `ask` requests one page."""
    return await pages_of(ask, list, what, first=first, max_pages=max_pages)


async def pages_of(
    ask: Callable[[int], Awaitable[Response[T, Any]]],
    items: Callable[[T], list[S]],
    what: str,
    *,
    first: int = 1,
    max_pages: int = MAX_PAGES,
) -> list[S]:
    """The same where each page is an object with the `items` in it."""
    found: list[S] = []
    for page in range(first, max_pages + 1):
        more = items(await parsed(ask(page), what))
        found += more
        if len(more) < PER_PAGE:
            break
    return found
