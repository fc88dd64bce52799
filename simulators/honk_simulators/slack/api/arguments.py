"""The arguments of a Web API call: which there are, of which kind, and which must not be missing.

Slack ignores arguments that it does not know. Here they are refused with `invalid_arguments`: a misspelt one would have
no effect there, and nobody would see it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "flag", "list", "object", "ts", "names"]
"""`list` and `object` are JSON, in forms as a string; `names` are separated by commas; `ts` is a message's."""


class SlackRefusal(Exception):
    """Slack's no: `error` is the code, `messages` say more, `more` are further fields of the answer."""

    def __init__(self, error: str, *messages: str, **more: Any) -> None:
        super().__init__(": ".join((error, *messages)))
        self.error = error
        self.messages = messages
        self.more = more


@dataclass(frozen=True)
class Argument:
    """One argument."""

    kind: Kind = "text"
    required: bool = False


TEXT = Argument()
NEEDED = Argument(required=True)
INTEGER = Argument("integer")
FLAG = Argument("flag")
LIST = Argument("list")
OBJECT = Argument("object")
TS = Argument("ts")
NAMES = Argument("names")


def parse(given: Mapping[str, Any], known: Mapping[str, Argument]) -> dict[str, Any]:
    """The arguments as values. Raises Refused with `invalid_arguments`, or with Slack's code for broken JSON."""
    wrong = [f"[ERROR] unknown argument: {name}" for name in given if name not in known]
    wrong += [
        f"[ERROR] missing required field: {name}"
        for name, argument in known.items()
        if argument.required and given.get(name) in (None, "")
    ]
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in known and value is not None:
            try:
                found[name] = _value(name, value, known[name].kind)
            except ValueError as error:
                wrong.append(f"[ERROR] {error} [json-pointer:/{name}]")
    if wrong:
        raise SlackRefusal("invalid_arguments", *wrong)
    return found


def _value(name: str, value: Any, kind: Kind) -> Any:
    """Raises ValueError with what it should have been."""
    match kind:
        case "text":
            return _text(value)
        case "ts":
            if not _is_ts(text := _text(value)):
                raise ValueError("must be a timestamp such as 1700000000.000100")
            return text
        case "integer":
            return _integer(value)
        case "flag":
            return _flag(value)
        case "names":
            return [each.strip() for each in (value if isinstance(value, list) else _text(value).split(","))]
        case "list" | "object":
            return _json(name, value, list if kind == "list" else dict)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must provide a string")
    return value


def _is_ts(text: str) -> bool:
    seconds, dot, rest = text.partition(".")
    return seconds.isdigit() and (not dot or rest.isdigit())


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must provide an integer")
    try:
        return int(value)
    except ValueError:
        raise ValueError("must provide an integer") from None


def _flag(value: Any) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in known:
        raise ValueError("must provide a boolean")
    return known[value.lower()]


def _json(name: str, value: Any, of: type) -> Any:
    broken = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise SlackRefusal(
                broken.get(name, "invalid_arguments"), f"[ERROR] not JSON [json-pointer:/{name}]"
            ) from None
    if not isinstance(value, of):
        if name in broken:
            raise SlackRefusal(broken[name])
        raise ValueError(f"must provide an {'array' if of is list else 'object'}")
    return value
