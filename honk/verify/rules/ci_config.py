"""What starts the checks: CI configuration, Make and just targets, package.json scripts, scripts of verifiers."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import DiffLine, FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules import commands
from honk.verify.rules.diff_hunks import MAX_LINE, Hunk, hunks, paths
from honk.verify.rules.rule_input import RuleInput, finding

RULE = "checks weakened"

CI = (
    ".github/workflows/**",
    ".github/actions/**",
    ".gitlab-ci.yml",
    ".gitlab/ci/**",
    ".circleci/**",
    ".travis.yml",
    ".buildkite/**",
    ".woodpecker/**",
    ".woodpecker.yml",
    ".drone.yml",
    ".ci/**",
    "Jenkinsfile",
    "azure-pipelines*.yml",
    "bitbucket-pipelines.yml",
    "noxfile.py",
    ".pre-commit-config.yaml",
)
_MAKE = ("Makefile", "makefile", "GNUmakefile", "*.mk", "justfile", "Justfile", ".justfile")
_TARGETS = re.compile(
    r"(?:pre|post)?(?:tests?|lint|check|checks|ci|verify|coverage|typecheck|(?:format|fmt)[-_]check)\b"
)
_RULE_LINE = re.compile(r"^@?([\w./-]+)[^:=]*:(?!=)")
_SCRIPT = re.compile(
    r'^\s*"((?:pre|post)?(?:test|lint|build|type-?check|check|format:check)[\w:-]*)"\s*:\s*"(.*?)"?\s*,?\s*$'
)
_VERSION = re.compile(r"[\^~<>=v]*\d|\*|workspace:|file:|link:|npm:|git")
_NAME_ONLY = re.compile(r"\s*(?:#|//|-?\s*[\w.-]+:?\s*$|-?\s*name:)")
_OFF = re.compile(
    r"continue-on-error:\s*true|allow_failure:\s*true|^\s*-?\s*if:\s*(?:\$\{\{\s*)?['\"]?false\b|\bset \+e\b"
)


def ci_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """CI configuration: every change is flagged, one that weakens a check is blocked."""
    for file in rule_input.diff.files:
        if not any(path_patterns.matches(path, CI) for path in paths(file)):
            continue
        path = file.change.path
        if file.change.status == "deleted":
            yield finding(RULE, path, 0, "block", "This file runs the project's checks, and it is deleted. Restore it.")
            continue
        weaker = list(_weaker(file))
        yield from weaker
        if not weaker:
            yield finding(
                RULE,
                path,
                _first(file),
                "flag",
                "This changes how the project is checked in CI; a person must look at it.",
            )


def make_targets_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Make and just targets that check the project."""
    for file in rule_input.diff.files:
        if not path_patterns.matches(file.change.path, _MAKE):
            continue
        weaker = [hit for hunk in hunks(file) for hit in _recipes(file, hunk)] or list(_weaker(file))
        yield from weaker
        touched = next((line for hunk in hunks(file) for line in _checking(hunk) if line.sign != " "), None)
        if touched and not weaker:
            reason = "This changes a target that checks the project; a person must look at it."
            yield finding(RULE, file.change.path, _first(file), "flag", reason)


def package_scripts_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Scripts of package.json that check the project."""
    for file in rule_input.diff.files:
        if not file.change.path.endswith("package.json") or file.change.status in ("added", "deleted"):
            continue
        was = _scripts(file.removed)
        now = _scripts(file.added)
        for name, (line, command) in now.items():
            if commands.checks_nothing(command) or commands.ignores_failure(command):
                if name in was or not commands.checks_nothing(command):
                    yield finding(
                        RULE,
                        file.change.path,
                        line,
                        "block",
                        f"The script {name} no longer checks anything. Restore its command.",
                    )
            elif name in was:
                yield finding(
                    RULE,
                    file.change.path,
                    line,
                    "flag",
                    f"The script {name} checks the project, and it changes; a person must look at it.",
                )
        for name in was.keys() - now.keys():
            yield finding(
                RULE,
                file.change.path,
                _first(file),
                "block",
                f"The script {name} checks the project, and it is removed. Restore it.",
            )


def verifier_script_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Files of the repository that a verifier's command runs."""
    own = (getattr(rule_input.config.verify, kind) or "" for kind in ("format", "lint", "build", "test"))
    words = {
        word.removeprefix("./")
        for command in (*own, *(each.command for each in rule_input.verifiers))
        for word in re.findall(r"[\w./-]+", command)
    }
    for file in rule_input.diff.files:
        for path in paths(file):
            if path in words and ("/" in path or "." in path) and file.change.status != "added":
                reason = "A verifier runs this file, and the change edits it; a person must look at it."
                yield finding(RULE, file.change.path, _first(file), "flag", reason)


def _weaker(file: FileDiff) -> Iterator[Finding]:
    for line in file.added:
        text = line.text[:MAX_LINE]
        if _OFF.search(text) or (commands.tools(text) and commands.ignores_failure(text)):
            yield finding(
                RULE, file.change.path, line.number, "block", "This makes a failing check count as passed. Remove it."
            )
    yield from _lost(file)


def _lost(file: FileDiff) -> Iterator[Finding]:
    """Checking programs that the diff removes from the file."""
    calls = [line for line in file.lines if not _NAME_ONLY.match(line.text[:MAX_LINE])]
    added = frozenset(tool for line in calls if line.sign == "+" for tool in commands.tools(line.text))
    kept = frozenset(tool for line in calls if line.sign == " " for tool in commands.tools(line.text)) | added
    lost = frozenset(tool for line in calls if line.sign == "-" for tool in commands.tools(line.text)) - kept
    if lost:
        severity: Severity = "flag" if added else "block"
        instead = f", replaced by {', '.join(sorted(added))}" if added else ""
        remedy = "A person must look at it." if added else "Restore it."
        reason = f"A step that checks the project is removed ({', '.join(sorted(lost))}{instead}). {remedy}"
        yield finding(RULE, file.change.path, _first(file), severity, reason)


def _recipes(file: FileDiff, hunk: Hunk) -> Iterator[Finding]:
    """Recipe lines of checking targets that were emptied."""
    removed = [line for line in _checking(hunk) if line.sign == "-" and line.text[:1] in ("\t", " ")]
    added = [line for line in _checking(hunk) if line.sign == "+" and line.text[:1] in ("\t", " ")]
    for line in added:
        text = line.text.strip()
        empty = commands.checks_nothing(text) and removed and not text.lstrip("@").startswith("echo")
        dashed = text.startswith(("-", "@-")) and any(text.lstrip("@-").strip() in each.text for each in removed)
        if empty or dashed or commands.ignores_failure(text):
            yield finding(
                RULE, file.change.path, line.number, "block", "This makes a failing check count as passed. Remove it."
            )
            return
    if removed and all(commands.checks_nothing(line.text) for line in added):
        reason = "A target that checks the project no longer does anything. Restore its recipe."
        yield finding(RULE, file.change.path, _first(file), "block", reason)


def _checking(hunk: Hunk) -> Iterator[DiffLine]:
    """The hunk's lines that belong to a checking target whose rule the hunk shows."""
    inside = False
    for line in hunk:
        rule = _RULE_LINE.match(line.text[:MAX_LINE])
        if rule:
            inside = bool(_TARGETS.fullmatch(rule[1]))
        if inside:
            yield line


def _scripts(lines: tuple[DiffLine, ...]) -> dict[str, tuple[int, str]]:
    found = {}
    for line in lines:
        match = _SCRIPT.match(line.text[:MAX_LINE])
        if match and not _VERSION.match(match[2]):
            found[match[1]] = (line.number, match[2])
    return found


def _first(file: FileDiff) -> int:
    """The line of the new file that a finding names: the first added one, or the place of the first removed one."""
    shift = 0
    for line in file.lines:
        if line.sign == "+":
            return line.number
        if line.sign == "-":
            return max(1, line.number + shift)
        shift = 0
    return 0
