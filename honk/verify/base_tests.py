"""Findings about the base's tests, run over the changed program. Pure: verdicts in, findings out.

The tests of the base are put back over the change (by `honk.pipeline.verification`) and run. A test that fails only
then shows that the change also changes what the tests expect. The reason gives the two values and weighs them against
the request: where the request names the new value, that is a note; everything else is a flag, for a person to confirm.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from honk.core.verdict import BASE_TESTS, Finding, Verdict
from honk.verify import failed_values, failure_blocks
from honk.verify.failed_values import Values
from honk.verify.failure_blocks import TestFileNames
from honk.verify.reports.read import WHOLE_OUTPUT
from honk.verify.syntax.diff_hunks import names

MAX_SHORT = 2
"""A value of at most so many characters may stand in a request by chance."""

MAX_FINDINGS = 20
"""At most so many findings are returned."""

MAX_IN_FILE = 4
"""So many tests of one file have a finding of their own; the others are named in one."""

NOT_ASKED = "Merge it if that is wanted; otherwise ask for the old expectation."
"""The end of a finding that the request does not explain."""

ASKED = "A person confirms it."

WANTED = "The request asks for exactly that."
"""The end of what is a note and no finding."""

_NOT_LOADED = re.compile(
    r"ERROR collecting|Failed to import test module|Test suite failed to run|\[build failed\]|could not compile"
    r"|^error(?:\[E\d+\])?:|: undefined: |COMPILATION ERROR|error TS\d+",
    re.MULTILINE,
)
_SAYS = re.compile(r"error|fail|assert|expect|panic", re.IGNORECASE)
_TOTAL = re.compile(r"[#ℹ] |FAILED \(|FAILED$|\d+ (?:failed|errors?)|make(?:\[\d+\])?: |Ran |Tests?:? ")
_REMOVES = re.compile(r"\b(?:remov|delet|drop|renam|mov|replac|retir|get rid|no longer|instead of)\w*", re.IGNORECASE)
_CHANGES = re.compile(
    r"\b(?:chang|rais|lower|increas|reduc|decreas|instead|switch|from now on|should now)\w*", re.IGNORECASE
)
_QUOTED = re.compile(r'"([^"\n]+)"|`([^`\n]+)`|“([^”\n]+)”|(?<!\w)\'([^\'\n]+)\'(?!\w)')
_WORDS = re.compile(r"[A-Za-z]{3,}|\d+(?:\.\d+)?")
_COMMON = frozenset(
    ["the", "and", "for", "not", "that", "this", "with", "test", "tests", "from", "should", "must", "when", "have"]
)


@dataclass(frozen=True)
class BrokenTest:
    """A test of the base that fails over the change. `path` is its file, `name` may be empty, `text` is what the runner
    printed of it. `missing` is a name that it uses and the program lacks. `loads` is false where the whole file cannot
    be loaded or compiled."""

    path: str
    name: str
    text: str
    missing: str = ""
    loads: bool = True


def expectation_changed(broken: BrokenTest, line: int, request: str) -> Finding:
    """The finding for a test that runs and fails. `line` is where the test stands in the changed file, 0 for nowhere;
    `request` is empty where it is not known."""
    found = failed_values.values(broken.text)
    subject = f"what `{broken.name}` expects" if broken.name else "what these tests expect"
    what = f"This change also changes {subject}"
    if found:
        what += f": {found.expected} before, {found.got} now"
    elif said := _first_line(broken.text):
        what += f": as it was before, it fails with “{said}”"
    return _finding(broken.path, line, what, _weighed(request, broken, found, ""))


def others(path: str, broken: Iterable[BrokenTest]) -> tuple[Finding, ...]:
    """One finding for the further tests of a file that fail; none for none."""
    listed = names(f"`{each.name or 'a test'}`" for each in broken)
    if not listed:
        return ()
    return (_finding(path, 0, f"Further tests of the base fail here over this change: {listed}", NOT_ASKED),)


def cannot_run(path: str, tests: Iterable[str], name: str, removed: bool, request: str) -> Finding:
    """The finding for tests that use `name`, which the program no longer has; it is empty where it is not known.
    Without `tests`, the whole file cannot be loaded."""
    listed = names(f"`{test}`" for test in tests)
    what = f"{listed or 'The tests that the base has here'} cannot run any more"
    if name:
        what += f": `{name}` is used there, {'which this change removes' if removed else 'which is missing now'}"
    return _finding(path, 0, what, _weighed(request, BrokenTest(path, "", ""), None, name or path))


def not_known(path: str, why: str) -> Finding:
    """The finding for tests of the base of which nothing is known."""
    reason = f"The tests of the base could not be run over this change: {why.rstrip('.')}. A person must look."
    return Finding(BASE_TESTS, path, 0, "flag", reason)


def split(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings that a person has to look at, and the others as notes: sentences with their place."""
    listed = tuple(findings)
    wanted = [each for each in listed if each.severity == "flag" and each.reason.endswith(WANTED)]
    notes = tuple(f"{each.path}: {each.reason}" for each in wanted)
    return tuple(each for each in listed if each not in wanted), notes


def not_asked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that the request does not explain."""
    return tuple(each for each in findings if each.rule == BASE_TESTS and each.reason.endswith(NOT_ASKED))


def broken_in(over: Verdict, files: TestFileNames, known: frozenset[str]) -> tuple[BrokenTest, ...]:
    """The tests of `files` that fail in `over`. `known` are ids of failures that are not the change's."""
    if over.failures and known.issuperset(failure.id for failure in over.failures):
        return ()
    found: list[BrokenTest] = []
    told: set[str] = set()
    for block in failure_blocks.blocks(over.excerpt, files):
        told |= {failure.id for failure in over.failures if same_test(block.name, failure.id)}
        if any(same_test(block.name, each) for each in known):
            continue
        loads = not (_NOT_LOADED.search(block.text) or block.name.rpartition("/")[2] == block.path.rpartition("/")[2])
        name, missing = _test_name(block.name), failed_values.missing(block.text)
        found.append(BrokenTest(block.path, name, block.text, missing, loads))
    for failure in over.failures:  # those that the excerpt has no place for
        if failure.id in told | known or failure.id.startswith(WHOLE_OUTPUT):
            continue
        if path := files.first_in(failure.id):
            name, missing = _test_name(_last_part(failure.id)), failed_values.missing(failure.text)
            found.append(BrokenTest(path, name, failure.text, missing))
    return tuple(dict.fromkeys(found))


def same_test(name: str, failure_id: str) -> bool:
    """Whether a runner's heading and an id speak of the same test."""
    bare = _test_name(name)
    return bool(bare) and bare in (failure_id, _test_name(_last_part(failure_id)))


def _last_part(failure_id: str) -> str:
    return re.split(r"::| > |#", failure_id)[-1]


def _test_name(heading: str) -> str:
    """The test's own name in a heading: `Case.test_a[1-2]` is `test_a`."""
    bare = heading.partition("[")[0].strip()
    return bare.rpartition(".")[2] if re.fullmatch(r"[\w.]+", bare) else bare


def _finding(path: str, line: int, what: str, weighed: str) -> Finding:
    return Finding(BASE_TESTS, path, line, "flag", f"{what}. {weighed}")


def _weighed(request: str, broken: BrokenTest, found: Values | None, name: str) -> str:
    """What the request says of it, and what settles it."""
    if not request.strip():
        return NOT_ASKED
    about = bool(_word_set(name or f"{broken.name} {broken.path}") & _word_set(request))
    if found and (
        _names_value(request, found.got) and (about or len(found.got) > MAX_SHORT) or _quotes(request, found)
    ):
        return WANTED
    if name and _REMOVES.search(request) and about:
        named = _names_value(request, re.split(r"[./:#]+", name)[-1])
        return WANTED if named else f"The request asks to remove or rename it. {ASKED}"
    if about and _CHANGES.search(request):
        return f"The request asks to change it, but does not name the new value. {ASKED}"
    said = "is about it, but does not name the new value" if about else "does not mention it"
    return f"The request {said}. {NOT_ASKED}"


def _quotes(request: str, found: Values) -> bool:
    """Whether the request quotes a text that is in the new value and not in the old one."""
    quoted = [phrase for match in _QUOTED.finditer(request) for phrase in match.groups() if phrase]
    return any(len(phrase) > MAX_SHORT and phrase in found.got and phrase not in found.expected for phrase in quoted)


def _names_value(request: str, value: str) -> bool:
    """Whether the request holds the value as a whole, whatever its quotes."""
    bare = value.strip().strip("'\"`.").strip()
    if not bare or bare.lower() in ("true", "false", "none", "null", "undefined", "no error"):
        return False
    return bool(re.search(rf"(?<![\w.]){re.escape(bare)}(?![\w]|\.\d)", request, re.IGNORECASE))


def _word_set(text: str) -> frozenset[str]:
    split = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ")
    return frozenset(word.lower() for word in _WORDS.findall(split)) - _COMMON


def _first_line(text: str) -> str:
    lines = (line.strip().removeprefix("E").strip() for line in text.splitlines())
    errors = [line for line in lines if _SAYS.search(line) and not _TOTAL.match(line)]
    return errors[-1][:160] if errors else ""


def place(text: str, test: str) -> int:
    """The line of `text`, from 1, on which the test `test` begins; 0 where it is not there."""
    if not test:
        return 0
    pattern = re.compile(rf"(?<!\w){re.escape(test)}(?!\w)")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)), 0)
