"""Checks of JSON against a shape, put together from small ones. A complaint reads and points as Slack's do.

A check takes a value and the JSON pointer to it, and yields what is wrong with it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any, str], Iterator[str]]
Rule = Callable[[Mapping[str, Any], str], Iterator[str]]
"""A check of an object as a whole, whose fields are right each."""


def complaint(message: str, pointer: str) -> str:
    """Slack's way to say where."""
    return f"{message} [json-pointer:{pointer}]"


def text(most: int, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complaint("must provide a string", pointer)
        elif len(value) < least:
            yield complaint(f"must be more than {least - 1} characters", pointer)
        elif len(value) > most:
            yield complaint(f"must be less than {most + 1} characters", pointer)

    return check


def integer(least: int, most: int) -> Check:
    """A whole number between the two, themselves included."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield complaint("must provide an integer", pointer)
        elif not least <= value <= most:
            yield complaint(f"must be between {least} and {most}", pointer)

    return check


def flag(value: Any, pointer: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield complaint("must provide a boolean", pointer)


def anything(value: Any, pointer: str) -> Iterator[str]:
    """Whatever it is."""
    yield from ()


def constant(*allowed: Any) -> Check:
    """One of these values."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not any(value == each and type(value) is type(each) for each in allowed):
            yield complaint(f"must be one of: {', '.join(str(each) for each in allowed)}", pointer)

    return check


def pattern(matches: Callable[[str], object], words: str) -> Check:
    """A string that `matches`; `words` say what it should have been."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complaint("must provide a string", pointer)
        elif not matches(value):
            yield complaint(words, pointer)

    return check


def url(most: int) -> Check:
    """An absolute address."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        wrong = list(text(most)(value, pointer))
        yield from wrong
        if wrong:
            return
        parts = urlsplit(value)
        if not parts.scheme or not (parts.netloc or parts.path) or " " in value:
            yield complaint("must be a valid url", pointer)

    return check


def listing(each: Check, least: int = 1, most: int = 10_000) -> Check:
    """An array of so many items."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield complaint("must provide an array", pointer)
            return
        if len(value) < least:
            yield complaint(f"no less than {least} items allowed", pointer)
        if len(value) > most:
            yield complaint(f"no more than {most} items allowed", pointer)
        for index, item in enumerate(value):
            yield from each(item, f"{pointer}/{index}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Rule) -> Check:
    """An object with these fields and no others. `rules` look at it when its fields are right."""
    fields = {**required, **(optional or {})}

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must provide an object", pointer)
            return
        wrong = [complaint(f"missing required field: {name}", pointer) for name in required if name not in value]
        for name, content in value.items():
            if name not in fields:
                wrong.append(complaint(f"invalid additional property: {name}", pointer))
            else:
                wrong.extend(fields[name](content, f"{pointer}/{name}"))
        yield from wrong
        if not wrong:
            for rule in rules:
                yield from rule(value, pointer)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """An object that says by its `type` which of these it is."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must provide an object", pointer)
        elif "type" not in value:
            yield complaint("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield complaint(f"unsupported type: {value['type']}", pointer)
        else:
            yield from kinds[value["type"]](value, pointer)

    return check


def exactly_one(*names: str) -> Rule:
    """Of these fields, one and no more."""

    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
        if sum(name in value for name in names) != 1:
            yield complaint(f"must provide exactly one of: {', '.join(names)}", pointer)

    return rule


def at_least_one(*names: str) -> Rule:
    """Of these fields, one or more."""

    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
        if not any(name in value for name in names):
            yield complaint(f"must provide one of: {', '.join(names)}", pointer)

    return rule
