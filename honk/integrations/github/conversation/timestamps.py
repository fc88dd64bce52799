"""GitHub's way to write times. Pure."""

from datetime import UTC, datetime

MOMENT = 10.0
"""Seconds within which a text is changed by who wrote it, if at all."""


def seconds(text: str) -> float:
    """A time as seconds since the epoch; infinitely long ago where it is none."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).timestamp()
    except ValueError:
        return float("-inf")


def text(at: float) -> str:
    """Seconds since the epoch as GitHub writes them."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """A time as GitHub writes it."""
    return datetime.fromtimestamp(seconds(text), UTC)


def touched(created: float, updated: float) -> bool:
    """Whether something was changed after the moment in which it was made."""
    return updated > created + MOMENT
