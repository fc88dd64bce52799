"""Whether a delivery comes from GitHub: decided on the raw bytes, before anything in them is read. Sans-IO.

GitHub signs the body alone, without a time: a delivery that is sent again stays genuine for ever. What it is about is
therefore claimed by what it is about, never by its delivery.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

SIGNATURE, EVENT, DELIVERY, KIND = "x-hub-signature-256", "x-github-event", "x-github-delivery", "content-type"
JSON = "application/json"
LONGEST_NAME = 100


class Forged(Exception):  # noqa: N818 - what it is, not a mistake of ours
    """It is not from GitHub. The text says why, and nothing of what was sent."""


@dataclass(frozen=True)
class Delivery:
    """A genuine one. `id` is GitHub's name for it, `body` what was signed."""

    id: str
    event: str
    body: bytes


def opened(secret: str, headers: Iterable[tuple[str, str]], body: bytes) -> Delivery:
    """The delivery with these headers (names in any case) and this raw body. Raises Forged.

    An empty secret would accept everybody, so it accepts nobody. Of each header that counts there must be exactly one.
    """
    if not secret.strip():
        raise Forged("There is no webhook secret here, so no delivery is taken.")
    given = [(name.lower(), value) for name, value in headers]
    if not hmac.compare_digest(sign(secret, body), _one(given, SIGNATURE).encode("utf-8", "replace")):
        raise Forged("The signature is not GitHub's.")
    if _one(given, KIND).partition(";")[0].strip().lower() != JSON:
        raise Forged("Set the webhook's content type to application/json.")
    return Delivery(_name(given, DELIVERY), _name(given, EVENT), body)


def sign(secret: str, body: bytes) -> bytes:
    """What the header must say."""
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _one(headers: list[tuple[str, str]], wanted: str) -> str:
    found = [value for name, value in headers if name == wanted]
    if len(found) != 1:
        raise Forged(f"A delivery has exactly one header {wanted}.")
    return found[0]


def _name(headers: list[tuple[str, str]], wanted: str) -> str:
    name = _one(headers, wanted).strip()
    if not name or len(name) > LONGEST_NAME or not name.isascii() or not name.isprintable():
        raise Forged(f"The header {wanted} names nothing.")
    return name
