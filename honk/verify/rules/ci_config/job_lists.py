"""Which jobs of a pipeline run at all: hidden jobs, workflows, filters and rules."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.ci_config.ci_commands import elements, runs_checks
from honk.verify.rules.ci_config.ci_finding import checks_less
from honk.verify.syntax.settings import Settings

_RULE = re.compile(r"^(.*?)\.?rules(?:\[[^\]]*\])?\.(if|when)$")


def without_hidden(found: Settings) -> Settings:
    """The settings without jobs of GitLab that begin with a dot and that no other job takes over."""
    used = {str(each) for key, value in found.items() if key.endswith("extends") for each in elements(value)}
    hidden = {key.split(".")[1] for key in found if key.startswith(".") and "." in key[1:]}
    unused = tuple(f".{name}." for name in hidden if f".{name}" not in used)
    return {key: value for key, value in found.items() if not key.startswith(unused)} if unused else found


def jobs_left_out(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Jobs with checks that no workflow starts any more, or only for some changes."""
    had, has = _listed(old), _listed(new)
    for name in had - has:
        if runs_checks(f"jobs.{name}.", old) and any(key.startswith(f"jobs.{name}.") for key in new) and has:
            yield checks_less(file, name, None, "block", f"No workflow runs the job {name} any more")
    for key, now in new.items():
        parts = key.split(".filters.")
        if len(parts) == 2 and key not in old and re.search(r"(?:branches|tags)\.(?:only|ignore)$", key):
            name = parts[0].rsplit(".", 1)[-1].strip("[]")
            if runs_checks(f"jobs.{name}.", new) and name in had:
                yield checks_less(file, key, now, "flag", f"The job {name} runs for fewer branches than before")
    yield from _fewer_rules(file, old, new)
    yield from _stages_left_out(file, old, new)
    for key in ("pr", "trigger"):
        if new.get(key) == "none" and key in old | {name.split(".")[0]: 0 for name in old} and old.get(key) != "none":
            yield checks_less(file, key, None, "flag", f"CI no longer runs on {key}")


def _listed(found: Settings) -> set[str]:
    names = {
        str(each)
        for key, value in found.items()
        if re.fullmatch(r"workflows\.[^.]+\.jobs", key)
        for each in elements(value)
    }
    return names | {match[1] for key in found if (match := re.match(r"workflows\.[^.]+\.jobs\[[^\]]*\]\.([^.]+)", key))}


def _fewer_rules(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Rules of GitLab: a case in which a job ran and no longer does."""
    before, after = _rules(old), _rules(new)
    for job, cases in after.items():
        if not runs_checks(f"{job}.", new) or not any(key.startswith(f"{job}.") for key in old):
            continue
        had = before.get(job, [])
        never = [case for case, when in cases if when == "never" and (case, when) not in had]
        gone = [case for case, when in had if when != "never" and case and (case, when) not in cases]
        if never or (gone and len(cases) < len(had)):
            what = f"`{(never or gone)[0] or 'always'}`"
            yield checks_less(file, "rules", None, "flag", f"The job {job} no longer runs in the case {what[:80]}")


def _stages_left_out(file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Stages of Jenkins under a condition or with a caught failure, and combinations that a matrix leaves out."""
    for key, now in new.items():
        stage = re.match(r"(.*stage\([^)]*\))\.(.*)", key)
        if (
            key in old
            or not stage
            or not any(each.startswith(stage[1]) for each in old)
            or not runs_checks(stage[1], new)
        ):
            continue
        if re.search(r"(?:^|\.)when\.", stage[2]):
            yield checks_less(file, key, now, "flag", f"A stage with checks runs only under a condition ({now})")
        elif re.search(r"catchError|warnError|unstable", stage[2]):
            yield checks_less(file, "catchError", None, "block", "A failing check counts as passed here (catchError)")
    left_out = [key for key in new if ".matrix.exclude" in key and key not in old]
    if left_out and not any(re.sub(r"\[.*", "", key).endswith(".exclude") for key in old if ".matrix." in key):
        yield checks_less(file, "exclude", None, "flag", "The matrix leaves out a combination that was checked before")


def _rules(found: Settings) -> dict[str, list[tuple[str, str]]]:
    cases: dict[str, dict[str, dict[str, str]]] = {}
    for key, value in found.items():
        if match := _RULE.match(key):
            place = key.rsplit(".", 1)[0]
            cases.setdefault(match[1], {}).setdefault(place, {})[match[2]] = str(value)
    return {
        job: [(each.get("if", ""), each.get("when", "")) for each in places.values()] for job, places in cases.items()
    }
