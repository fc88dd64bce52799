"""Targets of Make, just and the like that check the project."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.syntax import commands, languages
from honk.verify.syntax.makefiles import Targets, targets, variables
from honk.verify.syntax.settings import settings
from honk.verify.syntax.units import SourceFile

_MAKE = path_patterns.listed("Makefile makefile GNUmakefile *.mk justfile Justfile .justfile Taskfile.y*ml Rakefile")
_CHECKING_TARGET = re.compile(
    r"(?:^|[-_:/])(?:tests?|lint|check|checks|ci|verify|coverage|cov|typecheck|types|fmt-check|format-check"
    r"|validate|all|audit|quality|spec)(?:$|[-_:])"
)


def make_targets_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Targets of Make, just and the like that check the project."""
    for file in rule_input.diff.files:
        if not path_patterns.matches(file.change.path, _MAKE):
            continue
        old, new = _targets(rule_input.old(file)), _targets(rule_input.new(file))
        everything = [line for _, lines in new.values() for line in lines]
        renamed = {
            name: next((other for other in new.keys() - old.keys() if new[other][1] == old[name][1]), "")
            for name in old
        }
        yield from _variables_changed(rule_input, file)
        for name, (needs, lines) in old.items():
            if not _CHECKING_TARGET.search(name) and not any(map(commands.tools, lines)) and "test" not in name:
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
            gone = [each for each in gone if renamed[each] not in now_needs]
            if gone and not any(each in " ".join(now_lines) for each in gone):
                yield _target(file, name, gone[0], "is no longer part of it", rule_input)
            yield from _other_sources(rule_input, file, name, lines, now_lines)
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
            found = list(commands.lost(lines, kept))
            if not found and _CHECKING_TARGET.search(name):
                found = list(_unknown_weaker(lines, kept))
            for was, _, why in found:
                if why.startswith("no longer runs") and _runs_deleted_test(rule_input, was):
                    continue  # whether its tests are kept is the rule tests-deleted
                if not _goes_with_feature(rule_input, was):
                    yield _target(file, name, was, why, rule_input)


def _goes_with_feature(rule_input: RuleInput, command: str) -> bool:
    """Whether the command runs only files that go with a part of the program whose removal the request asks for."""
    had = [word for word in re.findall(r"[\w./-]+", command) if word in rule_input.before.paths]
    named = {word.lower() for word in re.findall(r"\w{3,}", rule_input.request)} & rule_input.removed_names
    asked = rule_input.asked("remov", "delet", "drop", "retir", "get rid")
    return asked and bool(named) and bool(had) and not any(word in rule_input.after.paths for word in had)


def _runs_deleted_test(rule_input: RuleInput, command: str) -> bool:
    deleted = {file.change.path for file in rule_input.diff.files if file.change.status == "deleted"}
    return any(languages.is_test(path) and path in command.split() for path in deleted)


def _other_sources(
    rule_input: RuleInput, file: FileDiff, name: str, old: tuple[str, ...], new: tuple[str, ...]
) -> Iterator[Finding]:
    """Tests that are built without a source file of the program, or with a function replaced by the linker."""
    had, has = set(" ".join(old).split()), set(" ".join(new).split())
    sources = [each for each in had - has if each in rule_input.after.paths and not languages.is_supporting(each)]
    wrapped = [each for each in has - had if "--wrap" in each]
    if wrapped or (sources and any(languages.is_supporting(each) for each in has - had)):
        what = f"with {wrapped[0]}" if wrapped else f"without {', '.join(sources[:2])}"
        reason = (
            f"The target {name} builds the tests {what}, so that they test a stand-in. Restore it, or a person"
            " confirms it."
        )
        yield finding("unit-replaced", file.change.path, line_of(file, name, None), "flag", reason)


def _targets(file: SourceFile) -> Targets:
    """The targets of a Makefile, justfile or Taskfile."""
    if not file.path.endswith((".yml", ".yaml")):
        return targets(file.text)
    found: dict[str, tuple[list[str], list[str]]] = {}
    ignored: set[str] = set()
    for key, value in (settings(file.path, file.text) or {}).items():
        if match := re.match(r"tasks\.([^.\[]+)(?:\.(deps|cmds|cmd)\b.*)?(?<!ignore_error)$", key):
            needs, lines = found.setdefault(match[1], ([], []))
            values = [str(each) for each in (value if isinstance(value, tuple) else (value,))]
            (needs if match[2] == "deps" else lines).extend(values)
        elif match := re.match(r"tasks\.([^.\[]+)\..*ignore_error$", key):
            ignored.add(match[1])
    return {
        name: (tuple(needs), tuple(f"set +e; {line}" if name in ignored else line for line in lines))
        for name, (needs, lines) in found.items()
    }


_SETS_UP = re.compile(
    r"^@?-?\s*(?:echo|printf|rm|mkdir|cp|mv|cd|export|docker|pip|npm i|touch|install|git|#|@#|\$\(MAKE\)|source|\.)\b"
)
_ARGUMENTS = re.compile(r"(?i)(?:ARGS|OPTS|OPTIONS|FLAGS|TESTS|PACKAGES|PKGS)$")


def _unknown_weaker(old: tuple[str, ...], new: list[str]) -> Iterator[tuple[str, str, str]]:
    """Commands of a checking target that no list knows: gone without a successor, or with an ignored failure."""
    gone = [each for each in old if each not in new and not _SETS_UP.match(each)]
    come = [each for each in new if each not in old]
    for each in gone:
        heir = next((other for other in come if each.lstrip("@-").split()[:1] == other.lstrip("@-").split()[:1]), "")
        if heir and (why := commands.weaker(each, heir, checks=True)):
            yield each, heir, why
        elif not heir and all(map(commands.checks_nothing, come)):
            yield each, "", "no longer runs"


def _variables_changed(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Variables that hold arguments of checks, and targets whose failure Make ignores."""
    old, new = rule_input.old(file).text, rule_input.new(file).text
    had, has = variables(old), variables(new)
    for name in had.keys() & has.keys():
        why = commands.weaker(f"pytest {had[name]}", f"pytest {has[name]}") if _ARGUMENTS.search(name) else ""
        if why:
            yield _target(file, name, had[name], why, rule_input)
    if re.search(r"(?m)^\.IGNORE\b|^MAKEFLAGS\s*[+:]?=.*(?:-i|-k|--ignore-errors)\b", new) and ".IGNORE" not in old:
        yield _target(file, ".IGNORE", "make", "ignores failures", rule_input)


def _target(file: FileDiff, name: str, command: str, why: str, rule_input: RuleInput) -> Finding:
    severity: Severity = (
        "block"
        if why.startswith(("no longer", "ignores")) and not rule_input.asked("target", "make", "remov")
        else "flag"
    )
    reason = f"The target {name} checks less: `{command[:60]}` {why}. Restore it, or a person confirms it."
    return finding("check-command-weakened", file.change.path, line_of(file, name, None), severity, reason)
