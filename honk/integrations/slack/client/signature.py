"""Whether a request comes from Slack: its signature over the raw bytes, before anything of them is read. Pure.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

import hashlib
import hmac
from collections.abc import Iterable

from honk.core.errors import UsageError

SIGNATURE = "x-slack-signature"
TIMESTAMP = "x-slack-request-timestamp"
VERSION = "v0"

WINDOW_SECONDS = 300
"""How far a request's time may be from ours, in either direction. What is older may be somebody's recording."""

_LONGEST_TIMESTAMP = 12


class InvalidSlackSignature(Exception):
    """The request is not to be believed; the text says why, for our log and nobody else."""


def check(secret: str, headers: Iterable[tuple[str, str]], body: bytes, now: float) -> None:
    """Raise Forged unless `body` was signed with `secret` not long before or after `now` (seconds since the epoch).

    `headers` are all of the request's, a name as often as it came. Raises UsageError for an empty secret, with which
    anybody could sign.
    """
    if not secret.strip():
        raise UsageError("There is no signing secret, so no request can be trusted. Set SLACK_SIGNING_SECRET.")
    rows = tuple((name.lower(), value) for name, value in headers)
    given, timestamp = _only(rows, SIGNATURE), _only(rows, TIMESTAMP)
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > _LONGEST_TIMESTAMP:
        raise InvalidSlackSignature("the timestamp is no number")
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        raise InvalidSlackSignature("the timestamp is too far from this machine's clock")
    if not hmac.compare_digest(given.encode(errors="replace"), sign(secret, timestamp, body).encode()):
        raise InvalidSlackSignature("the signature does not fit")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of `body`, as Slack makes it."""
    base = f"{VERSION}:{timestamp}:".encode() + body
    return f"{VERSION}={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"


def _only(rows: Iterable[tuple[str, str]], name: str) -> str:
    found = [value for key, value in rows if key == name]
    if len(found) != 1:
        raise InvalidSlackSignature(f"{name} is there {len(found)} times")
    return found[0]
