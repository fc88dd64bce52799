"""Expected values, inputs and rows of existing tests, snapshots and golden files that change without a cause."""

import posixpath
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding, literal_changes
from honk.verify.syntax.diff_hunks import MAX_LINE, words
from honk.verify.syntax.grammars import Tokens, is_literal, tokens
from honk.verify.syntax.pairs import UnitPair, likeness
from honk.verify.syntax.units import Unit

CHANGED = "expected-value-changed"
ROWS = "test-cases-removed"
SNAPSHOT = "snapshot-changed"

_EXPECTED = re.compile(r"(?i)^(?:want|wanted|expected|expect|exp)(?:[A-Z_0-9]\w*)?$")
_ASSIGNMENTS = frozenset(
    {"assignment", "variable_declarator", "short_var_declaration", "let_declaration", "property_declaration"}
)

MAX_TOKENS = 6_000
"""Longer tests are compared by the literals in them only."""

_SNAPSHOTS = re.compile(
    r"(^|/)(__snapshots__|snapshots?|golden|goldens|testdata|expected|approvals?|cassettes|__image_snapshots__"
    r"|baselines?|fixtures?)/"
    r"|\.(snap|golden|approved\.\w+|ambr|expected|out|snapshot)$|(^|/)[^/]*(golden|expected|snapshot)[^/]*\.\w+$"
)
_MESSAGES = re.compile(
    r"^(?:Errorf|Fatalf|Error|Fatal|Log|Logf|log|print|println|printf|fail|Fail|info|debug|describe|it|test"
    r"|context|Run|msg|message"
    r"|warn|name|reason|ids|id|title|desc|description|label|because|skip|todo)$"
)

_OF_ONE_VALUE = re.compile(
    r"(?i)(?:assert_?)?(?:is_?)?(?:not_?)?(?:ok|true|false|truthy|falsy|nil|null|none|empty)|assert|refute"
)


def expectations_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Literals replaced in tests that stay: expected values, inputs, limits."""
    for pair in rule_input.test_pairs:
        if pair.new is None or not pair.changed:
            continue
        old, new = _compared(pair.old.unit), _compared(pair.new.unit)
        every = [
            each for each in (*_replaced(old, new), *_rewritten(pair.old.unit, pair.new.unit)) if each[0] != each[1]
        ]
        changes = [
            (was, now)
            for was, now in every
            if not _wider(was, now) and not rule_input.explained(was, now, pair.new.unit)
            if not _same_path(rule_input, pair, was, now) and not _is_limit(old, was)
            if not (rule_input.porting and _is_imported(old, was))
        ]
        if changes and _inputs_follow(rule_input, pair, every, changes):
            continue
        if changes:
            was, now = changes[0]
            name = pair.new.unit.name or "this file"
            yield finding(
                CHANGED,
                pair.new.path,
                _line_of(pair, was, now),
                "flag",
                f"What {name} expects or is given changes from `{_short(was)}` to `{_short(now)}`, and "
                "nothing in the program "
                "accounts for it. A person must confirm the new value.",
            )


def _is_limit(old: Tokens, was: Tokens) -> bool:
    """Whether the number is the limit of SimpleCov, which the rules about configuration judge."""
    return len(was) == 1 and any(
        one == "minimum_coverage" and two == was[0] for one, two in zip(old, old[1:], strict=False)
    )


def _is_imported(old: Tokens, was: Tokens) -> bool:
    """Whether the text is the name of a module that is loaded."""
    before = {one for one, two in zip(old, old[1:], strict=False) if two == was[0]}
    return len(was) == 1 and was[0][0] == '"' and before <= {"from", "import", "require"}


def _same_path(rule_input: RuleInput, pair: UnitPair, was: Tokens, now: Tokens) -> bool:
    """Whether both name the same file, as seen from a test that was moved or written in another form."""
    one, other = ([token.strip('"') for token in side if is_literal(token)] for side in (was, now))
    if len(one) != 1 or len(other) != 1 or pair.new is None:
        return False
    if rule_input.porting and one[0].lstrip("./") == other[0].lstrip("./") and "." in one[0]:
        return True
    seen = (
        posixpath.normpath(posixpath.join(posixpath.dirname(path), said))
        for path, said in ((pair.old.path, one[0]), (pair.new.path, other[0]))
    )
    return one[0].startswith(".") and pair.old.path != pair.new.path and next(seen) == next(seen)


def _inputs_follow(
    rule_input: RuleInput, pair: UnitPair, every: list[tuple[Tokens, Tokens]], changes: list[tuple[Tokens, Tokens]]
) -> bool:
    """Whether the changed values are numbers that are given only, and either another value of the test follows a
    number which the request names and the program takes over, or the test no longer depends on time or chance."""
    if pair.new is None:
        return False
    expected = {token for each in pair.old.unit.assertions for token in each.expected}
    gone = {token for was, _ in changes for token in was if is_literal(token)}
    if gone & expected or not all(token[0].isdigit() for token in gone):
        return False
    left, taken_over = rule_input.words_moved
    follows = any(
        {word for token in was for word in words(token)} & left
        and {word for token in now for word in words(token)} & taken_over & set(words(rule_input.request))
        for was, now in every
    )
    return follows or (rule_input.asks_for_steadiness and rule_input.related(pair.new.unit))


def _rewritten(old: Unit, new: Unit) -> Iterator[tuple[Tokens, Tokens]]:
    """Expected values of the same subject, and values of variables named so, whose literals are others or in another
    order."""
    before = [(each.subject, each.expected) for each in old.assertions] + list(_wanted(old))
    after = [(each.subject, each.expected) for each in new.assertions] + list(_wanted(new))
    gone = [each for each in before if each not in after]
    come = [each for each in after if each not in before]
    for subject, was in gone:
        for other, now in come:
            if subject == other and len(subject) and was and now and not _same_entries(was, now):
                one, two = (tuple(filter(is_literal, side)) for side in (was, now))
                if one and two and one != two:
                    yield one, two
                break


_REPEATED = re.compile(r"\{(\d+),(\d+)\}")


def _wider(was: Tokens, now: Tokens) -> bool:
    """Whether a pattern from which inputs are generated only allows more repetitions than before."""
    one, other = " ".join(was), " ".join(now)
    if _REPEATED.sub("", one) != _REPEATED.sub("", other):
        return False
    before, after = ([(int(a), int(b)) for a, b in _REPEATED.findall(each)] for each in (one, other))
    return bool(before) and all(c <= a and d >= b for (a, b), (c, d) in zip(before, after, strict=True))


def _wanted(unit: Unit) -> Iterator[tuple[Tokens, Tokens]]:
    """The values of variables that hold what is expected."""
    for node in unit.nodes:
        if node.type in _ASSIGNMENTS:
            part = tokens(node)
            if part and _EXPECTED.match(part[0]):
                yield part[:1], part[1:]


def _same_entries(was: Tokens, now: Tokens) -> bool:
    """Whether two literals of objects differ in the order of their keys only."""
    if ":" not in was and "=>" not in was:
        return False
    one, two = (sorted(zip(part, part[1:], part[2:], strict=False)) for part in (was, now))
    entries = ([each for each in side if each[1] in (":", "=>")] for side in (one, two))
    return next(entries) == next(entries) and sorted(was) == sorted(now)


def _compared(unit: Unit) -> Tokens:
    """The unit's tokens without its name and without messages for people."""
    out: list[str] = []
    last = ""
    for token in unit.tokens:
        said = token[:1] == '"' and (
            (_MESSAGES.match(last) is not None)
            or token == f'"{unit.name}"'
            or (last in (",",) and " " in token and _is_message(out))
        )
        if not said:
            out.append(token)
        if token not in ("(", "=", ":"):
            last = token
    return tuple(out)


def _is_message(before: list[str]) -> bool:
    """Whether the string after these tokens is an assertion's message: `assert a == b, "message"`, `equal(a, b,
    "message")`."""
    depth = commas = 0
    for at, token in enumerate(reversed(before[-60:])):
        if token in (")", "]", "}"):
            depth += 1
        elif token in ("(", "[", "{"):
            if not depth:
                called = before[-60:][len(before[-60:]) - at - 2] if len(before[-60:]) > at + 1 else ""
                return token == "(" and commas >= (1 if _OF_ONE_VALUE.fullmatch(called) else 2)
            depth -= 1
        elif token == "assert" and not depth:
            return True
        elif token == "," and not depth:
            commas += 1
    return False


def _replaced(old: Tokens, new: Tokens) -> Iterator[tuple[Tokens, Tokens]]:
    """Runs of tokens that were replaced, where literals stood on both sides."""
    if len(old) + len(new) > MAX_TOKENS:
        was, now = literal_changes(old, new)
        if was and now:
            yield was, now
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "replace":
            continue
        was, now = old[a:b], new[c:d]
        if len(was) == len(now) == 1 and _is_constant(old, a) and _is_constant(new, c):
            yield was, now
            continue
        if not any(map(is_literal, was)) or not any(map(is_literal, now)):
            continue
        if len(was) == len(now):
            pairs = [(x, y) for x, y in zip(was, now, strict=True) if x != y]
            if all(is_literal(x) and is_literal(y) for x, y in pairs):
                yield was, now
                continue
        one, other = (tuple(filter(is_literal, side)) for side in (was, now))
        if one != other and len(was) <= 12 and len(now) <= 12:
            yield one, other


def _is_constant(all_tokens: Tokens, at: int) -> bool:
    """Whether a constant of a type stands there, such as `HIGH` in `Level.HIGH`."""
    around = all_tokens[max(0, at - 1) : at + 2]
    owned = len(around) == 3 and around[0] in (".", "::") and around[2] != "("
    return owned and re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*", around[1]) is not None


def _line_of(pair: UnitPair, was: Tokens, now: Tokens) -> int:
    assert pair.new is not None
    wanted = next((token.strip('"') for token in now if is_literal(token)), "")
    for offset, text in enumerate(pair.new.unit.node.text.splitlines()):
        if wanted and wanted.splitlines()[:1] and wanted.splitlines()[0] in text:
            return pair.new.unit.node.row + 1 + offset
    return pair.new.unit.line


def cases_removed(rule_input: RuleInput) -> Iterator[Finding]:
    """Rows of tables, and annotations with a case's values, that are gone from tests that stay."""
    added = [row for placed in rule_input.new_units for row, _ in placed.unit.rows]
    pairs = [pair for pair in rule_input.test_pairs if pair.new and pair.changed]
    for pair in pairs:
        added += [row for row, _ in pair.new.unit.rows] if pair.new else []
    for pair in pairs:
        if pair.new is None:
            continue
        left = [row for row, _ in pair.new.unit.rows]
        gone = []
        for row, _ in pair.old.unit.rows:
            if row in left:
                left.remove(row)
            else:
                gone.append(row)
        lost = []
        explained = 0
        for row in gone:
            best = max(left, key=lambda other: likeness(row, other), default=None)
            if best is not None and likeness(row, best) >= 0.5:
                left.remove(best)
            elif row in added or _kept(row, pair.new.unit) or (rule_input.porting and _ported(rule_input, row, pair)):
                continue
            elif _explained(rule_input, row, pair.new.unit):
                explained += 1
            else:
                lost.append(row)
        if lost and len(lost) > len(left) and (left or explained <= len(lost)):
            name = pair.new.unit.name or "this file"
            number = "One case is" if len(lost) == 1 else f"{len(lost)} cases are"
            yield finding(
                ROWS,
                pair.new.path,
                pair.new.unit.line,
                "flag",
                f"{number} removed from {name} (`{_short(lost[0])}`), so the test checks less. Restore it, or "
                "a person confirms it.",
            )


def _kept(row: Tokens, unit: Unit) -> bool:
    """Whether the row's literals still stand in the test, in another form."""
    literals = [token for token in row if is_literal(token)]
    names = [token for token in row if token[:1].isalpha() and not is_literal(token)]
    if names and any(_within(row, other) for other, _ in unit.rows):
        return True
    if not literals and names:  # a table of test functions
        return any(name in unit.words for name in names if "test" in name.lower())
    constants = [token for token in names if token.isupper()]
    return len(literals) + len(constants) > 1 and all(token in unit.tokens for token in (*literals, *constants))


def _ported(rule_input: RuleInput, row: Tokens, pair: UnitPair) -> bool:
    """Whether the row's values stand in the test's new file, in whatever form the other framework wants."""
    assert pair.new is not None
    values = {word for token in row if is_literal(token) for word in words(token)}
    there = {word for unit in rule_input.changed(pair.new.path).all for token in unit.literals for word in words(token)}
    return bool(values) and values <= there


def _within(row: Tokens, other: Tokens) -> bool:
    return len(row) < len(other) and any(other[at : at + len(row)] == row for at in range(len(other) - len(row)))


def _explained(rule_input: RuleInput, row: Tokens, unit: Unit) -> bool:
    about = {word for token in row for word in re.findall(r"\w{3,}", token.lower())}
    gone, _ = rule_input.words_moved
    return (
        bool(about & gone)
        or rule_input.subject_removed(about)
        or (
            rule_input.asked("remov", "delet", "drop", "without", "no longer")
            and any(word in rule_input.request.lower() for word in about if not word.isdigit())
        )
    )


def snapshots_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Recorded results (snapshots, golden files) that change although the program does not, or in other words than
    it."""
    _, come_program = rule_input.words_moved
    gone_program, _ = rule_input.words_moved
    for file in rule_input.diff.files:
        path = file.change.path
        if (
            not _SNAPSHOTS.search(path)
            or file.change.status != "modified"
            or path.endswith((".py", ".ts", ".js", ".go", ".rb", ".md"))
        ):
            continue
        if not file.removed and not file.change.binary:
            continue
        if rule_input.program_files and (_accounted(file, gone_program | come_program) or rule_input.asks_for_output):
            continue
        yield finding(
            SNAPSHOT,
            path,
            file.added[0].number if file.added else 0,
            "flag",
            "This recorded result, which tests compare with, is replaced, and the change of the program does "
            "not account for it. "
            "A person must confirm the new result.",
        )


def _accounted(file: FileDiff, moved: frozenset[str]) -> bool:
    """Whether at least half of the words that the snapshot loses or gains were lost or gained by the program."""
    gone = {word for line in file.removed for word in words(line.text[:MAX_LINE])}
    come = {word for line in file.added for word in words(line.text[:MAX_LINE])}
    changed = gone ^ come
    return not changed or len(changed & moved) * 2 >= len(changed)


def _short(part: Tokens) -> str:
    joined = " ".join(part)
    return (joined if len(joined) <= 60 else joined[:57] + "…").replace("`", "'")
