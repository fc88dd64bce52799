"""The outermost ASGI app: Honk's own pages at one origin, each session's preview at another.

    http://host:8484/p/<token>/            Honk's origin: checks the link, goes on to
    http://host:8487/.honk/enter/<token>/  the preview's origin: sets a cookie, goes on to
    http://host:8487/                      the app, at the root of its origin, so that its absolute links work

The cookie holds the same signed token, is not readable by script and is never passed on to the app. A client that does
not ask for HTML by name (curl, a script, a health check) need not keep cookies: it is given the page under
`/.honk/enter/<token>/…` itself.

What the console owes in return, because ports do not separate cookies: see `docs/decisions/`.
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
"""Where preview links lead, on Honk's own origin."""

_OURS = "/.honk/"
_ENTER = "/.honk/enter/"
_POLICY = 1008

Wake = Callable[[str], Awaitable[object]]
"""Starts the preview of a session that sleeps, and returns when it answers. Raises HonkError when it cannot."""


def link(base: str, token: str) -> str:
    """The link to send: `base` is the server's public address."""
    return f"{base.rstrip('/')}{LINK}{token}/"


class PreviewHost:
    """Sends each request to Honk's own app (`console`) or to the preview whose origin it came to.

    `key` signs links; `clock` gives seconds since the epoch. `hold` is for how many seconds a browser is kept waiting
    for an app to start before it is shown a page that asks again; other clients wait `hold_others`.
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
                await self._follow(scope)(scope, receive, send)
            else:
                await self._console(scope, receive, send)
        elif scope["type"] == "http":
            await self._visit(session, scope, receive, send)
        else:
            await self._connect(session, scope, receive, send)

    async def close(self) -> None:
        """Stop what is being started on behalf of visitors. Running previews belong to `Previews`."""
        tasks = list(self._waking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _follow(self, scope: Scope) -> Response:
        """A link, on Honk's own origin."""
        token, rest = _split(scope, LINK)
        grant = self._check(token)
        if isinstance(grant, Response):
            return grant
        return _go(f"{self._origins.url(grant.session, scope)}{_ENTER}{token}/{rest}")

    async def _visit(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Any request to a preview's origin."""
        path: str = scope["path"]
        target = _target(scope)
        if path.startswith(_ENTER):
            token, rest = _split(scope, _ENTER)
            response = self._enter(session, scope, token, rest)
            target = f"/{rest}".encode("latin-1")
        elif self._admitted(session, scope):
            response = None
        else:
            response = self._lost(session, scope)
        if response is None and not _same_origin(scope):
            response = _page(status_pages.foreign(), 403)
        if response is None and path.startswith(_OURS) and not path.startswith(_ENTER):
            response = self._again(session, scope)
        if response is None:
            response = await self._pass_on(session, scope, receive, send, target)
        if response is not None:
            await response(scope, receive, send)

    async def _connect(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket to a preview's origin. It does not wake the app: the page that opens it was just served."""
        socket = self._previews.socket(session)
        if socket is not None and self._admitted(session, scope) and _same_origin(scope):
            with contextlib.suppress(http_proxy.NoAnswer):
                await websocket_proxy.forward(socket, scope, receive, send, _target(scope))
                return
        await send({"type": "websocket.close", "code": _POLICY})  # before it was accepted: the client sees a 403

    def _enter(self, session: str, scope: Scope, token: str, rest: str) -> Response | None:
        """Let a browser in by a cookie; None: let this one request in."""
        grant = self._check(token)
        if isinstance(grant, Response):
            return grant
        if grant.session != session:  # this origin is another session's by now
            return _go(f"{self._origins.url(grant.session, scope)}{_ENTER}{token}/{rest}")
        if not _wants_html(scope):
            return None
        response = _go(f"/{rest}")
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
        """What the request's cookies allow now."""
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

    def _lost(self, session: str, scope: Scope) -> Response:
        """No cookie for this origin. A tab that outlived its lease is brought to where its preview is now."""
        others = self._grants(scope)
        if len(others) == 1 and scope["method"] in ("GET", "HEAD") and _wants_html(scope):
            return _go(self._origins.url(others[0].session, scope) + _target(scope).decode("latin-1"))
        return _page(status_pages.closed(session), 403)

    def _again(self, session: str, scope: Scope) -> Response:
        """Honk's own addresses at a preview's origin: only the button that starts it again."""
        if scope["path"] != status_pages.AGAIN or scope["method"] != "POST":
            return _page(status_pages.missing(), 404)
        if self._previews.socket(session) is None:
            self._start(session)
        return _go("/", 303)

    async def _pass_on(
        self, session: str, scope: Scope, receive: Receive, send: Send, target: bytes
    ) -> Response | None:
        """Let the app answer; a page of ours when it cannot."""
        transport = self._previews.transport(session)
        if transport is None:
            page = await self._bring_up(session, scope)
            transport = self._previews.transport(session)
            if page is not None or transport is None:
                return page or _page(status_pages.starting(session), 503)
        try:
            await http_proxy.forward(transport, scope, receive, send, target)
        except http_proxy.NoAnswer:
            return _page(status_pages.silent(session), 502)
        return None

    async def _bring_up(self, session: str, scope: Scope) -> Response | None:
        """Start a sleeping preview and wait a little; None when it runs."""
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
        """In a task of its own: a visitor who leaves does not stop it, and a second one joins it."""
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
        return _page(status_pages.closed(), 403)


def _split(scope: Scope, prefix: str) -> tuple[str, str]:
    """The token and what follows it (path and query, as sent) of a path that begins with `prefix`."""
    token, _, rest = _target(scope).decode("latin-1").removeprefix(prefix).partition("/")
    return token.partition("?")[0], rest.lstrip("/")  # `//host` would lead to another host


def _target(scope: Scope) -> bytes:
    """Path and query as the client sent them, still quoted."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _wants_html(scope: Scope) -> bool:
    """A browser that navigates says so by name; curl, scripts and a page's own requests do not."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def _same_origin(scope: Scope) -> bool:
    """No Origin field, or our own: pages at other ports of this host send our cookie along, being the same site."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _go(url: str, status: int = 302) -> RedirectResponse:
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
