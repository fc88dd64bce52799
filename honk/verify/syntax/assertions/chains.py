"""Chains of calls (`expect(a).toBe(b)`, `assertEquals(b, a)`) as assertions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.assertions.built import built_assertion
from honk.verify.syntax.assertions.c_macros import standard_name
from honk.verify.syntax.assertions.conditions import of_condition
from honk.verify.syntax.assertions.operands import literalness
from honk.verify.syntax.assertions.relations import plain_name, relation_of
from honk.verify.syntax.calls import CallArgument, Chain, chain
from honk.verify.syntax.grammars import Tokens, role, tokens
from honk.verify.syntax.nodes import Node

_ROOT = re.compile(r"assert|expect|should|require|verify|must|refute|ensure|check|fail\b", re.I)
_PLAIN_ROOTS = re.compile(r"^(?:t|tt|assert|should|require|s|test|tap|is|a|c|self|this|Assert|qt|ok|expect|chai)$")
_SHORT = re.compile(
    r"^(?:is|not|equal\w*|equals|deepEqual\w*|same|strictSame|deepLooseEqual|strictEqual|looseEqual|notEqual"
    r"|notSame|like"
    r"|true|false|ok|notOk|truthy|falsy|throws\w*|rejects|match|regex|snapshot|error|ifError|Equal|NoError|True"
    r"|False|Nil"
    r"|NotNil|Len|Contains|Error\w*|pass|deepStrictEqual|assert)$"
)
FAILS = re.compile(
    r"^(?:t|tb|b|s\.T\(\))\.(?:Error|Fatal|Fail)\w*$|^(?:panic|log\.Fatal\w*|abort|_?[Ee]xit|fail|FAIL|ADD_FAILURE)$"
)


def of_chain(node: Node) -> Iterator[Assertion]:
    links = chain(node)
    if len(links) == 1:
        links = (replace(links[0], name=standard_name(links[0].name)),)
    names = [link.name for link in links]
    last = next((link for link in reversed(links) if link.args is not None), links[-1] if links else None)
    if last is None or not names[0] and len(links) == 1:
        return
    place = next((at for at, link in enumerate(links) if _ROOT.match(link.name.rsplit("::", 1)[-1])), None)
    if place is None and not (_PLAIN_ROOTS.match(names[0]) and len(links) == 2 and _SHORT.match(last.name)):
        if (last.name in ("raises", "warns") and names[0] == "pytest") or last.name.startswith(("must_", "wont_")):
            place = len(links) - 1
        else:
            return
    if place is None:
        place = 0
    if FAILS.match(".".join(names)) or names[0] == "expect" and len(links) == 2 and links[0].args is None:
        return  # `t.Errorf()` belongs to its condition, `expect.any()` to its assertion
    root = links[place]
    if root.name in ("assertThatThrownBy", "assertThatExceptionOfType") and root.args:
        kind = next((link for link in links[place + 1 :] if link.name.startswith(("isInstanceOf", "isExactly"))), root)
        given = kind.args[:1] if kind.args else ()
        yield built_assertion(node, "throws", (), given, False, type_args=node)
    elif (
        root.name.endswith(("That", "that", "expect", "_", "should", "expect_that"))
        and root.args
        and len(links) > place + 1
    ):
        yield from _fluent(node, links, place)
    elif (
        root.args
        and len(links) == place + 1
        and root.name in ("assertThat", "assert_that", "expectThat")
        or last.args
        and last.name == "That"
        and names[-2:-1] == ["Assert"]
    ):
        yield from _hamcrest(node, last.args or ())
    elif (
        plain_name(root.name) in ("should", "must")
        and place
        and not root.args
        or re.match(r"should|must_|wont_", root.name)
        and place
    ):
        yield from _after_subject(node, links, place)
    elif last.args is not None:
        yield from _classic(node, links, last.name, last.args)


def _fluent(node: Node, links: Chain, place: int) -> Iterator[Assertion]:
    """`expect(a).to.be.closeTo(b, c)`, `assertThat(a).isEqualTo(b)`, `expect(a).to eq(b)`."""
    root = links[place]
    subject = root.args[0].tokens if root.args else ()
    rest = links[place + 1 :]
    negated = any(
        plain_name(link.name) in ("not", "nottofail", "notto", "tonot", "never", "shouldnot") for link in rest
    )
    matcher = next((link for link in rest if link.args is not None), rest[-1])
    args = matcher.args or ()
    if plain_name(matcher.name) in ("to", "notto", "tonot", "should") and args:
        inner = chain(args[0].node) if args[0].node is not None else ()
        if inner:
            deciding = inner[0] if inner[0].args is not None or len(inner) == 1 else inner[-1]
            matcher, args = deciding, deciding.args or ()
    if relation_of(matcher.name) == "other" and len(rest) > 1:
        matcher = next((link for link in rest if relation_of(link.name) not in ("other", "equal")), matcher)
    yield built_assertion(node, matcher.name, subject, args, negated, extra=tuple(link.name for link in rest))


def _hamcrest(node: Node, args: tuple[CallArgument, ...]) -> Iterator[Assertion]:
    given = args[1:] if len(args) == 3 else args
    if len(given) == 2 and given[1].node is not None and role(given[1].node) in ("call", "member"):
        wanted = chain(given[1].node)
        matcher = next((link for link in wanted if link.args), wanted[-1])  # `Is.EqualTo(b).Within(c)`
        inner = matcher.args or ()
        if matcher.name == "is" and inner and inner[0].node is not None and role(inner[0].node) == "call":
            matcher = chain(inner[0].node)[-1]
            inner = matcher.args or ()
        negated = any(link.name.lower() == "not" for link in wanted)
        yield built_assertion(node, matcher.name, given[0].tokens, inner, negated)


def _after_subject(node: Node, links: Chain, place: int) -> Iterator[Assertion]:
    """`a.should.equal(b)`, `a.Should().Be(b)`, `a.must_equal b`."""
    matcher = next((link for link in links[place:] if link.args), links[-1])
    first = links[place].node
    whole = tokens(node)
    named = next((at for at, token in enumerate(whole) if token == links[place].name), 0)
    negated = any(plain_name(link.name) in ("not",) or link.name.startswith("wont") for link in links[place:])
    if first is not None and named:
        name = "equal" if matcher.name in ("be", "Be") and matcher.args else matcher.name
        yield built_assertion(node, name, whole[: max(0, named - 1)], matcher.args or (), negated)


def _classic(node: Node, links: Chain, name: str, args: tuple[CallArgument, ...]) -> Iterator[Assertion]:
    """`assertEquals(b, a)`, `t.equal(a, b)`, `assert.Equal(t, b, a)`, `assert!(a == b)`, `assertTrue(a == b)`."""
    given = list(args)
    if given and given[0].tokens in (("t",), ("s", ".", "T", "(", ")"), ("tb",)):
        given = given[1:]
    plain = plain_name(name.rsplit("::", 1)[-1])
    if re.fullmatch(
        r"(?:debug)?(?:assert|asserttrue|istrue|ok|true|assertthat|expect|check|require|ensure|assertok"
        r"|assertfalse|isfalse|refute"
        r"|false|notok|assertnot|verify|expecttrue|expectfalse)", plain
    ):  # fmt: skip
        if plain == "require" and given and given[0].tokens[:1] and given[0].tokens[0][:1] == '"':
            return  # a module is loaded
        negated = plain in ("assertfalse", "isfalse", "refute", "false", "notok", "assertnot", "expectfalse")
        if given:
            yield from of_condition(given[0].tokens, node, negated)
        return
    relation = relation_of(name)
    if relation == "other" and not re.match(r"assert|expect|verify|refute|check|require", name, re.I):
        return
    if relation == "raises":
        yield built_assertion(node, name, (), given, False, type_args=node)
        return
    subject, expected, rest = _sides(given)
    yield built_assertion(node, name, subject, (expected, *rest) if expected else tuple(rest), "not" in plain[:12])


def _sides(given: Sequence[CallArgument]) -> tuple[Tokens, CallArgument | None, Sequence[CallArgument]]:
    """Which of the two first arguments is the subject: the one that is no literal, else the first."""
    if not given:
        return (), None, ()
    if len(given) == 1:
        return given[0].tokens, None, ()
    first, second = given[0], given[1]
    if literalness(first.tokens) > literalness(second.tokens):
        first, second = second, first
    return first.tokens, second, given[2:]
