"""Screenshots of an app's pages on a phone, for the evidence. Each round has its own cookies, storage and cache."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Error as BrowserError

from honk.core.delivery import Screenshot, When
from honk.previews import browser, browser_pages
from honk.previews.base import PutBlob
from honk.previews.browser_pages import PHONE, app_pages

_AT_ONCE = 3


@dataclass(frozen=True)
class TakenScreenshots:
    """Screenshots in the order of their paths. `note` has a sentence for each that is missing."""

    screenshots: tuple[Screenshot, ...] = ()
    note: str = ""


def same(before: Sequence[Screenshot], after: Sequence[Screenshot]) -> tuple[str, ...]:
    """The paths whose screenshots before and after are identical files."""
    old = {picture.path: picture.sha256 for picture in before}
    return tuple(picture.path for picture in after if old.get(picture.path) == picture.sha256)


@asynccontextmanager
async def camera(program: Path | None = None) -> AsyncIterator["Camera"]:
    """A running browser for several rounds, also concurrent ones. Raises Unavailable when it does not start."""
    async with browser.launched(program) as running:
        yield Camera(running)


class Camera:
    """Takes screenshots with one browser. Each round has its own cookies, storage and cache."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def take(
        self, socket: Path, paths: Sequence[str], when: When, put: PutBlob, *, timeout: float = 60.0
    ) -> TakenScreenshots:
        """Take a screenshot (PNG) of each of `paths` of the app behind `socket`, in that order.

        An app that misbehaves raises no error: the note says which screenshots are missing. A page that does not exist
        *before* the change has none. `timeout` is for all of them together.
        """
        started = time.monotonic()
        async with app_pages(self._browser, socket, PHONE) as phone:
            slots, screenshot_lock = asyncio.Semaphore(_AT_ONCE), asyncio.Lock()

            async def one(path: str) -> tuple[Screenshot | None, str]:
                async with slots:
                    left = timeout - (time.monotonic() - started)
                    if left <= 0:
                        return None, f"There was no time left for `{path}`."
                    return await _picture(phone, screenshot_lock, path, when, put, left)

            results = await asyncio.gather(*(one(path) for path in paths))
        pictures = tuple(picture for picture, _ in results if picture)
        return TakenScreenshots(pictures, " ".join(note for _, note in results if note))


async def _picture(
    phone: BrowserContext, screenshot_lock: asyncio.Lock, path: str, when: When, put: PutBlob, left: float
) -> tuple[Screenshot | None, str]:
    """The screenshot of one page, or a sentence why there is none."""
    page = await phone.new_page()
    try:
        async with asyncio.timeout(left):
            status = await browser_pages.visit(page, path)
            if status >= httpx2.codes.BAD_REQUEST and when == "before":
                return None, f"`{path}` did not exist before."
            async with screenshot_lock:
                await page.bring_to_front()
                png = await browser_pages.picture(page, PHONE)
        picture = Screenshot(path, when, await put(png, "screenshot"))
        return picture, f"`{path}` answers {status}." if status >= httpx2.codes.BAD_REQUEST else ""
    except BrowserError as error:
        return None, f"`{path}` could not be shown: {error.message.splitlines()[0].removeprefix('Page.goto: ')}."
    except TimeoutError:
        return None, f"`{path}` took too long for a screenshot."
    finally:
        await page.close()
