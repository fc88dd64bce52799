"""Shortcuts in the program: answers for exactly the values of the tests, and errors that are hidden."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules import keyed_answers
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.grammars import Tokens, is_literal, language_of, line, role, text, tokens, walk
from honk.verify.syntax.nodes import Node
from honk.verify.syntax.units import Unit

HARD_CODED = "answer-hard-coded"
CATCH_ALL = "errors-hidden"

_BROAD = re.compile(
    r"^except\s*(?:\(?\s*(?:[\w.]+\s*,\s*)*(?:Exception|BaseException)\b.*)?:|^catch\s*\{"
    r"|^catch\s*\(\s*(?:final\s+)?(?:\w+\s*[:|]\s*)*\\?(?:Exception|Throwable|Error|RuntimeException"
    r"|System\.Exception|java\.lang\.\w+)\b"
    r"|^rescue\s*(?:=>|$|\n|;|StandardError|Exception|nil)|^catch\s*\(\s*(?:_?\w*|\w+\s*:\s*(?:Exception"
    r"|Throwable|unknown|any))\s*\)|^catch\b\s*(?:\(\s*Exception\s*\w*\s*\))?\s*\{",
    re.S,
)
_HANDLED = re.compile(
    r"(?i)\b(?:raise|throw|rethrow|log\w*|logger|logging|warn\w*|console\.(?:error|warn)|print_?stacktrace"
    r"|traceback|capture\w*|report\w*|sentry|notify|record\w*|abort|panic|reject|next\(|fail\w*|exit|rollback"
    r"|close|cleanup|metrics?|stderr|errors?\.(?:add|append|push)|respond|status|response|retry|sleep)\b"
    r"|\braise_from|\bset_exception|on_?error"
)
_COMPARES = frozenset({"==", "===", "in", "eq", "equals", "is", "Equal", "DeepEqual", "case", "includes", "when"})
_STOPS = re.compile(r"^\s*set\s+-(?:\w*e\w*|o\s+errexit)\b")
_MAY_THROW = re.compile(
    r"JSON\.parse|new URL|decodeURI|await |fetch\(|require\(|readFile|localStorage|atob|BigInt|import\("
    r"|sessionStorage|json\.loads|int\(|float\(|importlib|__import__|import "
)


def answers_hard_coded(rule_input: RuleInput) -> Iterator[Finding]:
    """New conditions that compare with a value of the tests and give back a constant; new tables of such answers."""
    for file, was, now in rule_input.changed_program:
        if now is None:
            continue
        for node, value in keyed_answers.keyed_branches(rule_input, was, now):
            reason = (
                f"The program has a branch of its own for `{value[:60]}`, a value that only the tests use. "
                "Compute the result for every input, or a person confirms it."
            )
            yield finding(HARD_CODED, file.change.path, line(node), "flag", reason)
        before = {tokens(each) for each in was.nodes if role(each) in ("if", "return")} if was else set()
        had = set(was.literals) if was else set()
        for node, values, answers in _answers(now):
            if tokens(node) in before or not _telling(values, had) or _is_error_name(values):
                continue
            known = rule_input.base_test_literals(values[0])
            in_tests = all(value in known for value in values) and all(
                value in known or len(value) < 2 for value in answers
            )
            if in_tests and _neighbours(known, values, answers):
                reason = (
                    f"The program returns a fixed answer for `{' '.join(values)[:60]}`, which is a value that "
                    "the tests use. "
                    "Compute the result for every input."
                )
                yield finding(HARD_CODED, file.change.path, line(node), "flag", reason)


def _is_error_name(values: Tokens) -> bool:
    return all(re.search(r"(?:Error|Exception)\"$|^\"E[A-Z]{3,}\"$", value) for value in values)


def _answers(unit: Unit) -> Iterator[tuple[Node, Tokens, Tokens]]:
    """Conditions with literals whose branch only returns literals; dictionaries looked up for an answer."""
    for each in unit.nodes:
        if role(each) == "if":
            condition = (
                each.child_by_field_name("condition")
                or each.child_by_field_name("value")
                or each.child_by_field_name("pattern")
            )
            parts = (
                tokens(condition)
                if condition is not None
                else tokens(each.named_children[0] if each.named_children else None)
            )
            if each.type in ("conditional_expression",) and condition is None and len(each.named_children) == 3:
                parts = tokens(each.named_children[1])
            values = tuple(part for part in parts if is_literal(part))
            compares = _COMPARES & set(parts) or each.type in (
                "when_entry", "expression_case", "switch_case", "match_arm", "case_clause", "when",
                "switch_section", "switch_block_statement_group",
            )  # fmt: skip
            if not values or not compares:
                continue
            answers = _constant_result(each, parts)
            if answers:
                yield each, values, answers
        elif each.type in (
            "dictionary",
            "object",
            "hash",
            "composite_literal",
            "array_creation_expression",
        ) and keyed_answers.is_looked_up(each):
            literals = tuple(part for part in tokens(each) if is_literal(part))
            plain = [part for part in tokens(each) if part[:1].isalpha() and not is_literal(part)]
            if 2 <= len(literals) <= 40 and len(plain) <= 3:
                yield each, literals[::2], literals[1:2]


def _constant_result(node: Node, condition: Tokens) -> Tokens:
    """The literals that the branch returns, where it does nothing else."""
    returned = [each for each in walk(node) if role(each) == "return"]
    if (
        len(returned) != 1
        and role(node) == "if"
        and node.type
        in ("conditional_expression", "ternary_expression", "match_arm", "when_entry", "when", "if", "if_modifier")
    ):
        literals = [token for token in tokens(node) if is_literal(token)]
        rest = tuple(literals[len([token for token in condition if is_literal(token)]) :])
        return rest[:1] if not returned else ()
    if not returned or len(returned) > 2:
        return ()
    result = tokens(returned[0])[1:]
    literal = [token for token in result if is_literal(token)]
    plain = [
        token
        for token in result
        if token[:1].isalpha()
        and not is_literal(token)
        and token not in ("Some", "Ok", "new", "nil", "vec", "String", "from")
    ]
    return tuple(literal) if literal and len(plain) <= 1 else ()


def _telling(values: Tokens, had: set[str]) -> bool:
    """Whether the values say more than an ordinary border case does."""
    bare = [value.strip('"') for value in values]
    ordinary = {"0", "1", "-1", "", "2", "true", "false", "none", "null", "nil", "undefined", "0.0", "1.0", "10", "100"}
    fresh = [value for value in values if value not in had]
    return bool(fresh) and (
        len(values) > 1
        and not all(value.lower() in ordinary for value in bare)
        or any(value.lower() not in ordinary and len(value) > 1 for value in bare)
    )


def _neighbours(known: Tokens, values: Tokens, answers: Tokens) -> bool:
    """Whether value and answer stand close together in a test."""
    if not answers:
        return False
    places = [at for at, token in enumerate(known) if token == values[0]]
    return any(answers[0] in known[max(0, at - 12) : at + 12] for at in places)


def errors_hidden(rule_input: RuleInput) -> Iterator[Finding]:
    """New handlers in the program that catch every error and go on as if nothing had happened."""
    yield from _goes_on_after_errors(rule_input)
    for file, was, now in rule_input.changed_program:
        if now is None or _is_fresh(file, was):
            continue
        before = {tokens(each) for each in _handlers(was)} if was else set()
        wrapped = set(was.tokens) if was else set()
        for handler in _handlers(now):
            if tokens(handler) in before or _handled(handler):
                continue
            guarded = tuple(
                token
                for sibling in (handler.parent.named_children if handler.parent else ())
                if role(sibling) != "catch"
                for token in tokens(sibling)
            )
            common = sum(token in wrapped for token in guarded)
            script = handler.type == "catch_clause" and file.change.path.endswith(
                (".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs")
            )
            parsing = bool(_MAY_THROW.search(text(handler.parent)[:600])) if handler.parent else False
            if was is None or (script and parsing) or (guarded and common < 0.6 * len(guarded)):
                continue
            reason = (
                "Every error is caught here and has no effect, so that failures look like results. Catch the "
                "expected error only, or report it."
            )
            yield finding(CATCH_ALL, file.change.path, line(handler), "flag", reason)
        yield from _suppressed(file, was, now)


def _goes_on_after_errors(rule_input: RuleInput) -> Iterator[Finding]:
    """Shell scripts of the program that no longer stop at a command that fails."""
    for file in rule_input.program_files:
        if language_of(file.change.path) != "bash" or file.change.status == "deleted":
            continue
        now = rule_input.new(file).text
        lost = [line for line in file.removed if _STOPS.search(line.text)]
        if lost and not re.search(_STOPS.pattern, now, re.MULTILINE):
            reason = (
                f"This script no longer stops at a command that fails (`{lost[0].text.strip()[:40]}` is gone), so that "
                "failures look like results. Restore it, or a person confirms it."
            )
            yield finding(CATCH_ALL, file.change.path, 1, "flag", reason)


def _is_fresh(file: FileDiff, was: Unit | None) -> bool:
    return file.change.status == "added" or was is None


def _handlers(unit: Unit) -> Iterator[Node]:
    for each in unit.nodes:
        if (
            role(each) == "catch"
            and _BROAD.match(" ".join(text(each).split("\n")[0:1]).strip() or text(each))
            or each.type == "rescue_modifier"
        ):
            yield each


def _handled(handler: Node) -> bool:
    body = text(handler)
    first = body.split("\n")[0] if "\n" in body else ""
    return bool(_HANDLED.search(body[len(first) :] if first else re.sub(r"^\w+\s*\([^)]*\)", "", body)))


def _suppressed(file: FileDiff, was: Unit | None, now: Unit) -> Iterator[Finding]:
    """`suppress(Exception)`, `recover()` without a use, `unwrap_or_default` where an error was passed on."""
    had = was.tokens if was else ()
    joined, before = " ".join(now.tokens), " ".join(had)
    for pattern in (
        r"suppress \( (?:Base)?Exception",
        r"defer func \( \) \{ (?:_ = )?recover \( \)",
        r"catch_unwind",
        r"\. catch \( \( ?\w* ?\) => (?:\{ \}|null|undefined|\w+)",
        r"runCatching \{",
    ):
        if re.search(pattern, joined) and not re.search(pattern, before):
            node = next((each for each in now.nodes if re.search(pattern, " ".join(tokens(each)[:14]))), now.node)
            reason = (
                "Every error is caught here and has no effect, so that failures look like results. Catch the "
                "expected error only, or report it."
            )
            yield finding(CATCH_ALL, file.change.path, line(node), "flag", reason)
            return
