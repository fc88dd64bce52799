"""GraphQL documents: text to a tree, small and strict. Comments, descriptions and directives are not taken."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"""[\s,\ufeff]*(?:\#[^\n]*[\s,]*)*(?P<token>
        \.\.\. | [!$()\[\]{}:=@|&] | [A-Za-z_]\w* | -?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?
        | \"\"\"(?:[^"]|\"(?!\"\"))*\"\"\" | \"(?:[^"\\\n]|\\.)*\" | $)""",
    re.VERBOSE,
)


class Unreadable(Exception):
    """The text is no document; the message says where."""


@dataclass(frozen=True)
class Variable:
    """`$name` as a value."""

    name: str


@dataclass(frozen=True)
class Selection:
    """A field with its arguments, and what is wanted of it. `on` limits it to one type, for fragments."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selections: tuple["Selection", ...] = ()
    on: str = ""


@dataclass(frozen=True)
class Document:
    """One operation. `variables` are those it declares, with whether each is required."""

    kind: str
    variables: Mapping[str, bool]
    defaults: Mapping[str, Any]
    selections: tuple[Selection, ...]


def parse(text: str) -> Document:
    """The operation in a text. Raises Unreadable."""
    return _Parser(text).document()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._fragments: dict[str, tuple[str, tuple[Selection, ...]]] = {}

    def document(self) -> Document:
        """The only operation; fragments may come before or after it."""
        self._collect()
        self._at = 0
        found: Document | None = None
        while self._next != "":
            if self._next == "fragment":
                self._fragment()
            elif found is not None:
                raise Unreadable("one operation at a time, please")
            else:
                found = self._operation()
        if found is None:
            raise Unreadable("Unexpected end of document")
        return found

    def _collect(self) -> None:
        """Fragments are read first, so that operations can use those that come later."""
        for index, word in enumerate(self._tokens):
            if word == "fragment" and self._tokens[index + 2 : index + 3] == ["on"]:
                self._at = index
                self._fragment()

    def _fragment(self) -> None:
        self._take("fragment")
        name = self._word()
        self._take("on")
        on = self._word()
        self._fragments[name] = (on, self._selections(on))

    def _operation(self) -> Document:
        kind = "query"
        required: dict[str, bool] = {}
        defaults: dict[str, Any] = {}
        if self._next != "{":
            kind = self._word()
            if kind not in ("query", "mutation"):
                raise Unreadable(f'Unexpected "{kind}"')
            if self._next not in ("(", "{"):
                self._word()
            if self._next == "(":
                required, defaults = self._declared()
        return Document(kind, required, defaults, self._selections(""))

    def _declared(self) -> tuple[dict[str, bool], dict[str, Any]]:
        required: dict[str, bool] = {}
        defaults: dict[str, Any] = {}
        self._take("(")
        while self._next != ")":
            self._take("$")
            name = self._word()
            self._take(":")
            required[name] = self._type()
            if self._next == "=":
                self._take("=")
                defaults[name], required[name] = self._value(), False
        self._take(")")
        return required, defaults

    def _type(self) -> bool:
        """Skip a type; whether it must be given."""
        if self._next == "[":
            self._take("[")
            self._type()
            self._take("]")
        else:
            self._word()
        if self._next == "!":
            self._take("!")
            return True
        return False

    def _selections(self, on: str) -> tuple[Selection, ...]:
        found: list[Selection] = []
        self._take("{")
        while self._next != "}":
            if self._next == "...":
                found += self._spread()
            else:
                found.append(self._field(on))
        self._take("}")
        return tuple(found)

    def _spread(self) -> tuple[Selection, ...]:
        self._take("...")
        if self._next == "on":
            self._take("on")
            return self._selections(self._word())
        name = self._word()
        if name not in self._fragments:
            raise Unreadable(f"Fragment {name} was used, but not defined")
        return self._fragments[name][1]

    def _field(self, on: str) -> Selection:
        key = name = self._word()
        if self._next == ":":
            self._take(":")
            name = self._word()
        arguments = {}
        if self._next == "(":
            self._take("(")
            while self._next != ")":
                argument = self._word()
                self._take(":")
                arguments[argument] = self._value()
            self._take(")")
        inner = self._selections("") if self._next == "{" else ()
        return Selection(name, key, arguments, inner, on)

    def _value(self) -> Any:
        word = self._next
        self._at += 1
        if word == "$":
            return Variable(self._word())
        if word == "[":
            items = []
            while self._next != "]":
                items.append(self._value())
            self._take("]")
            return items
        if word == "{":
            entries = {}
            while self._next != "}":
                name = self._word()
                self._take(":")
                entries[name] = self._value()
            self._take("}")
            return entries
        if word.startswith('"""'):
            return word[3:-3].strip()
        if word in ("true", "false", "null") or word.startswith('"') or re.match(r"-?\d", word):
            return json.loads(word)
        if re.match(r"[A-Za-z_]", word):
            return word
        raise Unreadable(f'Unexpected "{word}"')

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _word(self) -> str:
        token = self._next
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise Unreadable(f'Expected a name, actual: "{token}"')
        self._at += 1
        return token

    def _take(self, wanted: str) -> None:
        if self._next != wanted:
            raise Unreadable(f'Expected "{wanted}", actual: "{self._next}"')
        self._at += 1


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"Parse error on {text[at : at + 10]!r}")
        if not match["token"]:
            return found
        found.append(match["token"])
        at = match.end()
