"""Test programs of C and C++, which list their tests themselves: tests that are no longer listed, assertions and
functions that macros replace, and failures that no longer end the program as failed."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import c_tests
from honk.verify.syntax.nodes import Node
from honk.verify.syntax.pairs import Placed
from honk.verify.syntax.units import SourceFile

NOT_RUN = "tests-not-collected"
REPLACED = "unit-replaced"
FORCED = "test-runner-changed"
ROWS = "test-cases-removed"

_ASSERTING = re.compile(r"(?i)(?:\w+_)?(?:assert|expect|check|require|fail)\w*")
_SUCCEEDS = re.compile(r"return\s*\(?\s*(?:0|EXIT_SUCCESS)\s*\)?\s*;")
_ENDS_WELL = re.compile(
    r"\b(?:_?[Ee]xit|quick_exit)\(\s*(?:0|EXIT_SUCCESS)\s*\)|\b(?:signal|sigaction)\(\s*SIGABRT\b|\blongjmp\("
)
_NO_ASSERT = re.compile(r"\s*#\s*define\s+NDEBUG\b")


def test_programs_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Looks at the changed test files of C and C++."""
    files = [file for file in rule_input.test_files if _language(rule_input, file) in c_tests.LANGUAGES]
    used = [rule_input.new(file) for file in files]
    for file in files:
        yield from _not_run(rule_input, file, used)
        yield from _forced(rule_input, file)
        yield from _parameters(rule_input, file)
    macros = [placed for placed in rule_input.new_units if placed.unit.node.type in c_tests.MACROS]
    for pair in rule_input.test_pairs:
        now = pair.new
        if now is not None and now.unit.node.type in c_tests.MACROS and now.unit.tokens != pair.old.unit.tokens:
            macros.append(now)
    for placed in macros:
        yield from _redefined(rule_input, placed)


def _language(rule_input: RuleInput, file: FileDiff) -> str:
    return rule_input.new(file).source.language or rule_input.old(file).source.language


def _not_run(rule_input: RuleInput, file: FileDiff, changed: list[SourceFile]) -> Iterator[Finding]:
    """Tests that are still there, and that nobody calls or lists any more, or only under a condition."""
    old, new = rule_input.old(file), rule_input.new(file)
    still = {unit.name: unit for unit in new.tests}
    for test in old.tests:
        if test.name not in still or "." in test.name:
            continue
        before = _conditions(old, test.name)
        after = [count for each in changed for count in _conditions(each, test.name)]
        if before and not after:
            reason = f"Nothing calls or lists the test {test.name} any more, so it does not run. Put it back."
            yield finding(NOT_RUN, new.path, still[test.name].line, "block", reason)
        elif before and min(after) > min(before):
            reason = (
                f"The test {test.name} now runs only under a condition. Let it always run, or a person confirms it."
            )
            yield finding(NOT_RUN, new.path, still[test.name].line, "flag", reason)


def _conditions(file: SourceFile, name: str) -> list[int]:
    """For each use of the name outside its definition: under how many conditions it stands."""
    return [
        _depth(node)
        for unit in file.all
        if unit.name != name
        for node in unit.nodes
        if node.type in ("identifier", "preproc_arg") and node.text == name and not _discarded(node)
    ]


def _discarded(node: Node) -> bool:
    """Whether the name only stands there to keep the compiler silent: `(void)name;`."""
    return node.parent is not None and node.parent.type == "cast_expression" and node.parent.text.startswith("(void)")


def _depth(node: Node) -> int:
    count, at = 0, node.parent
    while at is not None:
        count += at.role == "if"
        at = at.parent
    return count


def _redefined(rule_input: RuleInput, placed: Placed) -> Iterator[Finding]:
    name = placed.unit.name
    program = {
        unit.name for file in rule_input.after.paths if _is_source(file) for unit in rule_input.changed(file).units
    }
    used = {word for unit in rule_input.changed(placed.path).tests for word in unit.words}
    if _ASSERTING.fullmatch(name) and name in used and placed.path in rule_input.before.paths:
        what = f"The macro {name}, by which tests assert, is defined anew here, so that a failure may have no effect."
        yield finding(REPLACED, placed.path, placed.unit.line, "flag", f"{what} Remove it, or a person confirms it.")
    elif name in used and (name in program or _declared(rule_input, name)):
        what = f"The macro {name} takes the place of the program's function, so that tests check the stand-in."
        yield finding(REPLACED, placed.path, placed.unit.line, "flag", f"{what} Remove it, or a person confirms it.")


def _is_source(path: str) -> bool:
    return path.endswith((".c", ".cc", ".cpp", ".cxx")) and not re.search(r"test", path)


def _declared(rule_input: RuleInput, name: str) -> bool:
    wanted = re.compile(rf"\b{re.escape(name)}\s*\(")
    return any(
        wanted.search(rule_input.after.text(path))
        for path in rule_input.after.paths
        if path.endswith((".h", ".hpp", ".hh"))
    )


def _forced(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Ways to end the test program as passed although an assertion failed."""
    for line in file.added:
        if (_ENDS_WELL.search(line.text) or _NO_ASSERT.match(line.text)) and not rule_input.removed_texts[
            line.text.strip()
        ]:
            reason = "This lets the test program pass even if an assertion fails. Remove it."
            yield finding(FORCED, file.change.path, line.number, "flag", reason)
    old, new = (
        next((unit for unit in each.units if unit.name == "main"), None)
        for each in (rule_input.old(file), rule_input.new(file))
    )
    if old is None or new is None:
        return
    was, now = ([node.text for node in unit.nodes if node.role == "return"] for unit in (old, new))
    lost = [each for each in was if not _SUCCEEDS.fullmatch(each)]
    if lost and all(map(_SUCCEEDS.fullmatch, now)):
        reason = f"The test program no longer returns its result (`{lost[0][:60]}`), so a failure may count as passed."
        yield finding(FORCED, file.change.path, new.line, "flag", f"{reason} Restore it.")


def _parameters(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """GoogleTest's parameters of a suite, which are now fewer or none."""
    old, new = (
        {each.text: each for each in _instantiations(side)} for side in (rule_input.old(file), rule_input.new(file))
    )
    sizes = [len(re.findall(r"[^,()]+", each)) for each in new]
    same_library = "gtest" in rule_input.new(file).text
    for said in old:
        if same_library and said not in new and (not sizes or len(re.findall(r"[^,()]+", said)) > max(sizes)):
            reason = f"The suite runs for fewer parameters than before (`{said[:70]}`), so that less is checked."
            yield finding(ROWS, file.change.path, 1, "flag", f"{reason} Restore them, or a person confirms it.")


def _instantiations(file: SourceFile) -> list[Node]:
    rest = file.rest.nodes if file.rest is not None else ()
    return [each for each in rest if each.role == "call" and each.text.startswith("INSTANTIATE_")]
