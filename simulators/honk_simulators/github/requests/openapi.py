"""GitHub's published description of its API, read from githubkit, which is generated from it.

Says which operations there are, what a request's body may hold and what an answer must hold.
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from githubkit import Response
from githubkit.typing import UnsetType
from githubkit_schemas.v2026_03_10 import models, types
from pydantic import BaseModel, TypeAdapter, ValidationError

from honk_simulators.github.refusal import GitHubRefusal

NEWEST = "2026-03-10"
OLDEST = "2022-11-28"
"""What a request means that does not say a version."""

AREAS = (
    *("actions", "activity", "apps", "billing", "checks", "codes_of_conduct", "dependabot", "emojis", "gists", "git"),
    *("interactions", "issues", "licenses", "markdown", "meta", "orgs", "pulls", "rate_limit", "reactions", "repos"),
    *("search", "secret_scanning", "security_advisories", "teams", "users"),
)
_GREEDY = {"path": ".*", "ref": ".+", "branch": ".+", "basehead": ".+"}
"""Parameters that may hold slashes; the path of a repository's root is empty."""


@dataclass(frozen=True)
class Operation:
    """One operation. `body` and `answer` are types for pydantic, None where there is nothing."""

    method: str
    template: str
    body: Any
    answer: Any


def pattern(template: str) -> re.Pattern[str]:
    """What matches the paths of a template such as `/repos/{owner}/{repo}`; branches and files may hold slashes."""
    parts = re.split(r"\{(\w+)\}", template)
    found = [
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>{_GREEDY.get(part, '[^/]+')})"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(found) + "$")


def templates() -> frozenset[tuple[str, str]]:
    """All operations, as method and template."""
    return frozenset(_index())


@lru_cache
def known(method: str, path: str) -> bool:
    """Whether the description has an operation for this request."""
    return any(verb == method and pattern(template).match(path) for verb, template in _index())


@lru_cache(maxsize=512)
def operation(method: str, template: str) -> Operation | None:
    """The operation with exactly this template, None when the description has none."""
    found = _index().get((method, template))
    if found is None:
        return None
    module, function = found
    names = _Names(module)
    hints = get_type_hints(function, localns=names)
    answer = get_args(hints["return"])
    body = _model(hints["data"]) if "data" in hints else None
    return Operation(method, template, body, answer[0] if answer else None)


def check_body(wanted: Operation, raw: bytes) -> None:
    """Refuse with 422 a body with fields that the operation does not have, lacks or has with another type."""
    if wanted.body is None:
        return
    try:
        value = _adapter(wanted.body).validate_json(raw or b"{}", strict=True)
    except ValidationError as error:
        errors = [_told(each) for each in error.errors() if "<UNSET>" not in each["msg"]]
        raise GitHubRefusal(422, "Validation Failed", errors) from error
    given = TypeAdapter(Any).validate_json(raw or b"{}")
    if extra := list(_unknown(given, value)):
        errors = [{"resource": "Request", "field": name, "code": "unprocessable"} for name in extra]
        raise GitHubRefusal(422, "Validation Failed", errors)


def check_answer(wanted: Operation, raw: bytes) -> str:
    """What is wrong with an answer by the description; empty for nothing."""
    if wanted.answer is None:
        return ""
    try:
        _adapter(wanted.answer).validate_json(raw)
    except ValidationError as error:
        return f"{wanted.method} {wanted.template}: {error}"
    return ""


def check_event(event: str, payload: Mapping[str, Any]) -> str:
    """What is wrong with an event by the description; empty for nothing.

    Only the one model is loaded: githubkit's own parser loads those of every action, which takes seconds.
    """
    name = "Webhook" + "".join(word.title() for word in f"{event}_{payload.get('action', '')}".split("_"))
    model = getattr(models, name, None)
    if model is None:
        return f"there is no event {event} {payload.get('action', '')}"
    try:
        _adapter(model).validate_python(payload)
    except ValidationError as error:
        return f"event {event} {payload.get('action', '')}: {error}"
    return ""


def complete(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with every field that `model` requires and they lack, as empty as its type allows.

    Addresses (`…_url`) are made from the object's own `url`.
    """
    full = dict(values)
    for name, empty in _required(model):
        if name not in full:
            full[name] = f"{values.get('url', '')}/{name.removesuffix('_url')}" if name.endswith("_url") else empty
    return full


class _Names(Mapping[str, Any]):
    """The names that annotations of a generated module use."""

    def __init__(self, module: ModuleType) -> None:
        self._places = (module, models, types, importlib.import_module("typing"), importlib.import_module("datetime"))

    def __getitem__(self, name: str) -> Any:
        if name == "Response":
            return Response
        if name == "_dt":
            return self._places[-1]
        for place in self._places:
            if hasattr(place, name):
                return getattr(place, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@lru_cache
def _index() -> dict[tuple[str, str], tuple[ModuleType, Any]]:
    """Each operation's function, found by the line of its docstring that says method and path."""
    found = {}
    for area in AREAS:
        module = importlib.import_module(f"githubkit_schemas.v2026_03_10.rest.{area}")
        for name, client in vars(module).items():
            if not (inspect.isclass(client) and name.endswith("Client") and client.__module__ == module.__name__):
                continue
            for function in vars(client).values():
                said = re.search(
                    r"^\s*(GET|PUT|POST|PATCH|DELETE) (/\S*)", getattr(function, "__doc__", "") or "", re.M
                )
                if said and inspect.iscoroutinefunction(function):
                    found[said[1], said[2]] = (module, function)
    return found


def _model(hint: Any) -> Any:
    """The models for an annotation made of typed dictionaries: `FooType` stands for `Foo`."""
    if get_origin(hint) in (Union, UnionType):
        parts = [_model(part) for part in get_args(hint) if part is not UnsetType]
        return Union[tuple(parts)]  # noqa: UP007 - made at run time
    if get_origin(hint) is list:
        return list[_model(get_args(hint)[0])]  # type: ignore[misc]
    name = getattr(hint, "__name__", "")
    return getattr(models, name.removesuffix("Type")) if name.endswith("Type") and name != "NoneType" else hint


@lru_cache(maxsize=512)
def _adapter(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


@lru_cache(maxsize=512)
def _required(model: type[BaseModel]) -> tuple[tuple[str, Any], ...]:
    fields = [(field.alias or name, field) for name, field in model.model_fields.items() if field.is_required()]
    return tuple((name, _empty(field.annotation)) for name, field in fields)


def _empty(annotation: Any) -> Any:
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    if type(None) in parts:
        return None
    kinds: dict[Any, Any] = {str: "", int: 0, bool: False, list: [], dict: {}}
    return next((kinds[kind] for kind in kinds if kind in (parts[0], get_origin(parts[0]))), None)


def _told(error: Any) -> dict[str, str]:
    places = [str(part) for part in error["loc"]]
    code = "missing_field" if error["type"] == "missing" else "invalid"
    field = next((part for part in places if part.islower()), "body")
    return {"resource": "Request", "field": field, "code": code, "message": error["msg"]}


def _unknown(given: Any, value: Any) -> Iterator[str]:
    """Fields of a body that its model does not have."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _unknown(given[index], each)
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        names = {field.alias or name: name for name, field in fields.items()}
        for key, part in given.items():
            if key in names:
                yield from _unknown(part, getattr(value, names[key]))
            elif value.model_config.get("extra") != "allow":
                yield key
