"""What a change of CI does: which checking commands are gone or weaker, which failures count less, what starts a
run."""

import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config import line_of
from honk.verify.syntax import commands
from honk.verify.syntax.diff_hunks import paths
from honk.verify.syntax.settings import Settings, settings
from honk.verify.syntax.units import SourceFile

WEAKENED = "ci-weakened"
RIGHTS = "ci-rights"

CI = path_patterns.listed(
    """
    .github/workflows/** .github/actions/** .gitlab-ci.yml .gitlab/ci/** .circleci/** .travis.yml .buildkite/**
    .woodpecker/** .woodpecker.yml
    .drone.yml .ci/** Jenkinsfile azure-pipelines*.yml bitbucket-pipelines.yml .pre-commit-config.yaml appveyor.yml
    .appveyor.yml .cirrus.yml
    cloudbuild.yaml lefthook.yml .lefthook.yml .husky/** buildspec.yml
    """
)
_MAKE = path_patterns.listed(
    "Makefile makefile GNUmakefile *.mk justfile Justfile .justfile noxfile.py Taskfile.y*ml Rakefile tasks.py dodo.py"
)
_CHECK_ACTION = re.compile(
    r"(?i)lint|test|check(?!out)|codeql|scan|pre-commit|cover|analy|trivy|semgrep|review|sonar|snyk|ruff|black|mypy"
    r"|audit"
)
_TARGET = re.compile(r"^@?([\w./%-]+(?:\s+[\w./%-]+)*)\s*(?:[\w=\"' ]*)?:(?!=)\s*([^#=]*)")
_CHECKING_TARGET = re.compile(
    r"(?:^|[-_:/])(?:tests?|lint|check|checks|ci|verify|coverage|cov|typecheck|types|fmt-check|format-check"
    r"|validate|all|audit|quality|spec)(?:$|[-_:])"
)


Targets = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""The targets of a file: what each needs, and its recipe."""


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
        old_all += list(_commands(old or {}))
        new_all += list(_commands(new))
    for file, old, new in parsed:
        yield from _lost(rule_input, file, old, new, old_all, new_all)
        yield from _conditions(file, old, new)
        yield from _rights(file, old, new)


def _read(path: str, text: str) -> Settings | None:
    return settings(path, text)


def _lines(text: str) -> Settings:
    """A format without a parser: every line counts as a command."""
    return {f"run[{at}]": line.strip() for at, line in enumerate(text.splitlines()) if line.strip()}


def _commands(found: Settings) -> Iterator[str]:
    """What it runs: scripts, arguments of checking actions, hooks."""
    for key, value in found.items():
        last = re.sub(r"\[[^\]]*\]", "", key.rsplit(".", 1)[-1]).lower()
        values = value if isinstance(value, tuple) else (value,)
        if last in (
            "run",
            "script",
            "commands",
            "command",
            "before_script",
            "after_script",
            "args",
            "entry",
            "cmd",
            "bash",
            "pwsh",
            "powershell",
            "install",
            "before_install",
            "test_script",
            "build",
            "steps",
            "extra_args",
            "make",
            "goals",
            "arguments",
            "cmds",
        ):
            for each in values:
                if isinstance(each, str):
                    yield from (part for part in _parts(each))
        elif (
            last in ("uses", "task", "orb", "image")
            and isinstance(value, str)
            and _CHECK_ACTION.search(value.split("@")[0])
        ):
            yield f"pre-commit uses {value.split('@')[0]}"
        elif last == "id" and isinstance(value, str) and "hooks" in key:
            yield f"pre-commit hook {value}"


def _parts(text: str) -> Iterator[str]:
    """A script as its commands; `set` and continuations stay with what follows."""
    joined = re.sub(r"\\\n\s*", " ", text)
    prefix = "set +e; " if re.search(r"\bset \+e\b", joined) else ""
    for line in joined.splitlines():
        bare = line.strip()
        if bare and not bare.startswith("#") and not bare.startswith("set "):
            yield prefix + bare if commands.tools(bare) else bare


def _lost(
    rule_input: RuleInput, file: FileDiff, old: Settings, new: Settings, old_all: list[str], new_all: list[str]
) -> Iterator[Finding]:
    had, has = list(_commands(old)), list(_commands(new))
    elsewhere = [each for each in new_all if each not in has]
    for was, now, why in commands.lost(had, [*has, *(each for each in elsewhere if each not in old_all)]):
        name = was.removeprefix("pre-commit uses ").removeprefix("pre-commit hook ")
        if was.startswith("pre-commit ") and now:
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
            if was.startswith("pre-commit hook") or _CHECK_ACTION.search(name):
                yield finding(
                    WEAKENED,
                    file.change.path,
                    line_of(file, "", None),
                    "flag",
                    f"CI no longer runs the check {name}. Restore it, or a person confirms it.",
                )
                return


def _conditions(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Failures that no longer count, conditions, and what starts a run, in jobs and steps that the base has."""
    parents = {key.rsplit(".", 1)[0] for key in old}
    jobs = {match[0] for key in old if (match := re.match(r"(?:jobs\.)?[^.\[]+", key))}
    for key, now in new.items():
        was = old.get(key)
        if was == now:
            continue
        parent, last = (key.rsplit(".", 1) + [""])[:2] if "." in key else ("", key)
        known = (
            parent in parents
            or (match := re.match(r"(?:jobs\.)?[^.\[]+", key)) is not None
            and match[0] in jobs
            and _step_known(parent, old)
        )
        about = _runs_checks(parent, new)
        said = str(now)
        if (
            last
            in (
                "continue-on-error",
                "allow_failure",
                "ignore_failure",
                "failure_ignored",
                "soft_fail",
                "allowFailure",
                "continueOnError",
            )
            and now not in (False, None)
            and about
        ):
            if not was:
                yield _less(file, key, now, "block", "A failing check counts as passed here")
        elif (
            last in ("if", "when", "only", "except", "condition", "rules", "stages")
            and known
            and about
            and said != str(was)
        ):
            never = (
                re.fullmatch(r"(?i)\s*(?:\$\{\{)?\s*(?:false|never|0|manual)\s*(?:\}\})?\s*", said) or said == "False"
            )
            if never:
                yield _less(file, key, now, "block", "A check of CI never runs any more")
            elif (
                was is None
                and not re.search(r"always\(\)|!cancelled\(\)|^always$|success\(\)|on_success", said)
                or was is not None
                and "&&" in said
                and str(was) in said
            ):
                yield _less(file, key, now, "flag", f"A check of CI now runs only under a condition (`{said[:60]}`)")
        elif (
            re.match(r"(?:on|trigger|workflow)\.?", key)
            and last in ("paths-ignore", "paths", "branches-ignore", "exclude", "types")
            and parent in {*parents, "on"} | _events(old)
        ):
            gained = [
                str(each)
                for each in (now if isinstance(now, tuple) else (now,))
                if each not in (was if isinstance(was, tuple) else (was,))
            ]
            gained = [
                each
                for each in gained
                if not re.search(r"\.(?:md|rst|txt|adoc|png|svg)$|docs?/|LICENSE|\.github/ISSUE|CHANGELOG|README", each)
            ]
            if gained and not (last == "paths" and was is not None):
                yield _less(
                    file, key, now, "flag", f"CI no longer runs for every change ({last}: {', '.join(gained[:3])})"
                )
    for key, was in old.items():
        now = new.get(key)
        last = key.rsplit(".", 1)[-1]
        if last == "needs" and was != now and _job_stays(key, new):
            gone = [
                str(each)
                for each in (was if isinstance(was, tuple) else (was,))
                if each not in (now if isinstance(now, tuple) else (now,))
            ]
            gone = [each for each in gone if any(f"jobs.{each}." in other for other in new)]
            if (
                gone
                and any(_runs_checks(f"jobs.{each}", new) for each in gone)
                and not _runs_checks(key.rsplit(".", 1)[0], new)
            ):
                yield _less(
                    file, key, None, "flag", f"A job no longer waits for {', '.join(gone)}, which checks the change"
                )
    yield from _triggers(file, old, new)
    yield from _matrix(file, old, new)


def _step_known(parent: str, old: Settings) -> bool:
    bare = re.sub(r"\[[^\]]*\]", "", parent)
    return any(re.sub(r"\[[^\]]*\]", "", key).startswith(bare) for key in old)


def _events(found: Settings) -> set[str]:
    value = found.get("on")
    listed = value if isinstance(value, tuple) else (value,)
    return {f"on.{each}" for each in listed if each} | {key for key in found if key.startswith("on.")}


def _runs_checks(parent: str, found: Settings) -> bool:
    """Whether the job or step runs something that checks the project."""
    inside = {key: value for key, value in found.items() if key.startswith(parent)}
    return any(commands.tools(each) or each.startswith("pre-commit ") for each in _commands(inside))


def _job_stays(key: str, new: Settings) -> bool:
    return any(each.startswith(key.rsplit(".", 1)[0] + ".") for each in new)


def _triggers(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    if not any(map(commands.tools, _commands(new))):
        return
    one, other = _event_names(old), _event_names(new)
    gone = one & {"push", "pull_request", "merge_group", "schedule"} - other
    if one and other and gone and not (gone == {"push"} and "pull_request" in other) and gone != {"schedule"}:
        yield _less(file, "on", None, "flag", f"CI no longer runs on {', '.join(sorted(gone))}")
    for event in ("push", "pull_request"):
        was, now = old.get(f"on.{event}.branches"), new.get(f"on.{event}.branches")
        had = set(was) if isinstance(was, tuple) else {was} - {None}
        has = set(now) if isinstance(now, tuple) else {now} - {None}
        lost = had - has if has else set()
        if event in one & other and (
            (had and lost and len(has) < len(had))
            or (
                not had
                and has
                and f"on.{event}.branches" in new
                and "**" not in has
                and event == "pull_request"
                and has != {"main"}
            )
        ):
            yield _less(file, f"on.{event}.branches", now, "flag", f"CI runs for fewer branches on {event} than before")


def _event_names(found: Settings) -> set[str]:
    value = found.get("on")
    listed = value if isinstance(value, tuple) else (value,)
    return {str(each) for each in listed if each} | {key.split(".")[1] for key in found if key.startswith("on.")}


def _matrix(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    for key, was in old.items():
        now = new.get(key)
        if (
            ".matrix." in key
            and isinstance(was, tuple)
            and isinstance(now, tuple)
            and len(now) < len(was)
            and set(now) < set(was)
        ):
            gone = [each for each in was if each not in now]
            versions = [re.findall(r"\d+", str(each)) for each in was]
            kept = [list(map(int, re.findall(r"\d+", str(each)))) for each in now]
            oldest = all(versions) and all(list(map(int, re.findall(r"\d+", str(each)))) < min(kept) for each in gone)
            if not oldest:
                yield _less(file, key, now, "flag", f"CI no longer runs with {', '.join(map(str, gone[:3]))}")


def _rights(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Workflows that get more rights: with secrets over untrusted code, or writing to everything."""
    if "pull_request_target" in _event_names(new) - _event_names(old):
        reason = (
            "This workflow now runs with the repository's secrets for changes of strangers "
            "(pull_request_target). A person must confirm that."
        )
        yield finding(RIGHTS, file.change.path, line_of(file, "pull_request_target", None), "flag", reason)
    for key, now in new.items():
        if key.endswith("permissions") and now == "write-all" and old.get(key) != now:
            reason = (
                "This workflow may now write everything in the repository. Name the permissions that it "
                "needs, or a person confirms it."
            )
            yield finding(RIGHTS, file.change.path, line_of(file, key, now), "flag", reason)


def _less(file: FileDiff, key: str, now: object, severity: Severity, what: str) -> Finding:
    value = now if isinstance(now, tuple | str) else None
    return finding(
        WEAKENED, file.change.path, line_of(file, key, value), severity, f"{what}. Restore it, or a person confirms it."
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


def targets(text: str) -> Targets:
    """The targets of a Makefile or justfile: what each needs, and its recipe."""
    found: Targets = {}
    names: list[str] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line[:1] in ("\t", " ") and names:
            bare = line.strip()
            if bare and not bare.startswith("#"):
                for name in names:
                    needs, lines = found[name]
                    found[name] = (needs, (*lines, bare))
        elif (match := _TARGET.match(line)) and not line.startswith((".PHONY", "#")):
            names = match[1].split()[:1] if ":" in line and "just" in line else match[1].split()
            for name in names:
                before = found.get(name, ((), ()))
                found[name] = ((*before[0], *match[2].split(";")[0].split()), before[1])
        elif line.strip() and not line.startswith("#"):
            names = []
    return found
