"""One page of an app as its developer would see it: a picture, the browser's console errors and the failed requests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response
from playwright.async_api import Error as BrowserError

from honk.core.errors import WorkFailed
from honk.previews import browser_pages
from honk.previews.browser_pages import Screen, app_pages

MOST_PROBLEMS = 20
"""Console errors or failed requests that are listed; the others are counted."""

LONGEST_PROBLEM = 300
"""Characters of one of them."""

TIMEOUT = 40.0


@dataclass(frozen=True)
class PageView:
    """`status` is the page's HTTP status, `png` its picture. The problems are untrusted text, one line each."""

    status: int
    png: bytes = field(repr=False)
    console_errors: tuple[str, ...] = ()
    failed_requests: tuple[str, ...] = ()


async def view(browser: Browser, socket: Path, path: str, device: Screen, *, timeout: float = TIMEOUT) -> PageView:
    """Open a page of the app behind `socket` and return what can be seen. Raises WorkFailed when it cannot be shown."""
    console, requests = _Problems(), _Problems()
    async with app_pages(browser, socket, device) as context:
        page = await context.new_page()
        _listen(page, console.add, requests.add)
        try:
            async with asyncio.timeout(timeout):
                status = await browser_pages.visit(page, path)
                png = await browser_pages.picture(page, device)
        except BrowserError as error:
            reason = error.message.splitlines()[0].removeprefix("Page.goto: ")
            raise WorkFailed(f"`{path}` could not be shown: {reason}.") from error
        except TimeoutError as error:
            raise WorkFailed(f"`{path}` was not ready for a picture within {timeout:.0f} s.") from error
    return PageView(status, png, console.lines(), requests.lines())


def _listen(page: Page, console: Callable[[str], None], requests: Callable[[str], None]) -> None:
    def logged(message: ConsoleMessage) -> None:
        if message.type == "error":
            console(message.text)

    def failed(request: Request) -> None:
        requests(f"{request.method} {request.url}: {request.failure or 'failed'}")

    def answered(response: Response) -> None:
        if response.status >= httpx2.codes.BAD_REQUEST:
            requests(f"{response.request.method} {response.url}: status {response.status}")

    page.on("console", logged)
    page.on("pageerror", lambda error: console(str(error)))
    page.on("requestfailed", failed)
    page.on("response", answered)


class _Problems:
    """Lines in the order in which they came, the same one once."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}
        self._more = 0

    def add(self, text: str) -> None:
        line = " ".join(text.split())[:LONGEST_PROBLEM]
        if line in self._lines:
            return
        if len(self._lines) < MOST_PROBLEMS:
            self._lines[line] = None
        else:
            self._more += 1

    def lines(self) -> tuple[str, ...]:
        return (*self._lines, *([f"and {self._more} more"] if self._more else []))
