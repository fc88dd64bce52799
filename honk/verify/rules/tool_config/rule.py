"""What a change of a tool's configuration does: whether linters, type checkers, test runners and coverage check
less."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.about_checks import FILES, IGNORE_FILES, is_about_checks
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.differences import differences
from honk.verify.rules.tool_config.judge import judge
from honk.verify.rules.tool_config.requested import requested
from honk.verify.rules.tool_config.rule_names import COMMAND, LIMIT, RULE_OFF, SCOPE
from honk.verify.rules.tool_config.setting_values import dashed, items_of, joined_text, limit_of, value_text
from honk.verify.rules.tool_config.unparsed_formats import compared_by_text, more_ignored
from honk.verify.syntax import commands, languages
from honk.verify.syntax.settings import Settings, Value, settings


def tool_config_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Configuration files of checking tools whose meaning changed."""
    for file in rule_input.diff.files:
        path = file.change.path
        if not path_patterns.matches(path, FILES) and not (
            file.change.old_path and path_patterns.matches(file.change.old_path, FILES)
        ):
            continue
        old_text = rule_input.old(file).text
        if file.change.status == "deleted":
            yield from _deleted(rule_input, file, old_text)
            continue
        new_text = rule_input.new(file).text
        if any(path.endswith(name) for name in IGNORE_FILES):
            yield from more_ignored(file, old_text, new_text)
            continue
        old, new = settings(path, old_text), settings(path, new_text)
        if old_text.strip() and old is not None and new is None:
            reason = "This configuration cannot be parsed any more, so what it does is not known. Correct it."
            yield finding(RULE_OFF, path, 1, "flag", reason)
        elif old is None or new is None:
            yield from compared_by_text(rule_input, file)
        elif file.change.status != "added":
            yield from _compared(rule_input, file, old, new)
        else:
            yield from _added(rule_input, file, new)


def _compared(rule_input: RuleInput, file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    elsewhere = _set_elsewhere(rule_input, file)
    for key, was, now in differences(old, new):
        if not is_about_checks(file.change.path, key):
            continue
        if now is None and dashed(key).rsplit(".", 1)[-1] in elsewhere:
            continue  # moved to another file
        if now is None and _other_engine(key, old, new):
            continue
        judged = judge(rule_input, file.change.path, key, was, now)
        if judged is None:
            continue
        rule, severity, what = judged
        if rule == COMMAND and _covers_every_test(rule_input, what):
            continue
        if (rule, what) in seen or _requested(rule_input, rule, key, was, now):
            continue
        seen.add((rule, what))
        asked = rule_input.asked("lint", "rule", "coverage", "threshold", "check", "strict", "ignor", "exclud", "test")
        reason = f"{what} Restore it, or a person confirms it."
        yield finding(rule, file.change.path, line_of(file, key, now), "flag" if asked else severity, reason)


def _other_engine(key: str, old: Settings, new: Settings) -> bool:
    """Whether another engine runs the tests instead (`useJUnit()`, `useJUnitPlatform()`)."""
    prefix = re.match(r"(?:.*\.)?test\.use", key)
    return prefix is not None and any(each.startswith(prefix[0]) for each in new.keys() - old.keys())


def _covers_every_test(rule_input: RuleInput, what: str) -> bool:
    """Whether the pattern that a command now names (`covers less (only test/*.spec.js)`) holds each test below it."""
    match = re.search(r"covers less \(only (\S*)\)", what)
    if match is None or "*" not in match[1]:
        return False
    folder = match[1].split("*")[0].rsplit("/", 1)[0]
    files = [
        path for path in rule_input.after.paths if path.startswith(f"{folder}/") and rule_input.changed(path).tests
    ]
    return bool(files) and all(path_patterns.matches(path, (match[1],)) for path in files)


def _requested(rule_input: RuleInput, rule: str, key: str, was: Value | None, now: Value | None) -> bool:
    had, has = items_of(was), items_of(now)
    number = limit_of(now)
    names = [*key.split("."), *(str(each) for each in (*had, *has) if (each in had) != (each in has))]
    if rule == LIMIT and number is not None:
        names += ["threshold", "coverage", "complexity", "timeout"]
    return requested(rule_input, names, number if rule == LIMIT else None)


def _added(rule_input: RuleInput, file: FileDiff, new: Settings) -> Iterator[Finding]:
    """A new configuration: only what leaves out the project's own files, or hides failures."""
    sources = [path for path in rule_input.before.paths if languages.of(path)]
    for key, now in new.items():
        name = re.sub(r"\[[^\]]*\]", "", key)
        judged = (
            judge(rule_input, file.change.path, name, None, now) if is_about_checks(file.change.path, name) else None
        )
        last = dashed(name).rsplit(".", 1)[-1]
        known = " ".join(_configured_before(rule_input))
        out = ["" if str(each) in known else str(each).strip("./*^$") for each in items_of(now)]
        hides = last in ("ignore-errors", "test-failure-ignore", "skip-tests", "exit-zero") and now is True
        covers = (
            bool(judged)
            and bool(sources)
            and any(
                str(item) in ("*", "**", "**/*", ".*", ".")
                or (part and any(path.startswith(f"{part}/") or path == part for path in sources))
                for item, part in zip(items_of(now), out, strict=True)
            )
        )
        runs = last in ("addopts", "script", "command") and commands.ignores_failure(f"pytest {joined_text(now)}")
        if judged and judged[0] == RULE_OFF and _nested(rule_input, file.change.path):
            yield finding(RULE_OFF, file.change.path, line_of(file, key, now), "flag", f"{judged[2]} Remove it.")
        if hides and not re.search(r"overrides|mypy-", dashed(name)) or covers or runs:
            reason = (
                f"This new configuration leaves out what was checked before ({name} = {value_text(now)}). Remove it, or"
                " a person confirms it."
            )
            yield finding(SCOPE, file.change.path, line_of(file, key, now), "flag", reason)


def _nested(rule_input: RuleInput, path: str) -> bool:
    """Whether a new file overrides, for sources that the base has, a configuration of the same tool above it."""
    folder, _, name = path.rpartition("/")
    tool = name.lstrip(".").split(".")[0]
    above = (each.rpartition("/") for each in rule_input.before.paths)
    configured = any(
        folder.startswith(place) and place != folder and other.lstrip(".").split(".")[0] == tool
        for place, _, other in above
    )
    return bool(folder) and configured and any(each.startswith(f"{folder}/") for each in rule_input.before.paths)


def _configured_before(rule_input: RuleInput) -> Iterator[str]:
    """The texts of configurations that the change removes or edits: what they left out is not new."""
    for file in rule_input.diff.files:
        if file.change.status != "added" and path_patterns.matches(file.change.old_path or file.change.path, FILES):
            yield rule_input.old(file).text


def _deleted(rule_input: RuleInput, file: FileDiff, old_text: str) -> Iterator[Finding]:
    """A deleted configuration, unless its settings moved to another changed file."""
    path = file.change.path
    old = settings(path, old_text)
    kept = [(key, value) for key, value in (old or {}).items() if is_about_checks(path, key)]
    if old is not None and not kept:
        return
    elsewhere: set[str] = set()
    for other in rule_input.diff.files:
        if other is not file and path_patterns.matches(other.change.path, FILES) and other.change.status != "deleted":
            elsewhere |= {
                dashed(key).rsplit(".", 1)[-1] for key in settings(other.change.path, rule_input.new(other).text) or {}
            }
    names = {dashed(key).rsplit(".", 1)[-1] for key, _ in kept}
    if names and len(names & elsewhere) * 2 >= len(names):
        return
    tool = path.lstrip(".").split(".")[0].removesuffix("rc")
    if rule_input.asked(re.escape(tool)) and rule_input.asked("remov", "replac", "migrat", "switch", "mov", "drop"):
        return
    if requested(rule_input, (tool,), None):
        return
    replaced = bool(elsewhere) and any(
        other.change.status == "added"
        for other in rule_input.diff.files
        if path_patterns.matches(other.change.path, FILES)
    )
    replaced = replaced or (bool(kept) and not any(judge(rule_input, path, key, value, None) for key, value in kept))
    if (
        path.endswith(("package.json", "Cargo.toml", "pom.xml", ".csproj", "setup.cfg", "pyproject.toml"))
        and old is None
    ):
        return
    reason = "This configures a checking tool, and it is deleted. Restore it, or a person confirms it."
    yield finding(RULE_OFF, path, 0, "flag" if replaced else "block", reason)


def _set_elsewhere(rule_input: RuleInput, file: FileDiff) -> frozenset[str]:
    """The names of the settings that other configuration files get with this change."""
    found: set[str] = set()
    for other in rule_input.diff.files:
        if other is not file and path_patterns.matches(other.change.path, FILES) and other.change.status != "deleted":
            new = settings(other.change.path, rule_input.new(other).text) or {}
            old = settings(other.change.path, rule_input.old(other).text) or {}
            found |= {dashed(key).rsplit(".", 1)[-1] for key in new.keys() - old.keys()}
    return frozenset(found)
