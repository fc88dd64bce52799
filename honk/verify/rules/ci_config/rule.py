"""What a change of CI does: which checking commands are gone or weaker, which failures count less, what starts a
run."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.ci_config.ci_commands import CHECK_ACTION, commands_of
from honk.verify.rules.ci_config.ci_finding import WEAKENED
from honk.verify.rules.ci_config.conditions import conditions_changed
from honk.verify.rules.ci_config.job_lists import jobs_left_out, without_hidden
from honk.verify.rules.ci_config.rights import rights_widened, steps_untrusted
from honk.verify.rules.ci_config.step_settings import steps_weakened
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.requested import requested
from honk.verify.syntax import commands
from honk.verify.syntax.diff_hunks import paths
from honk.verify.syntax.settings import Settings, settings
from honk.verify.trusted_commands import build_files
from honk.verify.trusted_commands.workflows import CI

_CALL = re.compile(r"(?:^|\s)(make|just|task|npm run|yarn|pnpm(?: run)?)\s+([\w:.-]+)")
_BUILD_FILES = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "npm run": ("package.json",),
    "yarn": ("package.json",),
    "pnpm": ("package.json",),
    "pnpm run": ("package.json",),
}


def ci_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """CI configuration, read as settings and compared by what it runs, however it is split into files."""
    files = [file for file in rule_input.diff.files if any(path_patterns.matches(path, CI) for path in paths(file))]
    if not files:
        return
    old_all, new_all = [], []
    parsed: list[tuple[FileDiff, Settings, Settings]] = []
    for file in files:
        old_text, new_text = rule_input.old(file).text, rule_input.new(file).text
        old, new = _read(file.change.old_path or file.change.path, old_text), _read(file.change.path, new_text)
        if new is None or (old is None and file.change.status != "added"):
            if old is not None:
                reason = "This CI configuration cannot be parsed any more, so what it runs is not known. Correct it."
                yield finding(WEAKENED, file.change.path, 1, "flag", reason)
                continue
            old, new = _lines(old_text), _lines(new_text)
        parsed.append((file, old or {}, new))
        old_all += list(commands_of(old or {}))
        new_all += list(commands_of(new))
    for file, old, new in parsed:
        yield from _lost(rule_input, file, old, new, old_all, new_all)
        yield from conditions_changed(file, old, new)
        yield from rights_widened(file, old, new)
        if file.change.status != "added":
            yield from steps_untrusted(file, old, new)
        yield from jobs_left_out(file, old, new)
        yield from steps_weakened(rule_input, file, old, new)


def _called(rule_input: RuleInput, command: str, new: list[str]) -> bool:
    """Whether CI calls the checks of the command by way of a target or script of the repository."""
    wanted = set(commands.tools(command))
    for each in new:
        match = _CALL.search(each)
        for path in _BUILD_FILES.get(match[1], ()) if match else ():
            lines = build_files.entry_lines(rule_input.after.text(path), path, match[2]) if match else ()
            if wanted and wanted <= set(commands.tools("\n".join(lines))):
                return True
    return False


def _read(path: str, text: str) -> Settings | None:
    found = settings(path, text)
    return without_hidden(found) if found is not None and "gitlab" in path else found


def _lines(text: str) -> Settings:
    """A format without a parser: every line counts as a command."""
    return {f"run[{at}]": line.strip() for at, line in enumerate(text.splitlines()) if line.strip()}


def _lost(
    rule_input: RuleInput, file: FileDiff, old: Settings, new: Settings, old_all: list[str], new_all: list[str]
) -> Iterator[Finding]:
    had, has = list(commands_of(old)), list(commands_of(new))
    kept = {each for each in had if new_all.count(each) >= old_all.count(each)}
    had = [each for each in had if each not in kept or each in has]
    elsewhere = [each for each in new_all if each not in has]
    for was, now, why in commands.lost(had, [*has, *(each for each in elsewhere if each not in old_all)]):
        name = was.removeprefix("pre-commit uses ").removeprefix("pre-commit hook ")
        if was.startswith("pre-commit ") and now and why.startswith("no longer"):
            continue
        if requested(rule_input, [name, *commands.tools(was)], None) or _called(rule_input, was, new_all):
            continue
        replaced = was.startswith("pre-commit ") and len(new_all) >= len(old_all)
        asked = rule_input.asked("ci", "workflow", "pipeline", "remov", "drop", "lint", "check")
        severity: Severity = "flag" if asked or replaced or not why.startswith(("no longer", "ignores")) else "block"
        reason = f"CI checks less: `{name[:70]}` {why}. Restore it, or a person confirms it."
        yield finding(WEAKENED, file.change.path, line_of(file, "", now or None), severity, reason)
    for was in had:
        if (
            was.startswith("pre-commit ")
            and was not in new_all
            and not commands.tools(was.split(" ", 2)[-1])
            and len(new_all) < len(old_all)
        ):
            name = was.split(" ", 2)[-1]
            if was.startswith("pre-commit hook") or CHECK_ACTION.search(name):
                yield finding(
                    WEAKENED,
                    file.change.path,
                    line_of(file, "", None),
                    "flag",
                    f"CI no longer runs the check {name}. Restore it, or a person confirms it.",
                )
                return
