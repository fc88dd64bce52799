"""Tests that still exist but are skipped, end early, run under a condition, or cannot fail."""

import re
from collections import Counter
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.assertions.lost_failures import assumes, marked, no_longer_fails, not_awaited
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.assertions.find import assertions
from honk.verify.syntax.calls import Link, chain, dotted
from honk.verify.syntax.diff_hunks import MAX_LINE
from honk.verify.syntax.grammars import Tokens, line, role, text, tokens, walk
from honk.verify.syntax.nodes import Node
from honk.verify.syntax.pairs import Placed
from honk.verify.syntax.units import Unit

SKIPPED = "tests-skipped"
CUT = "test-ends-early"
SWALLOWED = "failure-swallowed"
RETRIED = "test-retried"

_RETRY = re.compile(
    r"(?i)^(?:flaky|reruns?|retry|retries|retrytimes|retryingtest|repeat_?on_?failure|max_?retries|retryable)$"
)
_CATCHES = frozenset({"except", "catch", "rescue", "suppress", "recover", "catch_unwind", "runCatching"})


def tests_skipped(rule_input: RuleInput) -> Iterator[Finding]:
    """Decorators, annotations and calls that skip a test, ignore its failure, run only it, or run it again."""
    for file in rule_input.test_files:
        path = file.change.path
        language = languages.of(path)
        known = {pair.old.unit.name for pair in rule_input.test_pairs}
        fresh_lines = _fresh_lines(rule_input, path)
        for each in file.added:
            said = each.text[:MAX_LINE]
            bare = said.strip()
            if language is None or rule_input.removed_texts[bare]:
                continue
            if bare.startswith(language.comment) and not bare.startswith(("//go:build", "// +build")):
                continue
            fresh = each.number in fresh_lines or file.change.status == "added" or not known
            yield from _judged(path, each.number, said, language, fresh)


def _judged(path: str, number: int, said: str, language: languages.Language | None, fresh: bool) -> Iterator[Finding]:
    if language is None:
        return
    if language.alone.search(said):
        reason = "This makes the runner run only one test and skip all others. Remove it."
        yield finding(SKIPPED, path, number, "block", reason)
    elif language.off.search(said) and not language.sometimes.search(said):
        if fresh:
            reason = "This new test is marked to be skipped, so it checks nothing. Let it run, or a person confirms it."
            yield finding(SKIPPED, path, number, "flag", reason)
        else:
            reason = "This skips an existing test, or ignores its failure. Remove it."
            yield finding(SKIPPED, path, number, "block", reason)
    elif language.sometimes.search(said) and not fresh:
        reason = "An existing test now runs only under a condition; a person must confirm that."
        yield finding(SKIPPED, path, number, "flag", reason)


def _fresh_lines(rule_input: RuleInput, path: str) -> frozenset[int]:
    return frozenset(
        number
        for placed in rule_input.new_units
        if placed.path == path
        for number in range(placed.unit.node.row + 1 - len(placed.unit.marks), placed.unit.node.end_row + 2)
    )


def tests_cut_short(rule_input: RuleInput) -> Iterator[Finding]:
    """Returns, conditions, swallowed errors, empty loops and retries that an existing test did not have before."""
    for pair in rule_input.test_pairs:
        if pair.new is None or not pair.changed:
            continue
        old, new = pair.old.unit, pair.new
        if not new.unit.is_test:
            yield from no_longer_fails(rule_input, old, new)
        if not new.unit.name:
            yield from _shorter_loops(old, new)
            yield from assumes(old, new)  # tests that macros make have no tree of their own
        if new.unit.is_test:
            yield from marked(old, new)
        if new.unit.name and (new.unit.is_test or old.assertions):
            yield from assumes(old, new)
            yield from not_awaited(old, new)
            yield from _ended(old, new)
            yield from _swallowed(old, new)
            yield from _conditioned(rule_input, old, new)
            yield from _emptied(old, new)
        yield from _retried(rule_input, old, new)
    for placed in rule_input.new_units:
        if placed.unit.is_test:
            yield from _swallowed(None, placed)
            if not _does_something(placed.unit):
                reason = f"The new test {placed.unit.name} is empty, so it checks nothing. Write what it asserts."
                yield finding(CUT, placed.path, placed.unit.line, "flag", reason)


def _body(unit: Unit) -> list[Node]:
    """The unit's nodes outside the functions that it defines; the function that a script's test is given counts."""
    own = unit.node
    if role(own) == "call":
        functions = [
            each
            for each in walk(own)
            if each.type in ("arrow_function", "function_expression", "do_block", "block", "lambda_literal")
        ]
        own = functions[0] if functions else own
    if own.type == "decorated_definition":
        own = own.child_by_field_name("definition") or own
    inner = (
        "arrow_function",
        "function_expression",
        "lambda",
        "func_literal",
        "lambda_expression",
        "closure_expression",
    )
    return list(walk(own, lambda node: role(node) != "function" and node.type not in inner))


def _ended(old: Unit, new: Placed) -> Iterator[Finding]:
    had = Counter(_returns(old))
    for each in _body(new.unit):
        if _leaves(each) and not _is_last(each, new.unit):
            key = tokens(each)
            if had[key] > 0:
                had[key] -= 1
                continue
            after = any(node.start_byte > each.end_byte for node in _asserting(new.unit))
            if after:
                reason = f"The test {new.unit.name} can return here, before its assertions below. Remove the return."
                yield finding(CUT, new.path, line(each), "block" if _unconditional(each, new.unit) else "flag", reason)


def _returns(unit: Unit) -> list[Tokens]:
    return [tokens(each) for each in _body(unit) if _leaves(each)]


def _leaves(node: Node) -> bool:
    """Whether the statement ends a test or one of its cases: `return`, `continue`, and `next` in Ruby's blocks."""
    said = text(node).lstrip()
    return (role(node) == "return" and said.startswith(("return", "continue"))) or node.type in (
        "next",
        "continue_statement",
        "continue_expression",
    )


def _is_last(node: Node, unit: Unit) -> bool:
    return node.end_byte >= unit.node.end_byte - 4


def _unconditional(node: Node, unit: Unit) -> bool:
    at = node.parent
    while at is not None and at.id != unit.node.id:
        if role(at) in ("if", "loop", "try", "catch"):
            return False
        at = at.parent
    return True


def _asserting(unit: Unit) -> list[Node]:
    found: list[Node] = []
    lines = {each.line for each in unit.assertions}
    for each in walk(unit.node):
        if line(each) in lines and each.row + 1 == line(each) and each.type.endswith("statement"):
            found.append(each)
    return found or ([unit.node.named_children[-1]] if unit.node.named_children and unit.assertions else [])


def _swallowed(old: Unit | None, new: Placed) -> Iterator[Finding]:
    """`try` around assertions whose handler does not fail, `suppress(...)`, a promise's `.catch(() => {})`."""
    had = Counter(tokens(each)[:12] for each in _handlers(old)) if old else Counter()
    for each in _handlers(new.unit):
        if had[tokens(each)[:12]] > 0:
            had[tokens(each)[:12]] -= 1
            continue
        reason = (
            f"A failure in the test {new.unit.name} is caught here and has no effect, so that the test passes "
            "either way. "
            "Let it fail."
        )
        yield finding(SWALLOWED, new.path, line(each), "flag" if old is None else "block", reason)


def _handlers(unit: Unit) -> Iterator[Node]:
    if not unit.words & _CATCHES and "finally" not in unit.tokens:
        return
    for each in unit.nodes:
        if role(each) == "try" or each.type in ("body_statement", "begin_block"):
            handlers = [child for child in each.named_children if role(child) == "catch"]
            guarded = [
                child for child in each.named_children if role(child) != "catch" and child.type != "finally_clause"
            ]
            holds = any(True for child in guarded for _ in assertions(child))
            for handler in handlers:
                if holds and not _fails(handler):
                    yield handler
            for last in each.named_children if holds else ():  # leaving `finally` drops the failure
                if last.type == "finally_clause" and any(map(_leaves, walk(last))):
                    yield last
        elif each.type == "rescue_modifier":
            if any(True for _ in assertions(each.named_children[0])) and not _fails(each.named_children[-1]):
                yield each
        elif role(each) == "call":
            links = chain(each)
            name = dotted(links)
            if (
                name in ("suppress", "contextlib.suppress")
                and unit.assertions
                or (name.endswith(".catch") and len(links) > 1 and not _handles(links[-1]))
                or name in ("recover",)
                and not _fails(each.parent.parent if each.parent and each.parent.parent else each)
                or (name.endswith(("catch_unwind", "runCatching")) and re.search(r"assert|should|expect", text(each)))
            ):
                yield each


def _handles(link: Link) -> bool:
    """Whether the handler that `.catch()` is given fails, asserts, or passes the error on."""
    said = " ".join(token for each in link.args or () for token in each.tokens)
    passed = re.fullmatch(r"\(? ?(\w+)(?: : \w+)? ?\)? => \(? ?\1 ?\)?", said)
    return bool(passed or re.search(r"\b(?:throw|fail\w*|assert\w*|expect|reject|done|error|err)\b", said))


def _fails(handler: Node) -> bool:
    said = text(handler)
    for each in walk(handler):
        if each.type == "if_statement":  # what fails only under a condition lets the other errors pass
            said = said.replace(text(each), "", 1)
    return bool(
        re.search(
            r"\b(?:raise|throw|fail\w*|Fail\w*|Fatal\w*|Error[f]?\(|panic!?|assert\w*|expect|reject|done\(|flunk"
            r"|reRaise)\b|\bt\.",
            said,
        )
    )


def _conditioned(rule_input: RuleInput, old: Unit, new: Placed) -> Iterator[Finding]:
    """An assertion that ran always and now runs only under a condition."""
    if not any(each.role == "if" for each in new.unit.nodes):
        return
    before = {each.all: _depth(old, each.line, each.all) for each in old.assertions}
    for each in new.unit.assertions:
        was = before.get(each.all)
        if was is not None and _depth(new.unit, each.line, each.all) > was:
            reason = (
                f"An assertion of {new.unit.name} now runs only under a condition. Assert always, or a person "
                "confirms it."
            )
            yield finding(CUT, new.path, each.line, "flag", reason)
            return
    had, has = ([bool(_depth(unit, each.line, each.all)) for each in unit.assertions] for unit in (old, new.unit))
    if has.count(True) > had.count(True) and has.count(False) < had.count(False):
        reason = f"{new.unit.name} now asserts under a condition what it asserted always. Assert always."
        yield finding(CUT, new.path, new.unit.line, "flag", reason)


def _depth(unit: Unit, number: int, wanted: Tokens) -> int:
    """Under how many conditions the assertion stands."""
    for each in walk(unit.node):
        if line(each) == number and (tokens(each) == wanted):
            count, at = 0, each.parent
            while at is not None and at.id != unit.node.id:
                count += role(at) == "if" and not (at.type == "if_statement" and "name__" in text(at)[:30])
                at = at.parent
            return count
    return 0


def _emptied(old: Unit, new: Placed) -> Iterator[Finding]:
    """A loop over fewer values than before, or a body without content."""
    yield from _shorter_loops(old, new)
    if _does_something(old) and not _does_something(new.unit):
        reason = f"The test {new.unit.name} is now empty. Restore its body."
        yield finding(CUT, new.path, new.unit.line, "block", reason)


def _shorter_loops(old: Unit, new: Placed) -> Iterator[Finding]:
    had = [tokens(_iterated(each)) for each in old.nodes if role(each) == "loop"]
    for each in new.unit.nodes:
        if role(each) != "loop":
            continue
        over = tokens(_iterated(each))
        if over in had or not over:
            continue
        shorter = any(over[: len(one)] == one and over[len(one) : len(one) + 1] == ("[",) for one in had if one)
        shorter = shorter or any(
            len(over) > len(one)
            and set(one) <= set(over)
            and re.search(r"slice|take|first|head|limit|filter|Take", " ".join(over))
            for one in had
            if one
        )
        shorter = shorter or any(_lower_bound(one, over) for one in had)
        if shorter or "".join(over) in ("[]", "()", "{}", "range(0)", "list()", "newArrayList()"):
            where = new.unit.name or "this file"
            reason = f"A loop in {where} goes over fewer values than before, so that less is checked. Restore it."
            yield finding(CUT, new.path, line(each), "flag", reason)


def _lower_bound(was: Tokens, now: Tokens) -> bool:
    """Whether two conditions of a counting loop differ only in that the new one ends earlier (`n <= 99`, `n < 5`)."""
    if len(was) != 3 or len(now) != 3 or was[0] != now[0] or not (was[1][:1] == now[1][:1] == "<"):
        return False
    return was[2].isdigit() and now[2].isdigit() and int(now[2]) < int(was[2])


def _iterated(node: Node) -> Node | None:
    for field in ("right", "value", "collection", "condition"):
        if (found := node.child_by_field_name(field)) is not None:
            return found
    clause = next((each for each in node.named_children if each.type in ("range_clause",)), None)
    return clause.child_by_field_name("right") if clause is not None else None


def _does_something(unit: Unit) -> bool:
    if role(unit.node) == "call" and sum(len(link.args or ()) for link in chain(unit.node)) > 2:
        return True  # a macro's arguments: `test("name", macro, "a", "b")`
    return (
        bool(unit.assertions)
        or any(each.type in ("command", "test_command") for each in _body(unit))
        or any(role(each) == "call" and each.id != unit.node.id for each in _body(unit)[1:])
        or any(
            each.type
            in (
                "assignment",
                "lexical_declaration",
                "with_statement",
                "assert_statement",
                "short_var_declaration",
                "let_declaration",
                "local_variable_declaration",
            )
            for each in _body(unit)
        )
    )


def _retried(rule_input: RuleInput, old: Unit, new: Placed) -> Iterator[Finding]:
    before = {token for pair in rule_input.test_pairs for token in pair.old.unit.words if _RETRY.match(token)}
    before |= {token for token in old.tokens if _RETRY.match(token)}
    come = [token for token in new.unit.tokens if _RETRY.match(token) and token not in before]
    if come:
        reason = (
            f"The test runner now repeats failing tests ({come[0]}), which hides failures that come and go. "
            "Remove it, or a person confirms it."
        )
        yield finding(RETRIED, new.path, new.unit.line, "flag", reason)


def tests_commented_out(rule_input: RuleInput) -> Iterator[Finding]:
    """Assertions and calls of existing tests that are now comments."""
    for file in rule_input.test_files:
        yield from _commented(rule_input, file)


def _commented(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    new = rule_input.new(file)
    gone = {each.text.strip() for each in file.removed if len(each.text.strip()) > 6}
    for number, said in new.comments:
        bare = {part.strip().lstrip("#/* ").strip() for part in said.splitlines()}
        hit = next(
            (
                part
                for part in bare
                if part in gone
                and re.search(r"assert|expect|should|require|t\.|verify|^\[\[? |^(?:diff|cmp|grep|test) ", part)
            ),
            "",
        )
        if hit:
            reason = "What a test asserted is now a comment, so it is no longer checked. Restore it."
            yield finding("assertions-removed", file.change.path, number, "block", reason)
            return
