"""A setting's value as a number, as elements, and as text."""

import re

from honk.verify.syntax.settings import Scalar, Value


def dashed(key: str) -> str:
    """The key in lower case with dashes, whatever the tool's own style is."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", key).replace("_", "-").lower()


def number_of(value: Value | None) -> float | None:
    first = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    if isinstance(first, bool) or first is None:
        return None
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*%?\s*", str(first))
    return float(match[1]) if match else None


def limit_of(value: Value | None) -> float | None:
    """The number of a setting; of a severity with a number (`["error", 10]`), that number."""
    if isinstance(value, tuple) and len(value) == 2 and not isinstance(value[1], str | bool | None):
        return float(value[1])
    return number_of(value)


def items_of(value: Value | None) -> tuple[Scalar, ...]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[,\s|]+", value) if part)
    return () if value is None else (value,)


def joined_text(value: Value | None) -> str:
    if isinstance(value, tuple):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)


def value_text(value: Value | None) -> str:
    return (", ".join(map(str, value)) if isinstance(value, tuple) else str(value))[:80]
