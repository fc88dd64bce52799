"""Failures of CI that no longer count, and conditions under which its checks run."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.ci_config.ci_commands import checks_of, elements, parent_of, runs_checks
from honk.verify.rules.ci_config.ci_finding import checks_less
from honk.verify.rules.ci_config.triggers import (
    PATH_FILTERS,
    matrix_reduced,
    paths_left_out,
    shards_left_out,
    triggers_changed,
)
from honk.verify.syntax.settings import Settings

_JOB = re.compile(r"(?:jobs\.)?[^.\[]+")
_FAILURE_ALLOWED = (
    "continue-on-error", "allow_failure", "ignore_failure", "failure_ignored", "soft_fail", "allowFailure",
    "continueOnError", "ignore_error", "exit_codes", "ignore_errors", "catchError",
)  # fmt: skip
_CONDITIONS = ("if", "when", "only", "except", "condition", "rules", "stages")
_NEVER = re.compile(r"(?i)\s*(?:\$\{\{)?\s*(?:false|never|0|manual|always\(\)\s*&&\s*false)\s*(?:\}\})?\s*")
_ALWAYS = re.compile(r"always\(\)|!cancelled\(\)|^always$|success\(\)|on_success")


def conditions_changed(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Failures that no longer count, conditions, and what starts a run, in jobs and steps that the base has."""
    for key, now in new.items():
        if old.get(key) == now:
            continue
        last = key.rsplit(".", 1)[-1]
        if last == "exit_codes" and "allow_failure" not in key:
            continue
        if last in _FAILURE_ALLOWED:
            yield from _failure_allowed(file, key, old, new)
        elif last in _CONDITIONS:
            yield from _conditional(file, key, old, new)
        elif last in PATH_FILTERS:
            yield from paths_left_out(file, key, old, new)
    for key in old:
        if key.rsplit(".", 1)[-1] == "needs":
            yield from _no_longer_needed(file, key, old, new)
    yield from triggers_changed(file, old, new)
    yield from matrix_reduced(file, old, new)
    yield from shards_left_out(file, old, new)


def _failure_allowed(file: FileDiff, key: str, old: Settings, new: Settings) -> Iterator[Finding]:
    if (
        new[key] not in (False, None)
        and not old.get(key)
        and runs_checks(parent_of(key).removesuffix(".allow_failure"), new)
    ):
        yield checks_less(file, key, new[key], "block", "A failing check counts as passed here")


def _conditional(file: FileDiff, key: str, old: Settings, new: Settings) -> Iterator[Finding]:
    was, said = old.get(key), str(new[key])
    if said == str(was) or not _step_or_job_known(key, old):
        return
    needed = elements(new.get(f"{parent_of(key)}.needs"))
    if was is not None and re.search(r"always\(\)|!cancelled\(\)", said) and "always()" not in str(was):
        waited = [str(each) for each in needed if runs_checks(f"jobs.{each}.", new)]
        if waited and not runs_checks(parent_of(key), new) and "needs." not in said:
            yield checks_less(file, key, new[key], "flag", f"This job now runs even if {', '.join(waited)} failed")
        return
    if not runs_checks(parent_of(key), new):
        return
    if _NEVER.fullmatch(said):
        yield checks_less(file, key, new[key], "block", "A check of CI never runs any more")
    elif not _ALWAYS.search(said) if was is None else "&&" in said and str(was) in said:
        yield checks_less(file, key, new[key], "flag", f"A check of CI now runs only under a condition (`{said[:60]}`)")


def _step_or_job_known(key: str, old: Settings) -> bool:
    parent = parent_of(key)
    if any(parent_of(each, each) == parent for each in old):
        return True
    jobs = {match[0] for each in old if (match := _JOB.match(each))}
    match = _JOB.match(key)
    return match is not None and match[0] in jobs and _step_known(parent, old)


def _no_longer_needed(file: FileDiff, key: str, old: Settings, new: Settings) -> Iterator[Finding]:
    if old[key] == new.get(key) or not _job_stays(key, new):
        return
    kept = elements(new.get(key))
    gone = [str(each) for each in elements(old[key]) if each not in kept]
    place = re.match(r"(.*?)[^.]+\.needs$", key)
    gone = [each for each in gone if any(other.startswith(f"{place[1] if place else ''}{each}.") for other in new)]
    own = checks_of(key.rsplit(".", 1)[0], new)
    if any(checks_of(f"{place[1] if place else ''}{each}.", new) - own for each in gone):
        yield checks_less(
            file, key, None, "flag", f"A job no longer waits for {', '.join(gone)}, which checks the change"
        )


def _step_known(parent: str, old: Settings) -> bool:
    bare = re.sub(r"\[[^\]]*\]", "", parent)
    return any(re.sub(r"\[[^\]]*\]", "", key).startswith(bare) for key in old)


def _job_stays(key: str, new: Settings) -> bool:
    return any(each.startswith(key.rsplit(".", 1)[0] + ".") for each in new)
