"""Screenshots of an app's pages on a phone, taken by a browser that can reach nothing but the app.

Neither the app nor what it sends to the browser was reviewed. Therefore Honk answers every request of the browser from
the app's unix socket, under a host name that does not exist, and refuses all others. `browser.py` starts the browser
without network access.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from playwright.async_api import (
    Browser,
    BrowserContext,
    FloatRect,
    Page,
    Request,
    Route,
    WebSocketRoute,
)
from playwright.async_api import Error as BrowserError

from honk.core.delivery import Screenshot, When
from honk.previews import browser
from honk.previews.base import PutBlob

HOST = "preview.invalid"
"""The host name of the app for the browser. RFC 6761: no resolver ever resolves it."""

WIDTH, HEIGHT, SCALE = 390, 844, 2
SCREENS = 3
"""A screenshot shows at most so many screens from the top of a page."""

_AT_ONCE = 3
_MOST_REDIRECTS = 5
_REDIRECT = "x-honk-redirect"
_REQUEST_SECONDS = 10.0
_PAGE_MS = 15_000
_QUIET_MS = 3_000
_LARGEST = 32 << 20
_PRIVATE_HEADERS = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", _REDIRECT}
)


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
        async with _app(socket) as app, _phone(self._browser, app) as phone:
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
            status = await _visit(page, f"http://{HOST}/{path.lstrip('/')}")
            if status >= httpx2.codes.BAD_REQUEST and when == "before":
                return None, f"`{path}` did not exist before."
            await _settle(page)
            async with screenshot_lock:
                await page.bring_to_front()
                png = await _screenshot(page)
        picture = Screenshot(path, when, await put(png, "screenshot"))
        return picture, f"`{path}` answers {status}." if status >= httpx2.codes.BAD_REQUEST else ""
    except BrowserError as error:
        return None, f"`{path}` could not be shown: {error.message.splitlines()[0].removeprefix('Page.goto: ')}."
    except TimeoutError:
        return None, f"`{path}` took too long for a screenshot."
    finally:
        await page.close()


async def _visit(page: Page, url: str) -> int:
    """Open `url`, follow redirects, and return the last status."""
    for _ in range(_MOST_REDIRECTS):
        answer = await page.goto(url, timeout=_PAGE_MS)
        if answer is None or _REDIRECT not in answer.headers:
            return answer.status if answer else httpx2.codes.OK
        url = answer.headers[_REDIRECT]
    raise BrowserError("it redirects without end")


async def _settle(page: Page) -> None:
    """Wait until nothing loads any more, up to a limit, because a page that polls never stops."""
    try:
        await page.wait_for_load_state("networkidle", timeout=_QUIET_MS)
    except BrowserError:
        return


async def _screenshot(page: Page) -> bytes:
    """The page from top to bottom, up to SCREENS.

    The window is made as tall as the page, so that a bar at the lower edge of the window is drawn at the end of the
    page and not across its middle; except when the page grows with the window, because it contains a box of that
    height.
    """
    height = await _height(page)
    await _resize(page, height)
    if height < SCREENS * HEIGHT and await _height(page) > height:
        await _resize(page, HEIGHT)
        clip: FloatRect = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": float(height)}
        return await page.screenshot(full_page=True, clip=clip, animations="disabled", timeout=_PAGE_MS)
    return await page.screenshot(animations="disabled", timeout=_PAGE_MS)


async def _resize(page: Page, height: int) -> None:
    """Resize and wait until the page is painted: an earlier screenshot repeats parts of the old one."""
    await page.set_viewport_size({"width": WIDTH, "height": height})
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def _height(page: Page) -> int:
    """The page's height, limited to SCREENS."""
    claimed = await page.evaluate("Math.ceil(document.documentElement.scrollHeight) || 0")
    height = claimed if isinstance(claimed, (int, float)) else 0
    return int(max(HEIGHT, min(height, SCREENS * HEIGHT)))


@asynccontextmanager
async def _app(socket: Path) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.AsyncHTTPTransport(uds=str(socket), verify=False)  # noqa: S501 (no TLS on a unix socket)
    async with httpx2.AsyncClient(transport=transport, timeout=_REQUEST_SECONDS, trust_env=False) as client:
        yield client


@asynccontextmanager
async def _phone(browser: Browser, app: httpx2.AsyncClient) -> AsyncIterator[BrowserContext]:
    """A browser context like a phone, which can reach `app` and nothing else."""

    async def answer(route: Route) -> None:
        await _answer(route, app)

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close()

    phone = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=SCALE,
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
        service_workers="block",
        accept_downloads=False,
    )
    try:
        await phone.route("**/*", answer)
        await phone.route_web_socket("**/*", refuse)
        yield phone
    finally:
        await phone.close()


async def _answer(route: Route, app: httpx2.AsyncClient) -> None:
    """Answer one request of the browser from the app, or abort it."""
    try:
        asked = route.request
        if urlsplit(asked.url)[:2] != ("http", HOST):
            await route.abort("blockedbyclient")
            return
        try:
            answer, body = await _fetch(asked, app)
        except (httpx2.RequestError, TimeoutError):
            await route.abort("failed")
            return
        headers = {name: value for name, value in answer.headers.items() if name not in _PRIVATE_HEADERS}
        if answer.next_request is not None:
            # Playwright cannot fulfill with a redirect: `_visit` follows it, with the cookies of this response
            await route.fulfill(status=200, headers={**headers, _REDIRECT: str(answer.next_request.url)}, body=b"")
            return
        await route.fulfill(status=answer.status_code, headers=headers, body=body)
    except BrowserError:
        return  # the page was closed after its screenshot


async def _fetch(asked: Request, app: httpx2.AsyncClient) -> tuple[httpx2.Response, bytes]:
    """The app's response, with a limit on its time and size."""
    is_page = asked.is_navigation_request() and asked.frame.parent_frame is None
    request = app.build_request(
        asked.method, asked.url, headers=await asked.all_headers(), content=asked.post_data_buffer
    )
    body = bytearray()
    async with asyncio.timeout(_REQUEST_SECONDS):
        answer = await app.send(request, stream=True, follow_redirects=not is_page)
        try:
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise httpx2.DecodingError("too large for a screenshot")
        finally:
            await answer.aclose()
    return answer, bytes(body)
