"""Who may talk to this server: whoever holds its token.

The token is made at the first start and lies in HONK_HOME, readable by this user alone. Command lines send it as a
bearer token; a browser brings it once in the link that `honk serve` prints, and keeps it in a cookie that no script
reads and no other site's request carries (SameSite=Strict). Words that change something must also come from our own
origin: a preview at another port shares the cookie's host, and must not be able to press our buttons.
"""

import hmac
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request

from honk.core.errors import UsageError

COOKIE = "honk"
LENGTH = 32


def token(home: Path) -> str:
    """This house's token, made at the first call (mode 0600)."""
    file = home / "api.token"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(LENGTH))
    text = file.read_text().strip()
    if len(text) < LENGTH:
        raise UsageError(f"{file} is damaged; remove it and start the server again.")
    return text


def allowed(request: Request, wanted: str) -> bool:
    """Whether the request carries the token, and, where a cookie carries it and something is to change, comes from a
    page of ours."""
    header = request.headers.get("authorization", "")
    if header.startswith("Bearer "):
        return hmac.compare_digest(header.removeprefix("Bearer ").encode(), wanted.encode())
    cookie = request.cookies.get(COOKIE, "")
    if not hmac.compare_digest(cookie.encode(), wanted.encode()):
        return False
    return request.method in ("GET", "HEAD") or _same_origin(request)


def _same_origin(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host", "")
