"""Hooks of test runners that can turn failures into passes, and files that replace a checker."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.diff_hunks import MAX_LINE, paths

RULE = "test-runner-changed"

_HOOK_FILES = re.compile(
    r"(^|/)(conftest\.py|sitecustomize\.py|usercustomize\.py|[^/]+\.pth|(jest|vitest|test)[.-]?(setup|global)[\w.-]*"
    r"|setup[-_]?tests?\.[cm]?[jt]sx?|globalSetup\.\w+|spec_helper\.rb|test_helper\.rb|\.mocharc[^/]*|__main__\.py)$"
)
_ALWAYS = re.compile(r"(^|/)(sitecustomize\.py|usercustomize\.py|[^/]+\.pth)$")
_FORCES = re.compile(
    r"\bos\._exit\(\s*0|\b(?:sys\.)?exit\(\s*0\s*\)|\bexitstatus\s*=\s*(?:0|pytest\.ExitCode\.OK|ExitCode\.OK)"
    r"|\b(?:outcome|status)\s*=\s*['\"]passed['\"]|process\.exit\(\s*0|process\.exitCode\s*=\s*0"
    r"|raise\s+SystemExit\(\s*0"
    r"|\bos\.Exit\(\s*0|std::process::exit\(\s*0|System\.exit\(\s*0|\btestsfailed\s*=\s*0|\.failures\s*=\s*\[\]"
    r"|wasSuccessful\s*=|\bos\.kill\(|force_result\("
)
_HOOKS = re.compile(
    r"\bdef\s+pytest_(?:collection_modifyitems|runtest_\w+|ignore_collect|collect_file|sessionfinish|pyfunc_call"
    r"|itemcollected"
    r"|exception_interact|report_teststatus|deselected|configure|cmdline_main|load_initial_conftests)\b"
    r"|\bcollect_ignore\b|\bfilter_run_excluding\b|\bexclusion_filter\b"
    r"|\b_ = m\.Run\(\)|\.deselect|items\.clear\(|items\[:\]\s*=|load_tests\s*\("
)
_SHADOWS = (
    "pytest.py",
    "unittest.py",
    "ruff.py",
    "mypy.py",
    "flake8.py",
    "black.py",
    "coverage.py",
    "nose.py",
    "_pytest",
    "pytest",
    "unittest",
)


def result_forced(rule_input: RuleInput) -> Iterator[Finding]:
    """Tests or their set-up that end the run as passed, or change how results count."""
    for file in rule_input.diff.files:
        path = file.change.path
        hooks = bool(_HOOK_FILES.search(path))
        if not hooks and not languages.is_test(path):
            continue
        for line in file.added:
            text = line.text[:MAX_LINE]
            if rule_input.removed_texts[text.strip()] or text.strip().startswith(("#", "//")):
                continue
            if _FORCES.search(text) and not _in_program(path):
                severity: Severity = "block" if hooks or file.change.status != "added" else "flag"
                reason = "This can end a test run as passed even if tests fail. Remove it."
                yield finding(RULE, path, line.number, severity, reason)
            elif hooks and _HOOKS.search(text):
                reason = "This changes which tests run, or how their results count; a person must look at it."
                yield finding(RULE, path, line.number, "flag", reason)


_EXITS = re.compile(
    r"\b(?:process\.exit|sys\.exit|os\.Exit|exit|System\.exit|process::exit)\s*\(?\s*([^;]*?)\)?\s*;?\s*$"
)


def exit_status_lost(rule_input: RuleInput) -> Iterator[Finding]:
    """Programs whose exit status depended on what they found, and now is always 0."""
    for file in rule_input.diff.files:
        lost = [match[1] for line in file.removed if (match := _EXITS.search(line.text[:MAX_LINE]))]
        if not any(re.search(r"[A-Za-z$]", each) for each in lost):
            continue
        for line in file.added:
            match = _EXITS.search(line.text[:MAX_LINE])
            if match and match[1].strip() == "0" and not rule_input.removed_texts[line.text.strip()]:
                reason = "This now always ends as passed, whatever it found. Restore the exit status."
                yield finding(RULE, file.change.path, line.number, "flag", reason)


def program_shadowed(rule_input: RuleInput) -> Iterator[Finding]:
    """New files that Python would load instead of a checker, or before everything else."""
    for file in rule_input.diff.files:
        if file.change.status not in ("added", "renamed"):
            continue
        path = file.change.path
        if _ALWAYS.search(path):
            reason = "Python loads this file in every run, also in those of the verifiers; a person must look at it."
            yield finding(RULE, path, 1, "flag", reason)
        top = PurePosixPath(path).parts[0]
        if top in _SHADOWS and (top.endswith(".py") or path.endswith(".py")):
            checker = top.removesuffix(".py")
            reason = f"Python would load this file instead of {checker}, which checks the project. Rename it."
            yield finding(RULE, path, 1, "block", reason)
        if any(each.startswith((".venv/", "venv/", "node_modules/")) for each in paths(file)):
            yield finding(
                RULE, path, 1, "flag", "This adds installed programs to the repository; a person must look at it."
            )


def _in_program(path: str) -> bool:
    """Whether this is a package's `__main__`, which may exit with 0."""
    return path.endswith("__main__.py") and not languages.is_supporting(path)
