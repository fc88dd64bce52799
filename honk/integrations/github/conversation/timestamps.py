"""Times as GitHub writes them. Pure."""

from datetime import UTC, datetime

MOMENT = 10.0
"""An edit within this many seconds after writing is the author's own."""


def seconds(text: str) -> float:
    """A time as seconds since the epoch; minus infinity for an invalid one."""
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
    """Whether a text was edited later than MOMENT after it was written."""
    return updated > created + MOMENT
