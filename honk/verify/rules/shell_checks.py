"""Shell tests: each command of such a test is a check, because the test fails where the command fails."""

import re
from collections.abc import Iterator

from honk.core.diff import DiffLine, FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.diff_hunks import MAX_LINE, hunks
from honk.verify.syntax.pairs import likeness

ALIKE = 0.4
"""From this share of common words on, an added line is taken for the new form of a removed one."""

_WORDS = re.compile(r"\w+|[^\w\s\"']")
_IGNORES = re.compile(
    r"\|\|\s*(?:true\b|:(?:\s|$)|echo\b|printf\b|return 0|exit 0|\{\s*:)|;\s*(?:true|:)\s*$|^\s*set \+e\b"
    r"|^\s*set \+o errexit"
    r"|^\s*trap\b.*\b(?:exit|return) 0.*\b(?:EXIT|ERR)\b"
)
_ENDS = re.compile(r"(?:^|&&|\|\||;|then)\s*(?:return|exit)\s*(?:0\s*)?(?:;|$|\}|fi\b)")
_DEFINES = re.compile(r"^\s*(?:function\s+)?([\w.-]+)\s*\(\)\s*\{|^\s*alias\s+([\w.-]+)=|^\s*export\s+-f\s+([\w.-]+)")
_BOUNDARY = frozenset(
    [
        "curl",
        "wget",
        "date",
        "sleep",
        "git",
        "docker",
        "ssh",
        "scp",
        "uname",
        "hostname",
        "kubectl",
        "aws",
        "gcloud",
        "npm",
        "systemctl",
        "sudo",
        "ping",
        "whoami",
        "id",
        "setup",
        "teardown",
        "setup_file",
        "teardown_file",
        "setUp",
        "tearDown",
        "oneTimeSetUp",
        "oneTimeTearDown",
        "suite",
    ]
)
_PROGRAMS = frozenset(
    [
        "cp",
        "mv",
        "rm",
        "cat",
        "grep",
        "diff",
        "cmp",
        "sort",
        "awk",
        "sed",
        "test",
        "cut",
        "tr",
        "wc",
        "find",
        "ls",
        "ln",
        "tar",
        "gzip",
        "head",
        "tail",
    ]
)


def shell_checks_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Lines of existing shell tests and of their helpers that are gone, check less, or ignore failures."""
    for file in rule_input.diff.files:
        path = file.change.path
        language = languages.of(path)
        if language is None or language.name != "Shell" or file.change.status not in ("modified", "renamed"):
            continue
        if languages.is_test(path) or languages.is_test_support(path):
            yield from _changed(rule_input, file)
            yield from _ended(rule_input, file)
            yield from _replaced(rule_input, file)


def _changed(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    path = file.change.path
    words_asked = set(re.findall(r"\w+", rule_input.request))
    for hunk in hunks(file):
        added = [
            line for line in hunk if line.sign == "+" and _says(line) and not rule_input.removed_texts[_bare(line)]
        ]
        for was in hunk:
            if was.sign != "-" or not _says(was) or rule_input.added_texts[_bare(was)]:
                continue
            now = max(added, key=lambda line: likeness(_parts(was), _parts(line)), default=None)
            if now is not None and likeness(_parts(was), _parts(now)) < ALIKE:
                now = None
            if _settled(rule_input, was, now) or _owner(rule_input, file, was) in words_asked:
                continue
            rule, what = _judged(was, now)
            number = now.number if now else next((line.number for line in hunk if line.sign != "-"), 1)
            yield finding(rule, path, number, "flag", f"{what} Restore the check, or a person confirms the change.")


def _owner(rule_input: RuleInput, file: FileDiff, line: DiffLine) -> str:
    """The name of the function that held the line."""
    units = rule_input.old(file).units
    return next((unit.name for unit in units if unit.node.row < line.number <= unit.node.end_row + 1), "")


def _judged(was: DiffLine, now: DiffLine | None) -> tuple[str, str]:
    said = _bare(was)[:60].replace("`", "'")
    if now is None:
        return "assertions-removed", f"The command `{said}` is removed from this shell test, so it checks less."
    if _IGNORES.search(now.text[:MAX_LINE]) and not _IGNORES.search(was.text[:MAX_LINE]):
        return "failure-swallowed", f"A failure of `{said}` no longer fails this shell test."
    return (
        "assertions-weakened",
        f"The command `{said}` of this shell test is now `{_bare(now)[:60]}`, for no visible reason.",
    )


def _settled(rule_input: RuleInput, was: DiffLine, now: DiffLine | None) -> bool:
    """Whether layout, the program or the request accounts for the change of a line."""
    before = re.findall(r"\w+", was.text)
    if now is None:
        return rule_input.subject_removed(before) or (
            rule_input.asked("remov", "delet", "drop")
            and bool({word.lower() for word in before} & rule_input.words_moved[0])
        )
    if _parts(was) == _parts(now):
        return True
    named = [word for word in before if len(word) > 4 and "_" in word and word.lower() in rule_input.request.lower()]
    return bool(named) or rule_input.explained((f'"{was.text}"',), (f'"{now.text}"',))


def _ended(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    for line in file.added:
        text = line.text[:MAX_LINE]
        if rule_input.removed_texts[_bare(line)] or not _says(line):
            continue
        if _ENDS.search(text) or re.match(r"\s*set \+e\b", text):
            reason = "This shell test can end here as passed, before what follows is checked. Remove it."
            yield finding("test-ends-early", file.change.path, line.number, "flag", reason)
        elif _IGNORES.search(text) and re.match(
            r"\s*\(?\s*(?:!|\[|diff|cmp|grep|\w*(?:assert|check|expect|refute))", text
        ):
            reason = "A failure of this check no longer fails the shell test. Let it fail."
            yield finding("failure-swallowed", file.change.path, line.number, "flag", reason)


def _replaced(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    programs = {path.rsplit("/", 1)[-1] for path in rule_input.before.paths}
    for line in file.added:
        match = _DEFINES.match(line.text[:MAX_LINE])
        name = next((group for group in match.groups() if group), "") if match else ""
        if name in _BOUNDARY or rule_input.removed_texts[_bare(line)]:
            continue
        if name in _PROGRAMS or name in programs or f"{name}.sh" in programs:
            reason = f"`{name}`, which the tested script uses or is, is replaced, so that the tests check the stand-in."
            yield finding("unit-replaced", file.change.path, line.number, "flag", f"{reason} Test the script itself.")


def _bare(line: DiffLine) -> str:
    return line.text.strip()


def _says(line: DiffLine) -> bool:
    """Whether the line is a command or a part of one."""
    return (
        bool(re.search(r"\w", line.text))
        and not _bare(line).startswith("#")
        and _bare(line) not in ("fi", "done", "esac", "else", "then", "do")
    )


def _parts(line: DiffLine) -> tuple[str, ...]:
    return tuple(_WORDS.findall(line.text[:MAX_LINE]))
