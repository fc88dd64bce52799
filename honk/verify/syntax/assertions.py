"""Assertions of all languages in one form: what is compared, how, with what.

`assert a == b`, `expect(a).toBe(b)`, `assertEquals(b, a)`, `if a != b { t.Errorf() }` and `a.should eq(b)` are all
Assertion(relation="equal", subject=a, expected=b).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from honk.verify.syntax.calls import CallArgument, Chain, chain, dotted
from honk.verify.syntax.grammars import Tokens, is_literal, line, role, text, tokens, walk

Relation = Literal[
    "equal", "alike", "approx", "part", "pattern", "order", "type", "unequal", "present", "raises", "called", "other"
]

STRENGTH: dict[Relation, int] = {
    "equal": 7, "alike": 6, "approx": 5, "part": 4, "pattern": 4, "order": 3, "type": 2, "unequal": 2, "present": 1,
}  # fmt: skip
"""How much an assertion of this relation says about its subject. Those without a figure cannot be compared."""

_RELATIONS: tuple[tuple[Relation, str], ...] = (
    ("raises",
        r"(to)?(fails(with)?|throws?)(error|exception|exactly)?(async|any)?|raises?(error|exception)?(regexp?)?"
        r"|shouldthrow|rejectedwith"
     r"|expectexception\w*|doesnotthrow|throwerrormatchinginlinesnapshot|panics(withvalue|witherror)?"
     r"|errorcontains|erroris|iserror"
     r"|errorexpected|shouldpanic|isinstanceoferror|isthrownby|error|haserror|hasmessage\w*|errorequal"
     r"|equalerror|errorof"),
    ("unequal", r"(is)?not\w*(equals?|same|equalto|be|is)|ne|unequal|notdeepequal|notstrictequal|isnot|differs?"),
    ("alike",
        r"(equals?|isequalto)ignoring\w*|matcharray|elementsmatch|items?equal|countequal|sameelements"
        r"|equivalent(to)?"
     r"|equalfold|samemembers|containsinanyorder|containsexactlyinanyorder\w*|equalscanonicalizing|jsoneq|yamleq"
     r"|beequivalentto"
     r"|unorderedequal|setequal|containexactly|equalvalues|looseequal|deeplooseequal|equalunordered"),
    ("approx",
        r"approx\w*|allclose|almostequals?|(be|is)?closeto(within)?|indelta\w*|inepsilon|(be)?within\w*"
        r"|approximately|equalwithdelta"
     r"|equalsdelta|assertrelativeeq|assertabsdiffeq"),
    ("equal",
        r"(is|be|deep|strict|deepstrict|dict|list|tuple|set|sequence|multiline|object|array)*(equals?|equalto|eq"
        r"|eql|eqv|same|sameas)"
     r"|be|is|exactly(equals?)?|same|equal\w*(file|string|xml\w*|json\w*)|strictequals?|containsexactly|haveexactly"
     r"|matches?(inline)?snapshot|snapshot(matches)?|len(gth)?|(to)?have(length|size|count)(of)?|hassize|count"
     r"|size|iszero|zero|isnull|benull|null"
     r"|isnil|nil|benil|isnone|none|empty|isempty|beempty|true|istrue|betrue|false|isfalse|befalse|undefined"
     r"|beundefined"
     r"|(to)?havetext|textcontentequals|(to)?havevalue|(to)?haveurl|noerror|beequal|lengthof|issameas"
     r"|assertjsonresponse|status|havestatus|assertstatus"),
    ("pattern",
        r"(to)?(match(es)?|regexp?|matchesregexp?|matchpattern|containspattern)|matching"
        r"|matchesregularexpression"),
    ("part",
        r"\w*(contain|include|matchobject|startswith|endswith|startwith|endwith|hasproperty|haveproperty|subset"
        r"|superset|keys?|members"
     r"|objectcontaining|arraycontaining|stringcontaining|oneof|hasentry|hasitem|partialdeep|contentequal)\w*|in"
     r"|has|like|be_?in|cover"),
    ("order", r"\w*(greater|less|atleast|atmost|above|below|between|positive|negative|before|after|gt|gte|lt|lte)\w*"),
    ("type",
        r"(is|be)?\w*(instanceof|instance|typeof|oftype|assignable|kindof|isa|be_?an?|subclass|an?)|implements"
        r"|responds?to"),
    ("present",
        r"ok|truthy|falsy|falsey|(be)?(truthy|falsy|falsey|defined|ok|some)|(is)?not(null|none|nil|undefined"
        r"|empty|zero|false|blank)\w*"
     r"|isdefined|defined|exists?|present|bepresent|isok|issome|iserr|beinthedocument|bevisible|isnotfalse"
     r"|visible|resolves?|any"),
    ("called", r"\w*(called|calls|invoked|received)\w*|verify|toreceive"),
)  # fmt: skip
_COMPILED = tuple((relation, re.compile(f"(?:{pattern})\\Z")) for relation, pattern in _RELATIONS)
_ROOT = re.compile(r"assert|expect|should|require|verify|must|refute|ensure|check|fail\b", re.I)
_PREFIX = re.compile(
    r"^(?:debug)?(?:assert(?:that|is)?|refute|require|ensure|expect|should|must|wont|to|check|is(?=true|false))(?=.)"
)
_PLAIN_ROOTS = re.compile(r"^(?:t|tt|assert|should|require|s|test|tap|is|a|c|self|this|Assert|qt|ok|expect|chai)$")
_SHORT = re.compile(
    r"^(?:is|not|equal\w*|equals|deepEqual\w*|same|strictSame|deepLooseEqual|strictEqual|looseEqual|notEqual"
    r"|notSame|like"
    r"|true|false|ok|notOk|truthy|falsy|throws\w*|rejects|match|regex|snapshot|error|ifError|Equal|NoError|True"
    r"|False|Nil"
    r"|NotNil|Len|Contains|Error\w*|pass|deepStrictEqual|assert)$"
)
_FAILS = re.compile(r"^(?:t|tb|b|s\.T\(\))\.(?:Error|Fatal|Fail)\w*$|^(?:panic|log\.Fatal\w*)$")
_NEGATIONS = {"==": "unequal", "===": "unequal", "!=": "equal", "!==": "equal", "is": "unequal", "is not": "equal"}
_COMPARES: dict[str, Relation] = {
    "==": "equal", "===": "equal", "is": "equal", "!=": "unequal", "!==": "unequal", "is not": "unequal", "in": "part",
    "not in": "part", "not": "part", "<": "order", "<=": "order", ">": "order", ">=": "order", "=~": "pattern",
    "instanceof": "type", "=== ": "equal",
}  # fmt: skip
_FLIP = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TOLERANCES = re.compile(r"^(?:abs|rel|delta|places|abs_tol|rel_tol|atol|rtol|decimal|epsilon|precision|numDigits)$")


@dataclass(frozen=True)
class Assertion:
    """One assertion. `margin` is the tolerance or message that it allows for; `either` is whether one of several
    conditions is enough; `negated` whether it asserts the opposite."""

    relation: Relation
    subject: Tokens
    expected: Tokens
    margin: Tokens
    line: int
    all: Tokens
    negated: bool = False
    either: bool = False
    guarded: bool = False

    @property
    def strength(self) -> int | None:
        """How much it says; None where it cannot be compared with other relations."""
        base = STRENGTH.get(self.relation)
        if base is None:
            return None
        if self.negated and self.relation in ("equal", "alike", "approx"):
            base = STRENGTH["unequal"]
        return base - 1 if self.either else base

    @property
    def trivial(self) -> bool:
        """Whether it can never fail: a constant, or a comparison of something with itself."""
        if self.relation in ("raises", "called", "other") or self.negated:
            return False
        both = bool(self.subject) and self.subject == self.expected and self.relation != "unequal"
        constant = len(self.subject) == 1 and is_literal(self.subject[0]) and len(self.expected) <= 1
        if not constant or not (self.expected or self.relation == "present"):
            return both
        if self.expected and is_literal(self.expected[0]):
            return self.subject[0].lower() == self.expected[0].lower()
        return not self.expected and self.subject[0].lower() not in ("false", "0", "none", "null", "nil")


def assertions(node: Node) -> Iterator[Assertion]:
    """The assertions below `node`, in order."""
    done: set[int] = set()
    for each in walk(node):
        if each.id in done:
            continue
        if each.type == "assert_statement":
            named = each.named_children
            if named:
                yield from _of_condition(named[0], each)
        elif each.type == "if_statement" and _is_go_check(each):
            yield from _of_go(each)
        elif each.type == "binary_expression" and (
            kotlin := re.match(r"assertFailsWith\s*<\s*([\w.]+)", text(each)[:200])
        ):
            yield Assertion("raises", (), (kotlin[1],), (), line(each), tokens(each))
        elif each.type == "infix_expression":
            yield from _of_infix(each)
        elif role(each) == "call" or (role(each) == "member" and not _inner(each)):
            top = _top(each)
            if top.id not in done:
                done.add(top.id)
                found = tuple(_of_chain(top))
                yield from found
                if found:
                    done |= {inner.id for inner in _spine(top)}


def _inner(node: Node) -> bool:
    parent = node.parent
    return parent is not None and role(parent) in ("call", "member")


def _top(node: Node) -> Node:
    """The whole chain that begins at `node`: `expect(a).not.toBe(b)` for `expect(a)`."""
    while (
        (parent := node.parent) is not None and role(parent) in ("call", "member") and parent.named_children[0] == node
    ):
        node = parent
    return node


def _spine(node: Node) -> Iterator[Node]:
    while node.named_children and role(node) in ("call", "member"):
        yield node
        node = node.named_children[0]


def _plain(name: str) -> str:
    return re.sub(r"[_!?]", "", name).lower()


def relation_of(name: str) -> Relation:
    """The relation that a matcher's or assertion's name means; `other` where that is not known."""
    bare = _plain(name)
    if re.match(r"expectexception|tothrow|shouldthrow|isinstanceof", bare):
        return "type" if bare.startswith("isinstanceof") else "raises"
    while (cut := _PREFIX.sub("", bare)) != bare:
        bare = cut
    return next((relation for relation, pattern in _COMPILED if pattern.match(bare)), "other")


def _of_chain(node: Node) -> Iterator[Assertion]:
    links = chain(node)
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
    if _FAILS.match(".".join(names)) or names[0] == "expect" and len(links) == 2 and links[0].args is None:
        return  # `t.Errorf()` belongs to its condition, `expect.any()` to its assertion
    root = links[place]
    if (
        root.name.endswith(("That", "that", "expect", "_", "should", "expect_that"))
        and root.args
        and len(links) > place + 1
    ):
        yield from _fluent(node, links, place)
    elif (
        root.args
        and len(links) == place + 1
        and root.name in ("assertThat", "assert_that", "expectThat")
        or root.args
        and last.name == "That"
        and names[:1] == ["Assert"]
    ):
        yield from _hamcrest(node, root.args)
    elif (
        _plain(root.name) in ("should", "must")
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
    negated = any(_plain(link.name) in ("not", "nottofail", "notto", "tonot", "never", "shouldnot") for link in rest)
    matcher = next((link for link in rest if link.args is not None), rest[-1])
    args = matcher.args or ()
    if _plain(matcher.name) in ("to", "notto", "tonot", "should") and args:
        inner = chain(args[0].node) if args[0].node is not None else ()
        if inner:
            deciding = inner[0] if inner[0].args is not None or len(inner) == 1 else inner[-1]
            matcher, args = deciding, deciding.args or ()
    if relation_of(matcher.name) == "other" and len(rest) > 1:
        matcher = next((link for link in rest if relation_of(link.name) not in ("other", "equal")), matcher)
    yield _built(node, matcher.name, subject, args, negated, extra=tuple(link.name for link in rest))


def _hamcrest(node: Node, args: tuple[CallArgument, ...]) -> Iterator[Assertion]:
    given = args[1:] if len(args) == 3 else args
    if len(given) == 2 and given[1].node is not None and role(given[1].node) in ("call", "member"):
        matcher = chain(given[1].node)[-1]
        inner = matcher.args or ()
        if matcher.name == "is" and inner and inner[0].node is not None and role(inner[0].node) == "call":
            matcher = chain(inner[0].node)[-1]
            inner = matcher.args or ()
        yield _built(node, matcher.name, given[0].tokens, inner, matcher.name == "not")


def _after_subject(node: Node, links: Chain, place: int) -> Iterator[Assertion]:
    """`a.should.equal(b)`, `a.Should().Be(b)`, `a.must_equal b`."""
    matcher = next((link for link in links[place:] if link.args), links[-1])
    first = links[place].node
    whole = tokens(node)
    named = next((at for at, token in enumerate(whole) if token == links[place].name), 0)
    negated = any(_plain(link.name) in ("not",) or link.name.startswith("wont") for link in links[place:])
    if first is not None and named:
        name = "equal" if matcher.name in ("be", "Be") and matcher.args else matcher.name
        yield _built(node, name, whole[: max(0, named - 1)], matcher.args or (), negated)


def _classic(node: Node, links: Chain, name: str, args: tuple[CallArgument, ...]) -> Iterator[Assertion]:
    """`assertEquals(b, a)`, `t.equal(a, b)`, `assert.Equal(t, b, a)`, `assert!(a == b)`, `assertTrue(a == b)`."""
    given = list(args)
    if given and given[0].tokens in (("t",), ("s", ".", "T", "(", ")"), ("tb",)):
        given = given[1:]
    plain = _plain(name.rsplit("::", 1)[-1])
    if re.fullmatch(
        r"(?:debug)?(?:assert|asserttrue|istrue|ok|true|assertthat|expect|check|require|ensure|assertok"
        r"|assertfalse|isfalse|refute"
        r"|false|notok|assertnot|verify|expecttrue|expectfalse)", plain
    ):  # fmt: skip
        negated = plain in ("assertfalse", "isfalse", "refute", "false", "notok", "assertnot", "expectfalse")
        if given:
            yield from _of_tokens(given[0].tokens, node, negated)
        return
    relation = relation_of(name)
    if relation == "other" and not re.match(r"assert|expect|verify|refute|check|require", name, re.I):
        return
    if relation == "raises":
        yield _built(node, name, (), given, False, type_args=node)
        return
    subject, expected, rest = _sides(given)
    yield _built(node, name, subject, (expected, *rest) if expected else tuple(rest), "not" in plain[:12])


def _sides(given: Sequence[CallArgument]) -> tuple[Tokens, CallArgument | None, Sequence[CallArgument]]:
    """Which of the two first arguments is the subject: the one that is no literal, else the first."""
    if not given:
        return (), None, ()
    if len(given) == 1:
        return given[0].tokens, None, ()
    first, second = given[0], given[1]
    if _literalness(first.tokens) > _literalness(second.tokens):
        first, second = second, first
    return first.tokens, second, given[2:]


def _literalness(part: Tokens) -> float:
    words = [token for token in part if token[:1].isalnum() or token[:1] in '_"']
    literal = sum(is_literal(token) for token in words) / len(words) if words else 1.0
    named = bool(words) and bool(re.match(r"(?i)(?:want|exp|expected|wanted)", words[0]))
    return max(literal, 0.9 if named else 0.0) - (0.5 if "(" in part else 0.0)


def _built(
    node: Node,
    name: str,
    subject: Tokens,
    args: Sequence[CallArgument],
    negated: bool,
    extra: tuple[str, ...] = (),
    type_args: Node | None = None,
) -> Assertion:
    relation = relation_of(name)
    kept = [each for each in args if each.node is None or each.node.type not in ("do_block", "block", "lambda_literal")]
    if relation == "raises":
        wanted = tuple(t for each in kept if not _is_lambda(each) for t in (*each.tokens, ";"))
        generic = re.search(r"<\s*([\w.]+)\s*>", text(node)[:200]) if type_args is not None else None
        return Assertion(relation, subject, ((generic[1],) if generic else ()) + wanted, (), line(node), tokens(node))
    expected = kept[0].tokens if kept else ()
    margin = tuple(token for each in kept[1:] if relation == "approx" or _is_number(each) for token in each.tokens)
    if not kept:
        expected = {"true": ("true",), "false": ("false",), "none": ("none",)}.get(_plain(name).removeprefix("is"), ())
    if relation == "equal" and (inner := _approximate(expected)):
        relation, expected, margin = "approx", inner[0], inner[1]
    if relation == "equal" and re.search(r"(?i)containing|expect\.any|anything|\bANY\b", "".join(expected)):
        relation = "part"
    if "every" in extra or "all" in extra:
        pass
    return Assertion(relation, subject, expected, margin, line(node), tokens(node), negated)


def _is_lambda(argument: CallArgument) -> bool:
    kinds = (
        "lambda",
        "arrow_function",
        "function_expression",
        "lambda_expression",
        "func_literal",
        "anonymous_function",
    )
    return argument.node is not None and (argument.node.type in kinds or argument.node.type == "closure_expression")


def _is_number(argument: CallArgument) -> bool:
    return bool(argument.tokens) and argument.tokens[-1][:1].isdigit() and len(argument.tokens) <= 2


def _approximate(part: Tokens) -> tuple[Tokens, Tokens] | None:
    """The value and the tolerance of `pytest.approx(value, abs=1e-9)`."""
    if "approx" not in part or "(" not in part:
        return None
    inside = part[part.index("(", part.index("approx")) + 1 : -1]
    depth = 0
    for at, token in enumerate(inside):
        depth += (token in "([{") - (token in ")]}")
        if token == "," and not depth:
            return inside[:at], inside[at + 1 :]
    return inside, ()


def _of_condition(condition: Node, statement: Node) -> Iterator[Assertion]:
    yield from _of_tokens(tokens(condition), statement, False)


def _of_tokens(part: Tokens, node: Node, negated: bool) -> Iterator[Assertion]:
    """A condition as assertions: one for each operand of `and`; `or` gives one that holds by either operand."""
    part = _without_parentheses(part)
    for joined, operators in ((True, ("and", "&&")), (False, ("or", "||"))):
        pieces = _split(part, operators)
        if len(pieces) > 1:
            strong = joined != negated
            for piece in pieces if strong else pieces[:1]:
                for inner in _of_tokens(piece, node, negated):
                    yield Assertion(**{**inner.__dict__, "either": inner.either or not strong, "all": tokens(node)})
            return
    if part[:1] in (("not",), ("!",)):
        yield from _of_tokens(part[1:], node, not negated)
        return
    yield _single(part, node, negated)


def _single(part: Tokens, node: Node, negated: bool) -> Assertion:
    depth = 0
    for at, token in enumerate(part):
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        follows = part[at + 1] if at + 1 < len(part) else ""
        if not depth and at and token in _COMPARES:
            two = {("is", "not"): "is not", ("not", "in"): "not in"}.get((token, follows), token)
            left, right = part[:at], part[at + (2 if two != token else 1) :]
            relation = _COMPARES[two]
            if negated and two in _NEGATIONS:
                relation, negated = "equal" if relation == "unequal" else "unequal", False
            swap = relation in ("equal", "unequal") and _literalness(left) > _literalness(right)
            subject, expected = (right, left) if swap else (left, right)
            margin: Tokens = (_FLIP[two] if negated and two in _FLIP else two,) if relation == "order" else ()
            if relation == "equal" and (inner := _approximate(expected)):
                relation, expected, margin = "approx", inner[0], inner[1]
            if relation == "equal" and expected[-1:] in (("ANY",), ("Anything",)):
                relation = "present"
            if relation == "order" and {"abs", "Abs"} & set(subject):
                relation, margin = "approx", (*expected,)
                expected = ()
            if (
                relation == "order"
                and subject[:1] in (("len",), ("length",))
                and two in (">", ">=")
                and expected in (("0",), ("1",))
            ):
                relation = "present"
            return Assertion(relation, subject, expected, margin, line(node), tokens(node), negated)
    return _called(part, node, negated)


def _called(part: Tokens, node: Node, negated: bool) -> Assertion:
    """A condition that is one call or one value: `isinstance(a, b)`, `strings.Contains(a, b)`, `a.ok`."""
    name = part[-1]
    if part[-1:] == (")",):
        depth = 0
        for at in range(len(part) - 1, -1, -1):
            depth += (part[at] == ")") - (part[at] == "(")
            if not depth:
                name = part[at - 1] if at else ""
                if name == "!" and at > 1:
                    name = part[at - 2]
                inside = _split(part[at + 1 : -1], (",",))
                before = part[: max(0, at - 2)]
                break
        known: dict[str, Relation] = {
            "isinstance": "type", "issubclass": "type", "hasattr": "present", "any": "part", "isclose": "approx",
            "allclose": "approx", "DeepEqual": "equal", "Equal": "equal", "matches": "pattern", "search": "pattern",
            "fullmatch": "equal", "HasPrefix": "part", "HasSuffix": "part", "Is": "equal", "As": "type",
            "equals": "equal",
            "test": "pattern",
            "equalsIgnoreCase": "alike", "EqualFold": "alike", "includes": "part", "callable": "present",
            "match": "pattern",
            "is_ok": "present", "is_some": "present", "is_err": "present", "is_empty": "equal", "eq": "equal",
            "bool": "present",
            "array_key_exists": "part", "in_array": "part", "isArray": "type", "every": "other", "all": "other",
            "some": "part",
        }  # fmt: skip
        relation = known.get(name) or relation_of(name)
        if relation in ("raises", "called") or (relation == "equal" and not inside and not before):
            relation = "other"
        arguments = [each for each in inside if each]
        subject = before if len(arguments) < 2 and before else (arguments[0] if arguments else part)
        expected = arguments[-1] if arguments and arguments[-1] != subject else ()
        margin = tuple(t for each in arguments[2:] for t in each) if relation == "approx" else ()
        if relation != "other" or name in known:
            return Assertion(relation, subject, expected, margin, line(node), tokens(node), negated)
    return Assertion("present", part, (), (), line(node), tokens(node), negated)


def _without_parentheses(part: Tokens) -> Tokens:
    while part[:1] == ("(",) and part[-1:] == (")",) and _closes(part):
        part = part[1:-1]
    return part


def _closes(part: Tokens) -> bool:
    depth = 0
    for at, token in enumerate(part):
        depth += (token == "(") - (token == ")")
        if not depth:
            return at == len(part) - 1
    return False


def _split(part: Tokens, operators: tuple[str, ...]) -> list[Tokens]:
    pieces: list[list[str]] = [[]]
    depth = 0
    for token in part:
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        if not depth and token in operators:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [tuple(piece) for piece in pieces]


def _is_go_check(node: Node) -> bool:
    body = node.child_by_field_name("consequence")
    return body is not None and any(
        _FAILS.match(dotted(chain(each))) for each in walk(body) if each.type == "call_expression"
    )


def _of_go(node: Node) -> Iterator[Assertion]:
    """`if got != want { t.Fatal() }` asserts the opposite of its condition; `a || b` makes two assertions."""
    condition = node.child_by_field_name("condition")
    before = node.child_by_field_name("initializer")
    part = tokens(condition)
    if before is not None:  # `if got := f(); got != want`: the subject is what the name stands for
        made = tokens(before)
        if ":=" in made and made[0] in part:
            at = part.index(made[0])
            part = (*part[:at], *made[made.index(":=") + 1 :], *part[at + 1 :])
    yield from _of_tokens(part, node, True)


def _of_infix(node: Node) -> Iterator[Assertion]:
    """Kotlin's `a shouldBe b`."""
    named = node.named_children
    if len(named) == 3 and re.match(r"should", text(named[1])):
        yield _built(
            node, text(named[1]), tokens(named[0]), (CallArgument(tokens(named[2]), named[2]),), "Not" in text(named[1])
        )
