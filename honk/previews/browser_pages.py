"""Pages of an app in a browser that can reach nothing but the app.

Neither the app nor what it sends to the browser was reviewed. Therefore Honk answers every request of the browser from
the app's unix socket and refuses all others. `browser.py` starts the browser without network access.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from playwright.async_api import Browser, BrowserContext, FloatRect, Page, Request, Route, WebSocketRoute
from playwright.async_api import Error as BrowserError

HOST = "localhost"
"""The app's host name for the browser. Development servers (Vite, webpack, Django, Rails) refuse names that they do not
know, and accept this one. The browser resolves no name at all: its requests are answered here."""

_MOST_REDIRECTS = 5
_REDIRECT = "x-honk-redirect"
_REQUEST_SECONDS = 10.0
_PAGE_MS = 15_000
_QUIET_MS = 3_000
_LARGEST = 32 << 20
_LONGEST_ADDRESS = 200
_PRIVATE_HEADERS = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", _REDIRECT}
)


@dataclass(frozen=True)
class Screen:
    """The screen on which a page is shown: `width` and `height` in CSS pixels, `scale` device pixels for each. A
    picture shows at most `screens` times the height from the top of the page."""

    width: int
    height: int
    scale: int
    is_mobile: bool
    screens: int = 3


PHONE = Screen(390, 844, 2, is_mobile=True)


@asynccontextmanager
async def app_pages(browser: Browser, socket: Path, device: Screen) -> AsyncIterator[BrowserContext]:
    """A browser context for the app behind `socket`, with cookies, storage and cache of its own."""
    async with _app(socket) as app, _context(browser, app, device) as pages:
        yield pages


async def visit(page: Page, path: str) -> int:
    """Open a path of the app, follow redirects, wait until nothing loads, and return the last status. Raises
    BrowserError when the page cannot be shown."""
    status = await _open(page, f"http://{HOST}/{path.lstrip('/')}")
    await _settle(page)
    return status


async def _open(page: Page, url: str) -> int:
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


async def picture(page: Page, device: Screen) -> bytes:
    """A PNG of the page from top to bottom, up to the device's limit.

    The window is made as tall as the page, so that a bar at the lower edge of the window is drawn at the end of the
    page and not across its middle; except when the page grows with the window, because it contains a box of that
    height.
    """
    height = await _height(page, device)
    await _resize(page, device.width, height)
    if height < device.screens * device.height and await _height(page, device) > height:
        await _resize(page, device.width, device.height)
        clip: FloatRect = {"x": 0.0, "y": 0.0, "width": float(device.width), "height": float(height)}
        return await page.screenshot(full_page=True, clip=clip, animations="disabled", timeout=_PAGE_MS)
    return await page.screenshot(animations="disabled", timeout=_PAGE_MS)


async def _resize(page: Page, width: int, height: int) -> None:
    """Resize and wait until the page is painted: an earlier screenshot repeats parts of the old one."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def _height(page: Page, device: Screen) -> int:
    """The page's height on the screen, within the device's limit. A page that was not made for phones is laid out wider
    than the screen and scaled down."""
    claimed = await page.evaluate(
        "width => Math.ceil(document.documentElement.scrollHeight * width / Math.max(width, innerWidth)) || 0",
        device.width,
    )
    height = claimed if isinstance(claimed, (int, float)) else 0
    return int(max(device.height, min(height, device.screens * device.height)))


@asynccontextmanager
async def _app(socket: Path) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.AsyncHTTPTransport(uds=str(socket), verify=False)  # noqa: S501 (no TLS on a unix socket)
    async with httpx2.AsyncClient(transport=transport, timeout=_REQUEST_SECONDS, trust_env=False) as client:
        yield client


@asynccontextmanager
async def _context(browser: Browser, app: httpx2.AsyncClient, device: Screen) -> AsyncIterator[BrowserContext]:
    """A browser context that can reach `app` and nothing else."""

    async def answer(route: Route) -> None:
        await _answer(route, app)

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close()

    context = await browser.new_context(
        viewport={"width": device.width, "height": device.height},
        device_scale_factor=device.scale,
        has_touch=device.is_mobile,
        is_mobile=device.is_mobile,
        locale="en-GB",
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
        service_workers="block",
        accept_downloads=False,
    )
    try:
        await context.route("**/*", answer)
        await context.route_web_socket("**/*", refuse)
        yield context
    finally:
        await context.close()


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
        if answer.has_redirect_location and (answer.next_request is None or not _is_web(answer.headers["location"])):
            await route.fulfill(status=200, content_type="text/plain; charset=utf-8", body=_not_opened(answer))
            return
        if answer.next_request is not None:
            # Playwright cannot fulfill with a redirect: `_open` follows it, with the cookies of this response
            await route.fulfill(status=200, headers={**headers, _REDIRECT: str(answer.next_request.url)}, body=b"")
            return
        await route.fulfill(status=answer.status_code, headers=headers, body=body)
    except BrowserError:
        return  # the page was closed after its screenshot


def _is_web(location: str) -> bool:
    try:
        return urlsplit(location).scheme.lower() in ("", "http", "https")
    except ValueError:
        return False


def _not_opened(answer: httpx2.Response) -> str:
    """The page in place of one at an address of another kind (`chrome://`, `mailto:`), which the browser could open
    itself."""
    return (
        f"This page redirects to {answer.headers.get('location', '')[:_LONGEST_ADDRESS]}, which is not opened here.\n"
    )


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
