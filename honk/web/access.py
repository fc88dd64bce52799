"""Who may talk to this server: whoever holds its token, under one of its own names, from a page of its own.

The token is made at the first start and lies in HONK_HOME, readable by this user alone. Command lines send it as a
bearer token; a browser brings it once in the link that `honk serve` prints, and is given a cookie that no script reads
and no other site's request carries (SameSite=Strict).

Cookies know nothing of ports, and a preview is a page of the same host at another port: its requests carry our cookie
too. So they are told apart by what browsers say of where a request comes from (Origin, Sec-Fetch-*), and the cookie is
no key to anything but this server: not the token itself, and under a name that no preview is ever sent.
"""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from honk import files
from honk.previews.http_proxy import COOKIE_PREFIX

COOKIE = f"{COOKIE_PREFIX}console"
COOKIE_SECONDS = 90 * 24 * 3600
LENGTH = 32
SAFE = ("GET", "HEAD")


def token(home: Path) -> str:
    """The server's token, made at the first call (mode 0600)."""
    file = home / "api.token"
    text = files.write_once(file, lambda: secrets.token_urlsafe(LENGTH).encode()).decode(errors="replace").strip()
    if len(text) < LENGTH or not text.isascii():
        remedy = "Remove it and start the server again; browsers then need the new link that `honk serve` prints."
        raise files.damaged(file, f"it does not hold a token of at least {LENGTH} characters", remedy)
    return text


def is_token(given: str, wanted: str) -> bool:
    """Whether `given` is the token, in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def pass_for(wanted: str) -> str:
    """The cookie's value: made from the token, useless as one."""
    return hmac.new(wanted.encode(), b"honk console 1", hashlib.sha256).hexdigest()


def let_in(response: Response, wanted: str, *, https: bool) -> None:
    """Give the browser its cookie."""
    response.set_cookie(
        COOKIE, pass_for(wanted), max_age=COOKIE_SECONDS, httponly=True, samesite="strict", secure=https
    )


def holds(headers: Headers, wanted: str) -> bool:
    """Whether the request carries the token, or the cookie that it was once exchanged for."""
    header = headers.get("authorization", "")
    if header.startswith("Bearer "):
        return is_token(header.removeprefix("Bearer "), wanted)
    # every cookie of the name is tried: a preview's script may have set another one of it to lock the person out
    pairs = (pair.strip().partition("=") for row in headers.getlist("cookie") for pair in row.split(";"))
    return any(name == COOKIE and is_token(value, pass_for(wanted)) for name, _, value in pairs)


def named_so(host: str, names: Collection[str]) -> bool:
    """Whether a Host field names this server: by address, as localhost, or by one of `names` (lower case).

    A name that somebody else's DNS points here (DNS rebinding) is none of these; a script at such a name would
    otherwise count as a page of ours.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def foreign(scope: Scope, origins: Collection[str]) -> bool:
    """Whether a page that is not ours made this request. `origins` are our own besides the Host field's (`host:port`).

    Anybody may link to us. Everything else that another page can make a browser do is refused: sending forms, reading
    by script, showing us in a frame or as a picture.
    """
    headers = Headers(scope=scope)
    safe = scope["method"] in SAFE
    origin = headers.get("origin")
    if origin is not None and not safe and urlsplit(origin).netloc not in (headers.get("host"), *origins):
        return True
    if origin is None and not safe and "authorization" not in headers:
        return True  # every browser sends Origin with a form, and it is the cookie that speaks
    if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    return not (safe and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document")
