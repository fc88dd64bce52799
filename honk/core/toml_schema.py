"""TOML read into frozen dataclasses, which are the schema: names, types and defaults stand there and nowhere else.

An unknown key or a wrong type is refused, never ignored: a misspelt `protected` must not switch a protection off.
"""

import dataclasses
import difflib
import math
import tomllib
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from honk.core.errors import UsageError

T = TypeVar("T")


def read(cls: type[T], text: str, file: str) -> T:
    """`text` as an instance of the dataclass `cls`, whose fields are scalars, tuples of strings, dicts from string to
    string, or dataclasses again.

    `file` is how messages name it. Raises UsageError that names the key and the nearest right one.
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}.") from error
    return cast(T, _section(cls, data, "", file))


def _section(cls: type[Any], data: Any, where: str, file: str) -> Any:
    if not isinstance(data, dict):
        raise UsageError(f"{file}: `{where}` must be a section, [{where}], not {_kind(data)}.")
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{where}.{key}" if where else key
        if key not in hints:
            raise UsageError(_unknown(name, key, list(hints), file))
        hint = hints[key]
        nested = dataclasses.is_dataclass(hint)
        values[key] = _section(cast(type[Any], hint), value, name, file) if nested else _value(hint, value, name, file)
    return cls(**values)


def _unknown(name: str, key: str, known: list[str], file: str) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}."
    return f"{file} has an unknown key `{name}`; {hint}"


def _value(hint: Any, value: Any, name: str, file: str) -> Any:
    if type(None) in typing.get_args(hint):
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if value not in choices:
            raise UsageError(f"{file}: `{name}` must be one of {', '.join(choices)}, not {value!r}.")
        return value
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"{file}: `{name}` must be a list of strings, not {_kind(value)}.")
        return tuple(value)
    if typing.get_origin(hint) in (dict, Mapping):
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise UsageError(f'{file}: `{name}` must be a section of names and strings: "name" = "string".')
        return value
    return _scalar(hint, value, name, file)


def _scalar(hint: type, value: Any, name: str, file: str) -> Any:
    if hint is float and type(value) is int:
        value = float(value) if value <= _EXACT else math.inf
    if type(value) is not hint:
        raise UsageError(f"{file}: `{name}` must be {_WORDS[hint]}, not {_kind(value)}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{file}: `{name}` must be a finite number, it is {value}.")
    if isinstance(value, (int, float)) and value < 0:
        raise UsageError(f"{file}: `{name}` must not be negative, it is {value}.")
    return value


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a date or time")


_EXACT = 2**53
"""Up to here every whole number is a float too; a limit beyond it is none."""

_WORDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a section",
}
