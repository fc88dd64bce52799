"""`honk.toml`: what a repository tells Honk about itself. Pure: text in, frozen values out.

Every section is optional, and every key of it. An unknown key or a wrong type is refused, never ignored: a misspelt
`protected` must not switch a protection off.
"""

import dataclasses
import difflib
import tomllib
import typing
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from honk.core.errors import UsageError

FILENAME = "honk.toml"

MergeRule = Literal["requester", "anyone", "approved", "nobody"]


@dataclass(frozen=True)
class Setup:
    """`run`: commands that make a fresh checkout ready, in order. None: detect them; empty: there are none."""

    run: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Verify:
    """The verifiers' commands. None: detect; the empty string: this project has none of that kind."""

    format: str | None = None
    lint: str | None = None
    build: str | None = None
    test: str | None = None


@dataclass(frozen=True)
class PreviewSettings:
    """How to run the new version. `serve` listens on $PORT; `ready` is the path that answers when it does.

    `build` makes `artifacts` (glob patterns); `workflow` names the forge's own workflow that does it elsewhere.
    """

    serve: str = ""
    ready: str = "/"
    screenshots: tuple[str, ...] = ()
    build: str = ""
    artifacts: tuple[str, ...] = ()
    workflow: str = ""


@dataclass(frozen=True)
class Deploy:
    """How a merged commit goes live. `watch` is for how many seconds `health` must stay good."""

    run: str = ""
    health: str = ""
    rollback: str = ""
    watch: float = 10.0
    timeout: float = 900.0


@dataclass(frozen=True)
class PolicySettings:
    """Who may merge, how many approvals by others it takes, and which paths only a person may change."""

    merge: MergeRule = "requester"
    approvals: int = 0
    protected: tuple[str, ...] = ()


@dataclass(frozen=True)
class EgressSettings:
    """Hosts that may be reached: while setting up the base branch, and while the agent works. `*` is any."""

    setup: tuple[str, ...] = ("*",)
    work: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgentSettings:
    """Which agent, which model (empty: the agent's own choice), and how far it may go."""

    kind: str = "claude"
    model: str = ""
    max_usd: float = 5.0
    max_minutes: float = 30.0
    max_rounds: int = 3


@dataclass(frozen=True)
class RepoFile:
    """The whole file."""

    setup: Setup = field(default_factory=Setup)
    verify: Verify = field(default_factory=Verify)
    preview: PreviewSettings = field(default_factory=PreviewSettings)
    deploy: Deploy = field(default_factory=Deploy)
    policy: PolicySettings = field(default_factory=PolicySettings)
    egress: EgressSettings = field(default_factory=EgressSettings)
    agent: AgentSettings = field(default_factory=AgentSettings)


def parse(text: str) -> RepoFile:
    """The file's content as values. Raises UsageError that names the line or key and the nearest right one."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{FILENAME} is not valid TOML: {error}.") from error
    return cast(RepoFile, _section(RepoFile, data, ""))


def _section(cls: type[Any], data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise UsageError(f"{FILENAME}: {where} must be a section, [{where}], not {_kind(data)}.")
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{where}.{key}" if where else key
        if key not in hints:
            raise UsageError(_unknown(name, key, list(hints)))
        hint = hints[key]
        values[key] = (
            _section(cast(type[Any], hint), value, name)
            if dataclasses.is_dataclass(hint)
            else _value(hint, value, name)
        )
    return cls(**values)


def _unknown(name: str, key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}."
    return f"{FILENAME} has an unknown key `{name}`; {hint}"


def _value(hint: Any, value: Any, name: str) -> Any:
    options = [arg for arg in typing.get_args(hint) if arg is not type(None)]
    if type(None) in typing.get_args(hint):
        hint = options[0]
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if value not in choices:
            raise UsageError(f"{FILENAME}: `{name}` must be one of {', '.join(choices)}, not {value!r}.")
        return value
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"{FILENAME}: `{name}` must be a list of strings, not {_kind(value)}.")
        return tuple(value)
    return _scalar(hint, value, name)


def _scalar(hint: type, value: Any, name: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not hint:
        raise UsageError(f"{FILENAME}: `{name}` must be {_WORDS[hint]}, not {_kind(value)}.")
    if isinstance(value, (int, float)) and value < 0:
        raise UsageError(f"{FILENAME}: `{name}` must not be negative, it is {value}.")
    return value


_WORDS = {str: "a string", int: "a whole number", float: "a number"}
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a section",
}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a date or time")
