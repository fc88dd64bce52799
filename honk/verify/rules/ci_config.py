"""Where checks are started: continuous integration, Make and just targets, package.json scripts, verifiers' scripts."""

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
    """Continuous integration: any change is a person's to look at, a weaker one is refused."""
    for file in rule_input.diff.files:
        if not any(path_patterns.matches(path, CI) for path in paths(file)):
            continue
        path = file.change.path
        if file.change.status == "deleted":
            yield finding(RULE, path, 0, "block", "A file that runs the project's checks is deleted.")
            continue
        weaker = list(_weaker(file))
        yield from weaker
        if not weaker:
            yield finding(RULE, path, _first(file), "flag", "How the project is checked changes; a person has to look.")


def make_targets_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Targets of Make and just by which the project checks itself."""
    for file in rule_input.diff.files:
        if not path_patterns.matches(file.change.path, _MAKE):
            continue
        weaker = [hit for hunk in hunks(file) for hit in _recipes(file, hunk)] or list(_weaker(file))
        yield from weaker
        touched = next((line for hunk in hunks(file) for line in _checking(hunk) if line.sign != " "), None)
        if touched and not weaker:
            reason = "A target by which the project checks itself changes."
            yield finding(RULE, file.change.path, _first(file), "flag", reason)


def package_scripts_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """The scripts of package.json by which the project checks itself."""
    for file in rule_input.diff.files:
        if not file.change.path.endswith("package.json") or file.change.status in ("added", "deleted"):
            continue
        was = _scripts(file.removed)
        now = _scripts(file.added)
        for name, (line, command) in now.items():
            if commands.checks_nothing(command) or commands.ignores_failure(command):
                if name in was or not commands.checks_nothing(command):
                    yield finding(
                        RULE, file.change.path, line, "block", f"The script {name} no longer checks anything."
                    )
            elif name in was:
                yield finding(RULE, file.change.path, line, "flag", f"The script {name} changes.")
        for name in was.keys() - now.keys():
            yield finding(RULE, file.change.path, _first(file), "block", f"The script {name} is removed.")


def verifier_script_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Files of the repository that a verifier's command starts."""
    own = (getattr(rule_input.config.verify, kind) or "" for kind in ("format", "lint", "build", "test"))
    words = {
        word.removeprefix("./")
        for command in (*own, *(each.command for each in rule_input.verifiers))
        for word in re.findall(r"[\w./-]+", command)
    }
    for file in rule_input.diff.files:
        for path in paths(file):
            if path in words and ("/" in path or "." in path) and file.change.status != "added":
                reason = "A verifier runs this file, and the change edits it."
                yield finding(RULE, file.change.path, _first(file), "flag", reason)


def _weaker(file: FileDiff) -> Iterator[Finding]:
    for line in file.added:
        text = line.text[:MAX_LINE]
        if _OFF.search(text) or (commands.tools(text) and commands.ignores_failure(text)):
            yield finding(RULE, file.change.path, line.number, "block", "With this a failing check no longer counts.")
    yield from _lost(file)


def _lost(file: FileDiff) -> Iterator[Finding]:
    """Checking programs that the file called and, as far as the diff shows, calls no longer."""
    calls = [line for line in file.lines if not _NAME_ONLY.match(line.text[:MAX_LINE])]
    added = frozenset(tool for line in calls if line.sign == "+" for tool in commands.tools(line.text))
    kept = frozenset(tool for line in calls if line.sign == " " for tool in commands.tools(line.text)) | added
    lost = frozenset(tool for line in calls if line.sign == "-" for tool in commands.tools(line.text)) - kept
    if lost:
        severity: Severity = "flag" if added else "block"
        instead = f"; instead of it: {', '.join(sorted(added))}" if added else ""
        reason = f"A step that checks the project is removed ({', '.join(sorted(lost))}{instead})."
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
            yield finding(RULE, file.change.path, line.number, "block", "With this a failing check no longer counts.")
            return
    if removed and all(commands.checks_nothing(line.text) for line in added):
        reason = "A target by which the project checks itself no longer does anything."
        yield finding(RULE, file.change.path, _first(file), "block", reason)


def _checking(hunk: Hunk) -> Iterator[DiffLine]:
    """The hunk's lines that belong to a checking target, as far as its rule is in sight."""
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
    """A line of the new file to point at: the first that was added, or where the first was removed."""
    shift = 0
    for line in file.lines:
        if line.sign == "+":
            return line.number
        if line.sign == "-":
            return max(1, line.number + shift)
        shift = 0
    return 0
