"""The normal form of a source file: its tests, its other functions, and what is left (`rest`)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from honk.verify.syntax import c_tests, shell_tests
from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.assertions.find import assertions
from honk.verify.syntax.calls import chain, dotted
from honk.verify.syntax.grammars import (
    COMMENTS,
    Source,
    Tokens,
    is_literal,
    line,
    parse,
    role,
    text,
    tokens,
    walk,
)
from honk.verify.syntax.nodes import Node

_SCRIPT_TESTS = re.compile(r"^(?:it|test|specify|xit|xtest|fit|scenario|tap\.test|t\.test|Deno\.test|bench)\b")
_SCRIPT_GROUPS = re.compile(r"^(?:x|f)?(?:describe|context|suite|feature)\b|^test\.describe")
_TEST_MARK = re.compile(
    r"(?:^|[.@\[(\s:#])(?:Test|ParameterizedTest|RepeatedTest|TestFactory|Fact|Theory|TestMethod|TestCase"
    r"|DataTestMethod|test_case"
    r"|rstest|wasm_bindgen_test|test|Property|bench)\b"
)
_LISTS = frozenset({
    "list", "array", "tuple", "list_literal", "literal_value", "array_expression", "array_initializer",
    "array_creation_expression", "initializer_expression", "collection_literal", "collection_expression", "set",
    "tuple_expression", "initializer_list",
    "element_value_array_initializer", "dictionary", "object", "hash", "keyed_element", "literal_element",
})  # fmt: skip
_MODIFIERS = frozenset(
    {"modifiers", "attribute_list", "decorator", "attribute_item", "annotation", "marker_annotation"}
)


_ROW_MARK = re.compile(
    r"InlineData|TestCase|DataRow|ValueSource|CsvSource|test_case|case\(|case::|example\(|DataProvider|TestWith"
)


@dataclass(frozen=True)
class Unit:
    """A test, another function, or the rest of the file (no name). `marks` are its decorators and annotations, and the
    options given beside its name; `groups` are those of the classes and groups around it."""

    name: str
    node: Node
    is_test: bool
    line: int
    marks: tuple[Tokens, ...] = ()
    groups: tuple[str, ...] = ()
    excluded: frozenset[int] = frozenset()

    @property
    def full_name(self) -> str:
        """The name with those of the groups around it."""
        return " › ".join((*self.groups, self.name))

    @cached_property
    def tokens(self) -> Tokens:
        """All tokens of the unit, without those of the units inside it."""
        if not self.excluded:
            return tokens(self.node)
        return tuple(
            token for child in self.node.children if child.id not in self.excluded for token in self._outside(child)
        )

    def _outside(self, node: Node) -> Iterator[str]:
        if node.id in self.excluded or node.type in COMMENTS:
            return
        if any(below.id in self.excluded for below in walk(node)):
            for child in node.children:
                yield from self._outside(child)
        else:
            yield from tokens(node)

    @cached_property
    def words(self) -> frozenset[str]:
        """The names that it uses."""
        return frozenset(token for token in self.tokens if re.match(r"[A-Za-z_$][\w$!?]*$", token))

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The literals in it, in order."""
        return tuple(token for token in self.tokens if is_literal(token))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All named nodes of the unit, without those of the units inside it."""
        return tuple(
            each for each in walk(self.node, lambda node: node.id not in self.excluded) if each.id not in self.excluded
        )

    @cached_property
    def statements(self) -> tuple[tuple[int, Tokens], ...]:
        """The statements on its outermost level, each with its line; those of units inside it left out."""
        found = []
        for child in self.node.named_children:
            if child.type in COMMENTS or role(child) == "class":
                continue
            if not any(below.id in self.excluded for below in walk(child)):
                found.append((line(child), tokens(child)))
        return tuple(found)

    @cached_property
    def assertions(self) -> tuple[Assertion, ...]:
        """What it asserts. `guarded` are those that run only under a condition or in a loop."""
        if not self.excluded:
            return (*self._expected_by_marks(), *assertions(self.node))
        return tuple(each for node in self._pieces(self.node) for each in assertions(node))

    def _expected_by_marks(self) -> Iterator[Assertion]:
        """The errors that annotations expect: `#[should_panic(expected = "…")]`, `@Test(expected = X.class)`."""
        for mark in self.marks:
            if {"should_panic", "expected", "ExpectedException"} & set(mark):
                yield Assertion("raises", (), mark, (), self.line, mark)

    def _pieces(self, node: Node) -> Iterator[Node]:
        """The largest nodes that hold no unit."""
        for child in node.named_children:
            if child.id in self.excluded:
                continue
            if any(below.id in self.excluded for below in walk(child)):
                yield from self._pieces(child)
            else:
                yield child

    @cached_property
    def rows(self) -> tuple[tuple[Tokens, int], ...]:
        """The rows of its tables: elements of lists, and of repeated annotations with arguments; each with its line."""
        found: list[tuple[Tokens, int]] = []
        inside: set[int] = set()
        for each in self.nodes:
            if each.id in inside or not (each.type in _LISTS or _is_table(each)) or _in_assertion(each, self.node):
                continue
            items = [child for child in each.named_children if child.type not in COMMENTS]
            if len(items) > 1 or (items and items[0].type in _LISTS):
                listed = [(tokens(item), line(item)) for item in items]
                if self.name == "main":  # C's list of tests, about which `rules/test_programs.py` is, holds no values
                    listed = [each for each in listed if any(map(is_literal, each[0]))]
                found.extend(listed)
                inside |= {below.id for below in walk(each)}
        found.extend((mark, self.line) for mark in self.marks if len(mark) > 3 and _ROW_MARK.search("".join(mark[:6])))
        return tuple(found)


@dataclass(frozen=True)
class SourceFile:
    """A source file in its normal form. `read` is whether it was parsed; `broken` whether the parser met errors."""

    path: str
    source: Source
    units: tuple[Unit, ...] = ()
    rest: Unit | None = None
    text: str = field(default="", repr=False)

    @property
    def read(self) -> bool:
        """Whether there is a syntax tree."""
        return self.source.root is not None

    @cached_property
    def tests(self) -> tuple[Unit, ...]:
        """The tests."""
        return tuple(unit for unit in self.units if unit.is_test)

    @property
    def all(self) -> tuple[Unit, ...]:
        """Tests, functions and the rest."""
        return (*self.units, self.rest) if self.rest else self.units

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """The comments, each with the line on which it begins."""
        if self.source.root is None:
            return ()
        return tuple((line(each), text(each)) for each in walk(self.source.root) if each.type in COMMENTS)


def read(path: str, content: str) -> SourceFile:
    """The normal form of a file; without units where it could not be parsed."""
    source = parse(path, shell_tests.with_functions(content) if path.endswith(".bats") else content)
    if source.root is None:
        return SourceFile(path, source, text=content)
    units = tuple(_units(source.root, source.language, ()))
    excluded = frozenset(unit.node.id for unit in units) | c_tests.block_names([unit.node for unit in units])
    return SourceFile(path, source, units, Unit("", source.root, False, 1, excluded=excluded), content)


def _units(node: Node, language: str, groups: tuple[str, ...], depth: int = 0) -> Iterator[Unit]:
    pending: list[Node] = []
    for child, following in zip(node.named_children, [*node.named_children[1:], None], strict=False):
        if child.type in ("attribute_item", "decorator"):
            pending.append(child)
            continue
        if language == "cpp" and (block := c_tests.block_test(child, following)) is not None:
            yield Unit(block[0], block[1], True, line(child), groups=groups)
            continue
        kind = role(child)
        unit = _unit(child, language, groups, pending)
        if unit is not None:
            yield unit
        elif depth < 60 and kind not in ("string", "number"):
            yield from _units(child, language, (*groups, *_group(child, kind)), depth + 1)
        if child.type not in COMMENTS:
            pending = []


def _group(node: Node, kind: str | None) -> tuple[str, ...]:
    if kind == "class":
        return (text(node.child_by_field_name("name") or node.child_by_field_name("type")),)
    if kind == "call":
        links = chain(node)
        called = next((link for link in reversed(links) if link.args), None)
        if called and called.args and links[0].name and _SCRIPT_GROUPS.match(links[0].name):
            return ("".join(called.args[0].tokens[:1]).strip('"'),)
    return ()


def _unit(node: Node, language: str, groups: tuple[str, ...], pending: list[Node]) -> Unit | None:
    if node.type == "decorated_definition":
        inner = node.child_by_field_name("definition")
        if inner is None or role(inner) != "function":
            return None
        marks = tuple(tokens(each) for each in node.named_children if each.type == "decorator")
        return _function(inner, node, language, groups, marks)
    if role(node) == "function":
        marks = tuple(tokens(each) for each in [*pending, *_own_marks(node)])
        return _function(node, node, language, groups, marks)
    if role(node) == "call" and language in ("javascript", "typescript", "tsx", "ruby", "kotlin"):
        return _script_test(node, groups)
    value = node.child_by_field_name("value") if node.type == "variable_declarator" else None
    if value is not None and value.type in ("arrow_function", "function_expression"):
        return Unit(text(node.child_by_field_name("name")), node, False, line(node), groups=groups)
    return None


def _own_marks(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "modifiers":
            yield from (each for each in child.named_children if "annotation" in each.type)
        elif child.type in _MODIFIERS:
            yield child


def _function(
    inner: Node, whole: Node, language: str, groups: tuple[str, ...], marks: tuple[Tokens, ...]
) -> Unit | None:
    if language in c_tests.LANGUAGES:
        name, is_test = c_tests.function_name(inner)
        return Unit(name, whole, is_test, line(inner), marks, groups) if name else None
    name = text(inner.child_by_field_name("name")).strip("`")
    if not name:
        return None
    return Unit(name, whole, _is_test(name, language, marks, inner), line(inner), marks, groups)


def _is_test(name: str, language: str, marks: Iterable[Tokens], node: Node) -> bool:
    if language == "python":
        return name.startswith("test") and not any("fixture" in mark for mark in marks) and _collected(node)
    if language == "go":
        return bool(re.match(r"(?:Test|Fuzz|Example)(?![a-z])", name)) and "func" in text(node)[:5]
    if language == "bash":
        return re.match(r"test|bats_test_", name) is not None
    if language in ("ruby", "php"):
        return name.startswith("test") or any("Test" in mark for mark in marks)
    if language in ("java", "kotlin", "csharp", "rust"):
        return any(_TEST_MARK.search(" ".join(mark[:12])) for mark in marks) or (
            language == "java" and bool(re.match(r"test[A-Z]", name))
        )
    return False


def _collected(node: Node) -> bool:
    """Whether Python's runners look into the class around the function, if there is one."""
    at = node.parent
    while at is not None and at.type != "class_definition":
        at = at.parent
    if at is None:
        return True
    bases = text(at.child_by_field_name("superclasses"))
    return text(at.child_by_field_name("name")).startswith("Test") or bool(re.search(r"Test|Case|Base|Mixin", bases))


def _script_test(node: Node, groups: tuple[str, ...]) -> Unit | None:
    """`it("name", () => {})`, `test.each(rows)("name", …)`, `it "name" do … end`."""
    links = chain(node)
    head = dotted(links)
    if not links or not _SCRIPT_TESTS.match(head) or _SCRIPT_GROUPS.match(head):
        return None
    called = next((link for link in reversed(links) if link.args and link.args[0].tokens[:1]), None)
    if called is not None and called.args and len(links) > 1 and called.args[0].tokens[0] == "{":
        called = links[-2]  # Kotlin's `test("name") { … }`: the block is a call of its own
    if called is None or not called.args or not called.args[0].tokens[:1]:
        return None
    if called.args[0].tokens[0][:1] != '"':
        values = [each.tokens for each in called.args]
        if head != "test" or len(values) < 2 or any(len(each) != 1 for each in values) or not is_literal(values[1][0]):
            return None
        return Unit(" ".join(each[0] for each in values), node, True, line(node), groups=groups)
    marks = tuple((link.name,) for link in links if link.name) + tuple(
        each.tokens
        for each in called.args[1:]
        if each.node is not None and each.node.type in ("object", "pair", "hash")
    )
    return Unit(called.args[0].tokens[0].strip('"'), node, True, line(node), marks, groups)


_ROW_CALL = re.compile(r"(?:[\w.]+\.)?(?:row|of|arguments|argumentSet|case|tuple|listOf|arrayOf)\(")


def _is_table(node: Node) -> bool:
    """Whether the node is the arguments of a call that are all rows: `forAll(row(1, 2), row(3, 4))`."""
    if node.type not in ("value_arguments", "argument_list"):
        return False
    items = [child for child in node.named_children if child.type not in COMMENTS and "lambda" not in child.type]
    return len(items) > 1 and all(_ROW_CALL.match(text(item)) for item in items)


def _in_assertion(node: Node, top: Node) -> bool:
    """Whether the node lies in an assertion, whose values are compared elsewhere."""
    at = node.parent
    while at is not None and at.id != top.id:
        if at.type == "assert_statement" or (
            role(at) == "call" and re.match(r"(?:self\.)?(?:assert|expect|t\.|s\.equal)", text(at)[:20])
        ):
            return True
        if role(at) == "function":
            return False
        at = at.parent
    return False
