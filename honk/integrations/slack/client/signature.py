"""Whether a request comes from Slack: slack_sdk checks the signature of the raw bytes, before they are parsed.

Source: docs.slack.dev, "Verifying requests from Slack". slack_sdk compares in constant time and refuses a timestamp
that is more than five minutes from this machine's clock, in either direction.
"""

from collections.abc import Iterable

from slack_sdk.signature import Clock, SignatureVerifier

from honk.core.errors import UsageError

SIGNATURE = "x-slack-signature"
TIMESTAMP = "x-slack-request-timestamp"

_LONGEST_TIMESTAMP = 12


class InvalidSlackSignature(Exception):
    """The request is refused; the text says why, for the log only."""


class _FixedClock(Clock):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds


def check(secret: str, headers: Iterable[tuple[str, str]], body: bytes, now: float) -> None:
    """Raise InvalidSlackSignature unless `body` was signed with `secret` within five minutes of `now` (seconds since
    the epoch).

    `headers` are all of the request's, a name as often as it came. Raises UsageError for an empty secret, with which
    anybody could sign.
    """
    if not secret.strip():
        raise UsageError("There is no signing secret, so no request can be trusted. Set SLACK_SIGNING_SECRET.")
    rows = tuple((name.lower(), value) for name, value in headers)
    signature, timestamp = _only(rows, SIGNATURE), _only(rows, TIMESTAMP)
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > _LONGEST_TIMESTAMP:
        raise InvalidSlackSignature("the timestamp is not a number")
    try:
        # what is not ASCII cannot be compared in constant time, and Slack signs UTF-8 only
        valid = signature.isascii() and SignatureVerifier(secret, _FixedClock(now)).is_valid(body, timestamp, signature)
    except UnicodeDecodeError as error:
        raise InvalidSlackSignature("the body is not UTF-8") from error
    if not valid:
        raise InvalidSlackSignature("the signature does not match, or the timestamp is more than five minutes away")


def _only(rows: Iterable[tuple[str, str]], name: str) -> str:
    found = [value for key, value in rows if key == name]
    if len(found) != 1:
        raise InvalidSlackSignature(f"{name} is there {len(found)} times")
    return found[0]
