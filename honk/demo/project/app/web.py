"""The words that pages and server share: what is asked for, and what a page answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from app.markup import Html

Thing = TypeVar("Thing")


class NotFound(Exception):
    """Nothing has this address."""


@dataclass(frozen=True)
class Request:
    """`name` is what stands for `{name}` in the route's pattern."""

    path: str
    name: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """The inside of a page; `tint` colours its top, `section` is lit in the navigation."""

    title: str
    body: Html
    tint: str = "#3d2a78"
    section: str = ""


@dataclass(frozen=True)
class Response:
    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def find(shelf: Mapping[str, Thing], name: str) -> Thing:
    """The thing of this id, or a page that says there is none."""
    if name not in shelf:
        raise NotFound(name)
    return shelf[name]
