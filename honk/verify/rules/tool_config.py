"""Configuration of linters, type checkers, test runners and coverage, and comments that silence them."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import DiffLine, FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules import commands
from honk.verify.rules.diff_hunks import MAX_LINE, Hunk, hunks, names
from honk.verify.rules.rule_input import RuleInput, finding

RULE = "checks weakened"
SILENCED = "checks silenced"

BULK = 5
"""So many new comments that silence a checker are flagged."""

FILES = path_patterns.listed(
    """
    pyproject.toml setup.cfg tox.ini pytest.ini .pytest.ini .coveragerc mypy.ini .mypy.ini ruff.toml
    .ruff.toml .flake8 .pylintrc pylintrc pyrightconfig.json .eslintrc .eslintrc.* eslint.config.*
    .eslintignore .prettierignore biome.json tsconfig*.json jest.config.* vitest.config.*
    vite.config.* .mocharc* .nycrc* .c8rc* karma.conf.* cypress.config.* playwright.config.*
    .golangci.y*ml clippy.toml .clippy.toml rustfmt.toml .rubocop.yml .rspec phpunit.xml*
    phpstan.neon* checkstyle.xml detekt.yml codecov.yml .codecov.yml sonar-project.properties
    package.json .editorconfig .swiftlint.yml
    """
)

_THRESHOLD = re.compile(
    r"(fail[-_]under|cov-fail-under|branches|functions|lines|statements|threshold|min(?:imum)?[-_]?coverage|minimum"
    r"|target)['\"]?\s*[:=]?\s*['\"]?(\d+(?:\.\d+)?)"
)
_STRICT = re.compile(
    r"['\"]?(strict|strict\w+|no(?:Implicit|Unused|Unchecked|Fallthrough|PropertyAccess)\w+|disallow_\w+|warn_\w+"
    r"|check_untyped_defs|strict_\w+|xfail_strict|exactOptionalPropertyTypes|useUnknownInCatchVariables|typeCheckingMode)"
    r"['\"]?\s*[:=]\s*['\"]?(\w+)"
)
_LAX = re.compile(
    r"['\"]?(ignore_errors|ignore_missing_imports|skipLibCheck|allow_untyped_\w+|follow_imports|implicit_reexport"
    r"|allowUnreachableCode|noEmitOnError)['\"]?\s*[:=]\s*['\"]?(true|True|skip|silent)"
)
_RULE_OFF = re.compile(r"^\s*['\"]?(@?[\w/-]+)['\"]?\s*:\s*\[?\s*['\"]?(off|warn|0|1)\b")
_RULE_ON = re.compile(r"^\s*['\"]?(@?[\w/-]+)['\"]?\s*:\s*\[?\s*['\"]?(error|2)\b")
_EXCEPTIONS = re.compile(
    r"^\s*['\"]?(ignore|extend[-_]ignore|per[-_]file[-_]ignores|exclude|extend[-_]exclude|omit|exclude_lines|disable"
    r"|disable_error_code|testPathIgnorePatterns|coveragePathIgnorePatterns|ignorePatterns|norecursedirs|collect_ignore"
    r"|skips)['\"]?\s*[:=]"
)
_SCOPE = re.compile(
    r"^\s*['\"]?(select|extend[-_]select|enable|addopts|testpaths|python_files|python_functions|python_classes|testMatch"
    r"|testRegex|roots|spec|include|files|filterwarnings)['\"]?\s*[:=]"
)
_ENTRY = re.compile(r"^\s*['\"].*['\"]\s*,?\s*(?:#.*)?$")
_TOOL_SECTION = re.compile(
    r"^\s*\[+(?:tool\.)?(ruff|mypy|pytest|coverage|flake8|pylint|black|isort|pyright|tool:pytest)\b"
)

_SILENCERS = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pylint:\s*disable|pyright:\s*ignore|nosec|pragma:\s*no cover|mypy:)|eslint-disable"
    r"|@ts-(?:ignore|expect-error|nocheck)|istanbul ignore|c8 ignore|v8 ignore|biome-ignore|//\s*nolint|#!?\[allow\("
    r"|@SuppressWarnings|@Suppress\(|rubocop:disable|@phpstan-ignore|swiftlint:disable|prettier-ignore|NOSONAR"
)
_WHOLE_FILE = re.compile(
    r"#\s*(?:ruff|flake8):\s*noqa(?!:)|#\s*mypy:\s*ignore-errors|#\s*type:\s*ignore\s*$|#\s*pylint:\s*(?:disable=all|skip-file)"
    r"|/\*\s*eslint-disable\s*(?:\*/|$)|@ts-nocheck|#!\[allow\("
)


def tool_config_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """The configuration of checking tools."""
    for file in rule_input.diff.files:
        path = file.change.path
        if not path_patterns.matches(path, FILES) or file.change.status == "added":
            continue
        if file.change.status == "deleted":
            if severity := _deleted(rule_input, file):
                yield finding(
                    RULE, path, 0, severity, "This configures a checking tool, and it is deleted. Restore it."
                )
            continue
        for hunk in hunks(file):
            yield from _thresholds(file, hunk)
            yield from _strictness(file, hunk)
            yield from _exceptions(file, hunk)


def checkers_silenced(rule_input: RuleInput) -> Iterator[Finding]:
    """Comments that silence a checker: for a whole file, or many of them."""
    hits: list[tuple[FileDiff, DiffLine]] = []
    for file in rule_input.diff.files:
        removed = sum(bool(_SILENCERS.search(line.text[:MAX_LINE])) for line in file.removed)
        added = [line for line in file.added if _SILENCERS.search(line.text[:MAX_LINE])]
        hits += [(file, line) for line in added[removed:]]
        for line in added:
            alone = line.number <= 5 or not line.text.strip().startswith("# type")
            if (
                _WHOLE_FILE.search(line.text[:MAX_LINE])
                and alone
                and _is_remark(line)
                and file.change.status != "added"
            ):
                reason = "This switches a checker off for the whole file; a person must confirm that."
                yield finding(SILENCED, file.change.path, line.number, "flag", reason)
    if len(hits) >= BULK:
        file, line = hits[0]
        where = names(each.change.path for each, _ in hits)
        reason = f"{len(hits)} new comments silence a checker, in {where}; a person must look at them."
        yield finding(SILENCED, file.change.path, line.number, "flag", reason)


def _deleted(rule_input: RuleInput, file: FileDiff) -> Severity | None:
    """None for a shared file without tool settings; `flag` where the settings may have moved to another file."""
    shared = ("setup.cfg", "pyproject.toml", "tox.ini", "package.json", "vite.config")
    if any(name in file.change.path for name in shared) and not any(map(_is_tool_section, file.removed)):
        return None
    moved = any(other.added for other in rule_input.diff.files if path_patterns.matches(other.change.path, FILES))
    return "flag" if moved else "block"


def _is_tool_section(line: DiffLine) -> bool:
    return bool(_TOOL_SECTION.match(_text(line)))


def _is_remark(line: DiffLine) -> bool:
    return line.text.strip().startswith(("#", "//", "/*"))


def _thresholds(file: FileDiff, hunk: Hunk) -> Iterator[Finding]:
    was = _numbers(hunk, "-")
    now = _numbers(hunk, "+")
    for key, (old, _) in was.items():
        if key not in now:
            if key.startswith(("fail", "cov", "min", "threshold")):
                reason = f"The limit {key} = {old:g} is removed. Restore it."
                yield finding(RULE, file.change.path, _near(hunk), "block", reason)
        elif now[key][0] < old:
            new, line = now[key]
            yield finding(
                RULE,
                file.change.path,
                line,
                "block",
                f"The limit {key} is lowered from {old:g} to {new:g}. Restore it.",
            )


def _numbers(hunk: Hunk, sign: str) -> dict[str, tuple[float, int]]:
    return {
        match[1]: (float(match[2]), line.number)
        for line in hunk
        if line.sign == sign and (match := _THRESHOLD.search(line.text[:MAX_LINE]))
    }


def _strictness(file: FileDiff, hunk: Hunk) -> Iterator[Finding]:
    path = file.change.path
    added = {match[1]: (match[2], line) for line in hunk if line.sign == "+" and (match := _STRICT.search(_text(line)))}
    removed = {match[1]: match[2] for line in hunk if line.sign == "-" and (match := _STRICT.search(_text(line)))}
    for key, (value, line) in added.items():
        if value.lower() in ("false", "off", "none") and removed.get(key, "true").lower() != value.lower():
            yield finding(
                RULE,
                path,
                line.number,
                "block",
                f"This makes the checker less strict ({key} is {value}). Restore the setting.",
            )
    for key, value in removed.items():
        if key not in added and value.lower() in ("true", "strict"):
            yield finding(
                RULE,
                path,
                _near(hunk),
                "block",
                f"This makes the checker less strict ({key} is removed). Restore the setting.",
            )
    on = {match[1] for line in hunk if line.sign == "-" and (match := _RULE_ON.search(_text(line)))}
    for line in hunk:
        if line.sign != "+":
            continue
        if match := _LAX.search(_text(line)):
            yield finding(
                RULE,
                path,
                line.number,
                "flag",
                f"This makes the checker ignore problems ({match[1]}); a person must look at it.",
            )
        elif (match := _RULE_OFF.search(_text(line))) and ("eslint" in path or match[1] in on):
            severity_word = "switched off" if match[2] in ("off", "0") else "no longer an error"
            yield finding(
                RULE, path, line.number, "flag", f"The rule {match[1]} is {severity_word}; a person must look at it."
            )


def _exceptions(file: FileDiff, hunk: Hunk) -> Iterator[Finding]:
    """Lists of what is not checked that grow, and settings of what is checked that change."""
    path = file.change.path
    hits = list(_keyed(path, hunk))
    if any(key == "addopts" and line.sign == "+" and commands.ignores_failure(line.text) for key, line in hits):
        yield finding(RULE, path, _near(hunk), "block", "This makes the test runner leave tests out. Remove it.")
    elif hits:
        yield finding(
            RULE,
            path,
            _near(hunk),
            "flag",
            f"This changes what the tool checks ({names(key for key, _ in hits)}); a person must look.",
        )


def _keyed(path: str, hunk: Hunk) -> Iterator[tuple[str, DiffLine]]:
    """The changed lines that belong to a setting of what is checked, each with its key: on its line or above."""
    key = ""
    of_tool = not path.endswith(("pyproject.toml", "package.json"))  # there, other things have such keys too
    for line in hunk:
        text = _text(line)
        match = _EXCEPTIONS.match(text) or _SCOPE.match(text)
        if match:
            key = match[1]
        elif text.lstrip().startswith("[") and not _ENTRY.match(text):
            of_tool, key = bool(_TOOL_SECTION.match(text)), ""
        elif not _ENTRY.match(text) and text.strip() not in ("[", "]", "],", ")", ""):
            key = ""
        scope = bool(key) and bool(_SCOPE.match(f"{key} ="))
        known = of_tool or not scope or key in ("addopts", "testpaths", "python_files", "filterwarnings")
        if line.sign != " " and key and known and (scope or line.sign == "+") and text.strip() not in ("]", "],"):
            yield key, line


def _text(line: DiffLine) -> str:
    return line.text[:MAX_LINE]


def _near(hunk: Hunk) -> int:
    """The line of the new file at the hunk's first change."""
    number = 0
    for line in hunk:
        if line.sign == "+":
            return line.number
        if line.sign == "-":
            return number + 1
        number = line.number
    return number
