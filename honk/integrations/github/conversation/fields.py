"""Fields of what GitHub sends, each checked as it is read. Pure."""

from typing import Any, TypeVar

T = TypeVar("T")

MOST = 2**63 - 1


class Malformed(Exception):  # noqa: N818 - what it is, not a mistake of ours
    """It is not what GitHub describes; the text names the field, and nothing of its content."""


def nested(data: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`."""
    found = data.get(key)
    if not isinstance(found, dict):
        raise Malformed(f"{key} is no object")
    return found


def items(data: dict[str, Any], key: str) -> list[Any]:
    """The list under `key`; where there is none, an empty one."""
    return checked(data.get(key) or [], list)


def record(data: Any) -> dict[str, Any]:
    """`data`, which is an object."""
    found: dict[str, Any] = checked(data, dict)
    return found


def checked(data: Any, kind: type[T]) -> T:
    """`data`, which is of that kind."""
    if not isinstance(data, kind):
        raise Malformed(f"something is no {kind.__name__}")
    return data


def text(data: dict[str, Any], key: str, *, optional: bool = False) -> str:
    """The text under `key`; `optional`: nothing is an empty one."""
    found = data.get(key)
    if found is None and optional:
        return ""
    if not isinstance(found, str):
        raise Malformed(f"{key} is no text")
    return found


def number(data: dict[str, Any], key: str, *, optional: bool = False) -> int:
    """The number above 0 under `key`; `optional`: nothing is 0."""
    found = data.get(key)
    if found is None and optional:
        return 0
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= MOST:
        raise Malformed(f"{key} is no number")
    return found
