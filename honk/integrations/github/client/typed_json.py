"""GitHub's JSON under githubkit's types, each field checked when it is read and not before.

githubkit's models refuse a whole answer when one required field is missing. GitHub Enterprise servers and new versions
of GitHub leave out fields that Honk does not use (`labels[].archived_by`), and that must not stop anything. So `read`
returns an object that looks like the model to callers and to mypy. Reading a field that is missing, or that has another
type than the model says, raises Unreadable with the field's name and nothing of its content.
"""

import types
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from githubkit.utils import UNSET
from pydantic import BaseModel

from honk.core.errors import Unavailable

T = TypeVar("T")


class Unreadable(Unavailable):
    """GitHub's answer lacks a field that Honk uses, or the field has another type than GitHub documents."""


def read(model: type[T], data: object, what: str) -> T:
    """`data` (from JSON) as a `model` of githubkit, or as a list of them. `what` names it in errors."""
    return cast(T, _value(model, data, what))


class _LazyModel:
    """Stands for a githubkit model. Extra fields do not exist for it, as they do not for the model."""

    def __init__(self, model: type[BaseModel], data: Mapping[str, Any], what: str) -> None:
        self._model, self._data, self._what = model, data, what

    def __getattr__(self, name: str) -> Any:
        field = self._model.model_fields.get(name)
        if field is None:
            raise AttributeError(name)
        key = field.alias or name
        if self._data.get(key) is not None or (key in self._data and field.is_required()):
            found = _value(field.annotation, self._data[key], f"{self._what}: {key}")
        elif field.is_required():
            raise Unreadable(f"GitHub's answer cannot be used: {self._what}: {key} is missing.")
        else:
            found = field.get_default(call_default_factory=True)
        self.__dict__[name] = found
        return found

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """All fields that GitHub sent, as JSON."""
        return dict(self._data)

    def __repr__(self) -> str:
        return f"<{self._model.__name__}: {self._what}>"


def _value(annotation: Any, data: object, what: str) -> Any:
    models, item, plain = _kinds(annotation)
    if isinstance(data, dict) and models:
        return _LazyModel(_best(models, data), data, what)
    if isinstance(data, list) and item is not None:
        return [_value(item, each, what) for each in data]
    if Any in plain or (data is None and type(None) in plain):
        return data
    if datetime in plain and isinstance(data, str):
        try:
            return datetime.fromisoformat(data.replace("Z", "+00:00"))
        except ValueError:
            pass
    elif type(data) in plain or (type(data) is int and float in plain):
        return data
    problem = "is missing" if data is None else "has a value of an unexpected type"
    raise Unreadable(f"GitHub's answer cannot be used: {what} {problem}.")


def _best(models: tuple[type[BaseModel], ...], data: Mapping[str, Any]) -> type[BaseModel]:
    """Of several models the one that `data` fits best: by the values of its tags (Literal fields), then by keys."""

    def fit(model: type[BaseModel]) -> tuple[int, int]:
        tags = _tags(model)
        return sum(data.get(key) in tags[key] for key in tags), len(data.keys() & model.model_fields.keys())

    return models[0] if len(models) == 1 else max(models, key=fit)


@cache
def _tags(model: type[BaseModel]) -> Mapping[str, frozenset[Any]]:
    """The required fields that allow only certain values, by key."""
    fields = {field.alias or name: field for name, field in model.model_fields.items() if field.is_required()}
    return {
        key: frozenset(get_args(field.annotation))
        for key, field in fields.items()
        if get_origin(field.annotation) is Literal
    }


@cache
def _kinds(annotation: Any) -> tuple[tuple[type[BaseModel], ...], Any, frozenset[Any]]:
    """What a field may hold: objects of these models, a list of that, and values of these Python types.

    The values of a Literal count as any value of their type: GitHub adds new states and conclusions at any time.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        several = [_kinds(each) for each in get_args(annotation)]
        return (
            tuple(model for models, _, _ in several for model in models),
            next((item for _, item, _ in several if item is not None), None),
            frozenset().union(*(plain for _, _, plain in several)),
        )
    if origin is Literal:
        return (), None, frozenset(type(each) for each in get_args(annotation) if each is not UNSET)
    if origin is list:
        return (), get_args(annotation)[0], frozenset()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,), None, frozenset()
    return (), None, frozenset({origin or annotation})
