"""From an address to an answer. No sockets here: the tests ask the site, the server only carries."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from app import layout, release
from app.catalogue import Catalogue
from app.markup import html
from app.pages import book, home, library, playlist, search, track
from app.web import NotFound, Page, Request, Response

STATIC = Path(__file__).resolve().parent.parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

ROUTES: tuple[tuple[str, Callable[[Catalogue, Request], Page]], ...] = (
    ("/", home.render),
    ("/library", library.render),
    ("/search", search.render),
    ("/track/{name}", track.render),
    ("/playlist/{name}", playlist.render),
    ("/book/{name}", book.render),
)


def respond(catalogue: Catalogue, target: str) -> Response:
    """Answer an address as a browser sends it, such as `/search?q=rain`."""
    address = urlsplit(target)
    path = unquote(address.path)
    if path == "/health":
        return _health(catalogue)
    if path.startswith("/static/"):
        return _static(path.removeprefix("/static/"))
    try:
        page, status = _page(catalogue, path, dict(parse_qsl(address.query))), 200
    except NotFound:
        page, status = Page("Not found", html(NOTHING_HERE)), 404
    return Response(status, "text/html; charset=utf-8", layout.document(catalogue, page, path).encode())


NOTHING_HERE = """
<header class="page-head"><p class="eyebrow">404</p><h1>Nothing plays here</h1></header>
<p class="nothing">The address may be old, or never was. <a href="search">Search</a> knows what there is.</p>
"""


def _page(catalogue: Catalogue, path: str, query: dict[str, str]) -> Page:
    for pattern, render in ROUTES:
        start, has_name, _ = pattern.partition("{name}")
        if path == pattern:
            return render(catalogue, Request(path, query=query))
        if has_name and path.startswith(start):
            return render(catalogue, Request(path, path.removeprefix(start), query))
    raise NotFound(path)


def _health(catalogue: Catalogue) -> Response:
    state = {"status": "ok", "version": release.VERSION, "commit": release.commit(), "tracks": len(catalogue.tracks)}
    return Response(200, "application/json", json.dumps(state).encode() + b"\n")


def _static(name: str) -> Response:
    """One file of `static/`; `style.css` is everything in `static/css/`, in the order of the names."""
    if name == "style.css":
        return Response(200, "text/css", b"\n".join(file.read_bytes() for file in sorted(STATIC.glob("css/*.css"))))
    file = STATIC / name
    if file.parent != STATIC or not file.is_file() or file.suffix not in TYPES:
        return Response(404, "text/plain", b"no such file\n")
    return Response(200, TYPES[file.suffix], file.read_bytes())
