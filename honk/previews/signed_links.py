"""Signed links that expire: pure functions over a key, no state.

A token is `<kind>.<session>.<expiry>.<resource>.<signature>`: readable enough to debug, safe in a path, a cookie and a
QR code (40 characters for a preview, 84 for a file named by its SHA-256). The signature is the first half of an
HMAC-SHA256: 128 bits, too many to guess over HTTP.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["preview", "file"]

Refusal = Literal["invalid", "expired"]
"""Why a token is refused. `expired` is returned only for a token with a valid signature."""

_LETTERS: dict[str, Kind] = {"p": "preview", "f": "file"}
_CONTEXT = b"honk link 1\0"
_SIGNATURE_BYTES = 16
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True)
class Grant:
    """What a token allows: `resource` (empty for a preview) of `session`, until `expires` (seconds since the epoch)."""

    kind: Kind
    session: str
    expires: int
    resource: str = ""


def sign(key: bytes, grant: Grant) -> str:
    """The token for `grant`. Raises ValueError for a session id with other characters, or a negative expiry."""
    if not _WORD.fullmatch(grant.session) or grant.expires < 0:
        raise ValueError(f"cannot sign {grant!r}")
    letter = next(letter for letter, kind in _LETTERS.items() if kind == grant.kind)
    text = ".".join((letter, grant.session, _base36(grant.expires), _pack(grant.resource)))
    return f"{text}.{_signature(key, text)}"


def check(key: bytes, token: str, now: float) -> Grant | Refusal:
    """What `token` allows at `now` (seconds since the epoch), or why it is refused. Never raises."""
    text, _, signature = token.rpartition(".")
    # bytes, because compare_digest refuses text that is not ASCII
    if not hmac.compare_digest(_signature(key, text).encode(), signature.encode(errors="replace")):
        return "invalid"
    letter, session, expires, resource = text.split(
        "."
    )  # the signature is valid, so it has the form that sign() gave it
    grant = Grant(_LETTERS[letter], session, int(expires, 36), _unpack(resource))
    return grant if now < grant.expires else "expired"


def session_of(token: str) -> str:
    """The session that a token names, without checking it: only for the text of the page about an expired link."""
    parts = token.split(".")
    return parts[1] if len(parts) == 5 and _WORD.fullmatch(parts[1]) else ""


def _signature(key: bytes, text: str) -> str:
    mac = hmac.new(key, _CONTEXT + text.encode(errors="replace"), hashlib.sha256).digest()
    return _b64(mac[:_SIGNATURE_BYTES])


def _pack(resource: str) -> str:
    """Encode a hash as bytes and anything else as text; the first letter tells which."""
    if not resource:
        return ""
    return "x" + _b64(bytes.fromhex(resource)) if _HEX.fullmatch(resource) else "t" + _b64(resource.encode())


def _unpack(packed: str) -> str:
    try:
        raw = base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4))
    except binascii.Error as error:  # the signature is valid, so this is a bug and not an attack
        raise ValueError(f"damaged resource {packed!r}") from error
    return raw.hex() if packed.startswith("x") else raw.decode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
