"""TOML read into frozen dataclasses, which are the schema: names, types and defaults stand there and nowhere else.

An unknown key, a wrong type or a value that is not understood is refused with its line, never ignored: a misspelt
`protected` must not switch a protection off.
"""

import dataclasses
import difflib
import json
import math
import re
import tomllib
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, cast

from honk.core.errors import UsageError

T = TypeVar("T")

Check = Callable[[str], str]
"""Says why a string is refused, as the end of a sentence about it; returns the empty string when it is accepted."""


def read(cls: type[T], text: str, file: str) -> T:
    """`text` as an instance of the dataclass `cls`. Raises UsageError with the line, the key and the nearest right one.

    Fields are scalars, tuples of strings, dicts from string to string, or dataclasses again. `Annotated[str, check]`
    and `Annotated[tuple[str, ...], check]` also ask the Check `check` about each string, `Annotated[Mapping[str, str],
    check, check]` the first about each key and the second about each value. Messages call it `file`.
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}.") from error
    return cast(T, _Reader(text, file).section(cls, data, ""))


def line_of(text: str, key: str, entry: str | None = None) -> int:
    """The line (from 1) of TOML `text` that sets the dotted `key`, or on which `entry` of its list stands; 0 when it is
    not found, because it is written in an unusual way."""
    section, _, name = key.rpartition(".")
    setting = re.compile(rf"""\s*(?:["']?{re.escape(section)}["']?\s*[.=].*)?["']?{re.escape(name)}["']?\s*[=.]""")
    header = re.compile(rf"""\s*\[+\s*["']?{re.escape(key)}["']?\s*\]""")
    lines = text.splitlines()
    current, found = "", 0
    for number, line in enumerate(lines, 1):
        if opened := re.match(r"""\s*\[+\s*["']?([\w.-]+)["']?\s*\]+\s*(?:#.*)?$""", line):
            current = opened[1]
        if header.match(line) or (setting.match(line) and (current == section or section in line)):
            found = number
            break
    if not found or entry is None:
        return found
    written = {f'"{entry}"', f"'{entry}'", json.dumps(entry), json.dumps(entry, ensure_ascii=False)}
    return next((at for at, line in enumerate(lines[found - 1 :], found) if any(w in line for w in written)), found)


@dataclass(frozen=True)
class _Reader:
    text: str
    file: str

    def section(self, cls: type[Any], data: Any, where: str) -> Any:
        if not isinstance(data, dict):
            raise self._refused(where, f"must be a section, [{where}], not {_kind(data)}")
        hints = typing.get_type_hints(cls, include_extras=True)
        values: dict[str, Any] = {}
        for key, value in data.items():
            name = f"{where}.{key}" if where else key
            if key not in hints:
                raise UsageError(f"{self._place(name)}: unknown key `{name}`; {_nearest(key, list(hints))}")
            hint = hints[key]
            nested = dataclasses.is_dataclass(hint)
            values[key] = self.section(cast(type[Any], hint), value, name) if nested else self._value(hint, value, name)
        return cls(**values)

    def _value(self, hint: Any, value: Any, name: str) -> Any:
        if typing.get_origin(hint) is Annotated:
            hint, *checks = typing.get_args(hint)
            read = self._value(hint, value, name)
            for entries in (
                [(read,)] if isinstance(read, str) else read.items() if isinstance(read, dict) else zip(read)
            ):
                for entry, check in zip(entries, checks, strict=True):
                    if why := check(entry):
                        raise self._refused(name, f"{json.dumps(entry, ensure_ascii=False)} {why}", entry)
            return read
        if type(None) in typing.get_args(hint):
            hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
        if typing.get_origin(hint) is Literal:
            choices = typing.get_args(hint)
            if value not in choices:
                raise self._refused(name, f"must be one of {', '.join(choices)}, not {value!r}")
            return value
        if typing.get_origin(hint) is tuple:
            if not isinstance(value, list):
                raise self._refused(name, f"must be a list of strings, not {_kind(value)}")
            if odd := [item for item in value if not isinstance(item, str)]:
                raise self._refused(name, f"must be a list of strings; one entry is {_kind(odd[0])}")
            return tuple(value)
        if typing.get_origin(hint) in (dict, Mapping):
            if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
                raise self._refused(name, 'must be a section of names and strings: "name" = "string"')
            return value
        return self._scalar(hint, value, name)

    def _scalar(self, hint: type, value: Any, name: str) -> Any:
        if hint is float and type(value) is int:
            value = float(value) if value <= _EXACT else math.inf
        if type(value) is not hint:
            raise self._refused(name, f"must be {_TYPES[hint]}, not {_kind(value)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refused(name, f"must be a finite number, it is {value}")
        if isinstance(value, (int, float)) and value < 0:
            raise self._refused(name, f"must not be negative, it is {value}")
        return value

    def _refused(self, name: str, why: str, entry: str | None = None) -> UsageError:
        separator = "" if entry is None else ":"
        return UsageError(f"{self._place(name, entry)}: `{name}`{separator} {why}.")

    def _place(self, name: str, entry: str | None = None) -> str:
        line = line_of(self.text, name, entry)
        return f"{self.file}, line {line}" if line else self.file


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    return f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}."


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a date or time")


_EXACT = 2**53
"""Every whole number up to this one is also a float; a larger limit is no limit."""

_TYPES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a section",
}
