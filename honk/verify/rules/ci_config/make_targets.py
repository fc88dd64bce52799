"""Targets of Make, just and the like that check the project."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.syntax import commands
from honk.verify.syntax.makefiles import Targets, targets
from honk.verify.syntax.units import SourceFile

_MAKE = path_patterns.listed(
    "Makefile makefile GNUmakefile *.mk justfile Justfile .justfile noxfile.py Taskfile.y*ml Rakefile tasks.py dodo.py"
)
_CHECKING_TARGET = re.compile(
    r"(?:^|[-_:/])(?:tests?|lint|check|checks|ci|verify|coverage|cov|typecheck|types|fmt-check|format-check"
    r"|validate|all|audit|quality|spec)(?:$|[-_:])"
)


def make_targets_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Targets of Make, just and the like that check the project."""
    for file in rule_input.diff.files:
        if not path_patterns.matches(file.change.path, _MAKE):
            continue
        old, new = targets(rule_input.old(file).text), targets(rule_input.new(file).text)
        if file.change.path.endswith(".py"):
            old, new = _python_targets(rule_input.old(file)), _python_targets(rule_input.new(file))
        everything = [line for _, lines in new.values() for line in lines]
        for name, (needs, lines) in old.items():
            if not _CHECKING_TARGET.search(name) and not any(map(commands.tools, lines)):
                continue
            if name not in new:
                lost = [line for line in lines if commands.tools(line) and line not in everything]
                if lost and not any(
                    set(commands.tools(line)) <= set(commands.tools("\n".join(everything))) for line in lost
                ):
                    yield _target(file, name, lost[0], "no longer runs, because its target is gone", rule_input)
                continue
            now_needs, now_lines = new[name]
            gone = [each for each in needs if each not in now_needs and each in old and _CHECKING_TARGET.search(each)]
            if gone and not any(each in " ".join(now_lines) for each in gone):
                yield _target(file, name, gone[0], "is no longer part of it", rule_input)
            if now_lines == lines:
                continue
            kept = [
                *now_lines,
                *(line for each in now_needs if each not in needs for line in new.get(each, ((), ()))[1]),
            ]
            if (
                lines
                and any(map(commands.tools, lines))
                and all(commands.checks_nothing(line.lstrip("@-")) for line in kept)
            ):
                yield _target(file, name, lines[0], "no longer runs anything that checks", rule_input)
                continue
            for was, _, why in commands.lost(lines, kept):
                yield _target(file, name, was, why, rule_input)


def _python_targets(file: SourceFile) -> Targets:
    """The sessions of a noxfile and the like: each function, with the strings that it uses as its recipe."""
    return {unit.name: ((), tuple(token.strip('"') for token in unit.literals)) for unit in file.units}


def _target(file: FileDiff, name: str, command: str, why: str, rule_input: RuleInput) -> Finding:
    severity: Severity = (
        "block"
        if why.startswith(("no longer", "ignores")) and not rule_input.asked("target", "make", "remov")
        else "flag"
    )
    reason = f"The target {name} checks less: `{command[:60]}` {why}. Restore it, or a person confirms it."
    return finding("check-command-weakened", file.change.path, line_of(file, name, None), severity, reason)
