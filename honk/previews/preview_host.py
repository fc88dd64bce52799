"""The outermost ASGI app: Honk's own pages at one origin, each session's preview at another.

    http://host:8484/p/<token>/            Honk's origin: checks the link, redirects to
    http://host:8487/.honk/enter/<token>/  the preview's origin: sets a cookie, redirects to
    http://host:8487/                      the app, at the root of its origin, so that its absolute links work

The cookie holds the same signed token, is hidden from scripts and never passed to the app. A client that does not ask
for HTML (curl, a script, a health check) needs no cookies: it gets the page under `/.honk/enter/<token>/…` directly.

Ports do not separate cookies: `docs/decisions/` describes how the console protects itself from previews.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from honk.core.errors import HonkError
from honk.previews import http_proxy, signed_links, status_pages, websocket_proxy
from honk.previews.origins import Origins
from honk.previews.previews import PreviewFailed, Previews
from honk.previews.signed_links import Grant

LINK = "/p/"
"""The path of preview links on Honk's own origin."""

_OWN_PREFIX = "/.honk/"
_ENTER = "/.honk/enter/"
_POLICY_VIOLATION = 1008

Wake = Callable[[str], Awaitable[object]]
"""Starts a session's sleeping preview and returns when it answers. Raises HonkError when it cannot."""


def link(base: str, token: str) -> str:
    """The link to send: `base` is the server's public address."""
    return f"{base.rstrip('/')}{LINK}{token}/"


class PreviewHost:
    """Sends each request to Honk's own app (`console`) or to the preview whose origin it names.

    `key` signs links; `clock` returns seconds since the epoch. A browser waits `hold` seconds for an app to start
    before it gets a page that reloads; other clients wait `hold_others` seconds.
    """

    def __init__(
        self,
        console: ASGIApp,
        previews: Previews,
        key: bytes,
        origins: Origins,
        wake: Wake,
        *,
        clock: Callable[[], float] = time.time,
        hold: float = 2.0,
        hold_others: float = 60.0,
    ) -> None:
        self._console = console
        self._previews = previews
        self._key = key
        self._origins = origins
        self._wake = wake
        self._clock = clock
        self._hold, self._hold_others = hold, hold_others
        self._waking: dict[str, asyncio.Task[object]] = {}
        self._failed: dict[str, HonkError] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._console(scope, receive, send)
            return
        session = self._origins.session(scope)
        if session is None:
            if scope["type"] == "http" and scope["path"].startswith(LINK):
                await self._open_link(scope)(scope, receive, send)
            else:
                await self._console(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(session, scope, receive, send)
        else:
            await self._serve_websocket(session, scope, receive, send)

    async def close(self) -> None:
        """Cancel previews that are being started. Running previews belong to `Previews`."""
        tasks = list(self._waking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _open_link(self, scope: Scope) -> Response:
        """Handle a preview link on Honk's own origin."""
        token, rest = _split(scope, LINK)
        grant = self._check(token)
        if isinstance(grant, Response):
            return grant
        return _redirect(f"{self._origins.url(grant.session, scope)}{_ENTER}{token}/{rest}")

    async def _serve(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an HTTP request to a preview's origin."""
        path: str = scope["path"]
        target = _target(scope)
        if path.startswith(_ENTER):
            token, rest = _split(scope, _ENTER)
            response = self._enter(session, scope, token, rest)
            target = f"/{rest}".encode("latin-1")
        elif self._admitted(session, scope):
            response = None
        else:
            response = self._without_cookie(session, scope)
        if response is None and not _same_origin(scope):
            response = _page(status_pages.cross_origin(), 403)
        if response is None and path.startswith(_OWN_PREFIX) and not path.startswith(_ENTER):
            response = self._own_page(session, scope)
        if response is None:
            response = await self._forward(session, scope, receive, send, target)
        if response is not None:
            await response(scope, receive, send)

    async def _serve_websocket(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a WebSocket to a preview's origin. It does not start the app, which has just served the page."""
        socket = self._previews.socket(session)
        if socket is not None and self._admitted(session, scope) and _same_origin(scope):
            with contextlib.suppress(http_proxy.NoAnswer):
                await websocket_proxy.forward(socket, scope, receive, send, _target(scope))
                return
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})  # not yet accepted, so the client gets a 403

    def _enter(self, session: str, scope: Scope, token: str, rest: str) -> Response | None:
        """Set a browser's cookie; None to admit this request alone."""
        grant = self._check(token)
        if isinstance(grant, Response):
            return grant
        if grant.session != session:  # the origin now belongs to another session
            return _redirect(f"{self._origins.url(grant.session, scope)}{_ENTER}{token}/{rest}")
        if not _wants_html(scope):
            return None
        response = _redirect(f"/{rest}")
        response.set_cookie(
            http_proxy.COOKIE_PREFIX + session,
            token,
            max_age=int(grant.expires - self._clock()),
            httponly=True,
            samesite="lax",
            secure=scope.get("scheme") == "https",
        )
        if self._origins.fresh(session):
            response.headers["clear-site-data"] = '"cache", "storage"'
        return response

    def _admitted(self, session: str, scope: Scope) -> bool:
        return any(grant.session == session for grant in self._grants(scope))

    def _grants(self, scope: Scope) -> list[Grant]:
        """The grants in the request's cookies that are valid now."""
        try:
            cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
        except CookieError:
            return []
        checked = [
            (name, signed_links.check(self._key, morsel.value, self._clock()))
            for name, morsel in cookies.items()
            if name.startswith(http_proxy.COOKIE_PREFIX)
        ]
        return [
            grant
            for name, grant in checked
            if isinstance(grant, Grant) and grant.kind == "preview" and name == http_proxy.COOKIE_PREFIX + grant.session
        ]

    def _without_cookie(self, session: str, scope: Scope) -> Response:
        """The response without a cookie for this origin. A tab whose port was reassigned is redirected to its
        preview."""
        others = self._grants(scope)
        if len(others) == 1 and scope["method"] in ("GET", "HEAD") and _wants_html(scope):
            return _redirect(self._origins.url(others[0].session, scope) + _target(scope).decode("latin-1"))
        return _page(status_pages.link_required(session), 403)

    def _own_page(self, session: str, scope: Scope) -> Response:
        """Honk's own paths on a preview's origin: only the button that starts the preview again."""
        if scope["path"] != status_pages.RESTART or scope["method"] != "POST":
            return _page(status_pages.not_found(), 404)
        if self._previews.socket(session) is None:
            self._start(session)
        return _redirect("/", 303)

    async def _forward(
        self, session: str, scope: Scope, receive: Receive, send: Send, target: bytes
    ) -> Response | None:
        """Forward to the app; return a page of Honk's when that fails."""
        transport = self._previews.transport(session)
        if transport is None:
            page = await self._wait_for_start(session, scope)
            transport = self._previews.transport(session)
            if page is not None or transport is None:
                return page or _page(status_pages.starting(session), 503)
        try:
            await http_proxy.forward(transport, scope, receive, send, target)
        except http_proxy.NoAnswer:
            return _page(status_pages.no_response(session), 502)
        return None

    async def _wait_for_start(self, session: str, scope: Scope) -> Response | None:
        """Start a sleeping preview and wait a moment; None when it runs."""
        if session not in self._waking:
            if failure := self._failure(session):
                return failure
            self._start(session)
        task = self._waking[session]
        await asyncio.wait({task}, timeout=self._hold if _wants_html(scope) else self._hold_others)
        if not task.done():
            return _page(status_pages.starting(session), 503)
        return self._failure(session)

    def _failure(self, session: str) -> Response | None:
        if error := self._failed.get(session):
            log = error.log if isinstance(error, PreviewFailed) else ""
            return _page(status_pages.crashed(session, str(error), log), 502)
        if crash := self._previews.crash(session):
            how = f"was stopped ({crash.stopped})" if crash.stopped else f"ended with status {crash.exit}"
            return _page(status_pages.crashed(session, f"The app {how}.", crash.log), 502)
        return None

    def _start(self, session: str) -> None:
        """Start in a separate task, so that a client that leaves does not stop it and a second one waits for it too."""
        if session in self._waking:
            return
        self._failed.pop(session, None)

        async def wake() -> None:
            try:
                await self._wake(session)
            except HonkError as error:
                self._failed[session] = error
            finally:
                del self._waking[session]

        self._waking[session] = asyncio.create_task(wake())

    def _check(self, token: str) -> Grant | Response:
        grant = signed_links.check(self._key, token, self._clock())
        if isinstance(grant, Grant) and grant.kind == "preview":
            return grant
        if grant == "expired":
            return _page(status_pages.expired(signed_links.session_of(token)), 410)
        return _page(status_pages.link_required(), 403)


def _split(scope: Scope, prefix: str) -> tuple[str, str]:
    """The token and what follows it (path and query, as sent) of a path that begins with `prefix`."""
    token, _, rest = _target(scope).decode("latin-1").removeprefix(prefix).partition("/")
    return token.partition("?")[0], rest.lstrip("/")  # `//host` would redirect to another host


def _target(scope: Scope) -> bytes:
    """Path and query as the client sent them, not decoded."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _wants_html(scope: Scope) -> bool:
    """Whether the client accepts text/html: a browser that navigates does, but not curl, scripts and fetch()."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def _same_origin(scope: Scope) -> bool:
    """Whether Origin is absent or this one: pages on other ports of the host are the same site and send our cookie."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _redirect(url: str, status: int = 302) -> RedirectResponse:
    return RedirectResponse(url, status, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})


def _page(html: str, status: int) -> HTMLResponse:
    headers = {
        "cache-control": "no-store",
        "content-security-policy": status_pages.CONTENT_SECURITY_POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = "1"
    return HTMLResponse(html, status, headers=headers)
