"""The scripts of GitLab CI, CircleCI, and of services whose files are lists of commands."""

import re
from collections.abc import Iterator
from typing import Any

from honk.verify.base import Listing
from honk.verify.owners import expressions
from honk.verify.owners.ci_script import Script
from honk.verify.owners.expressions import UNKNOWN, scalar
from honk.verify.owners.yaml_files import items, load, table

_GITLAB_KEYS = {"stages", "variables", "workflow", "include", "default", "image", "services", "cache", "before_script"}
_NOT_FOR_CHANGES = re.compile(r"\$CI_COMMIT_TAG(?!\s*==\s*null)|schedule|\btags\b|\btriggers?\b|\bapi\b|\bweb\b")
_DEPLOYS = re.compile(r"(?i)deploy|release|publish|production|staging")
_SCRIPT_KEYS = re.compile(
    r"(?:before_|after_|test_|lint_|check_|format_|build_|install_|setup_)?script|commands?|bash|install|tasks?|cmds"
)


def gitlab(listing: Listing, path: str) -> list[list[Script]]:
    """The scripts of a `.gitlab-ci.yml` and of the files of the repository that it includes. Raises UnreadableYaml."""
    jobs = load(listing.text(path))
    for entry in items(jobs.get("include")):
        local = table(entry).get("local") if isinstance(entry, dict) else entry
        if isinstance(local, str) and (local := local.lstrip("/")) in listing.paths:
            jobs = {**load(listing.text(local)), **jobs}
    default = table(jobs.get("default"))
    before = default.get("before_script", jobs.get("before_script"))
    variables = table(jobs.get("variables"))
    found: list[list[Script]] = []
    for name in jobs:
        if name.startswith(".") or name in _GITLAB_KEYS or not isinstance(jobs[name], dict):
            continue
        job = _extended(jobs, name, 0)
        env = {key: scalar(value) for key, value in {**variables, **table(job.get("variables"))}.items()}
        lines = [*_lines(jobs, job.get("before_script", before)), *_lines(jobs, job.get("script"))]
        text = "\n".join(lines)
        found += [
            [Script(text, path, name, "", "", (*{**env, **variant}.items(),), _gitlab_reason(job, name))]
            for variant in _gitlab_matrix(job)
        ]
    return found


def _extended(jobs: dict[str, Any], name: str, depth: int) -> dict[str, Any]:
    job = table(jobs.get(name))
    base: dict[str, Any] = {}
    for parent in items(job.get("extends")) if depth < 10 else []:
        base |= _extended(jobs, scalar(parent), depth + 1)
    return {**base, **job}


def _lines(jobs: dict[str, Any], value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 10:
        for item in value:
            yield from _lines(jobs, item, depth + 1)
    elif isinstance(value, dict) and depth < 10:
        at: Any = jobs
        for key in items(value.get("!reference")):
            at = table(at).get(scalar(key))
        yield from _lines(jobs, at if at is not jobs else None, depth + 1)


def _gitlab_matrix(job: dict[str, Any]) -> Iterator[dict[str, str]]:
    rows = items(table(job.get("parallel")).get("matrix")) or [{}]
    for row in rows[: expressions.MAX_VARIANTS]:
        matrix = {key: items(value) for key, value in table(row).items()}
        used = " ".join(f"matrix.{key}" for key in matrix)
        for variant in expressions.variants(matrix, used):
            yield {key.removeprefix("matrix."): value for key, value in variant.items()}


def _gitlab_reason(job: dict[str, Any], name: str) -> str:
    if job.get("when") == "manual":
        return "is started by hand"
    if _DEPLOYS.search(scalar(job.get("stage"))) or re.match(r"(?i)deploy|release|publish|pages$", name):
        return "belongs to a deployment"
    if job.get("allow_failure") is True:
        return "may fail in the owners' CI (allow_failure)"
    only = job.get("only")
    if only and all(_NOT_FOR_CHANGES.fullmatch(scalar(ref)) for ref in items(only) if isinstance(only, list)):
        return "runs only for tags or schedules" if isinstance(only, list) else ""
    rules = [scalar(table(rule).get("if")) for rule in items(job.get("rules"))]
    if rules and all(_NOT_FOR_CHANGES.search(rule) for rule in rules):
        return "runs only for tags or schedules"
    return ""


def circleci(listing: Listing, path: str) -> list[list[Script]]:
    """The scripts of a `.circleci/config.yml`. Raises UnreadableYaml."""
    config = load(listing.text(path))
    commands = table(config.get("commands"))
    found: list[list[Script]] = []
    for name, raw in table(config.get("jobs")).items():
        job = table(raw)
        reason = "belongs to a deployment" if _DEPLOYS.match(str(name)) else ""
        env = {key: scalar(value) for key, value in table(job.get("environment")).items()}
        values = _defaults(job)
        folder = scalar(job.get("working_directory")).removeprefix("~/").partition("/")[2]
        base = Script("", path, str(name), "", folder, (*env.items(),), reason)
        found.append([*_circle_steps(job.get("steps"), commands, values, base, 0)])
    return found


def _circle_steps(
    steps: Any, commands: dict[str, Any], values: dict[str, str], base: Script, depth: int
) -> Iterator[Script]:
    for step in items(steps):
        name, value = next(iter(step.items()), ("", None)) if isinstance(step, dict) else (scalar(step), {})
        if name == "run":
            run = value if isinstance(value, dict) else {"command": value}
            env = (*base.env, *((key, scalar(item)) for key, item in table(run.get("environment")).items()))
            folder = _filled(scalar(run.get("working_directory")), values) or base.folder
            text = _filled(scalar(run.get("command")), values)
            yield Script(text, base.source, base.job, scalar(run.get("name")), folder, env, base.left_out)
        elif name in ("when", "unless"):
            yield from _circle_steps(table(value).get("steps"), commands, values, base, depth + 1)
        elif name in commands and depth < 5:
            given = {key: scalar(item) for key, item in table(value).items()}
            inner = {**_defaults(table(commands[name])), **given}
            yield from _circle_steps(table(commands[name]).get("steps"), commands, inner, base, depth + 1)


def _defaults(holder: dict[str, Any]) -> dict[str, str]:
    return {name: scalar(table(item).get("default")) for name, item in table(holder.get("parameters")).items()}


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"<<\s*parameters\.([\w-]+)\s*>>", lambda match: values.get(match[1], UNKNOWN), text)


def lists(listing: Listing, path: str) -> list[list[Script]]:
    """The scripts of a file whose jobs are lists of commands under usual keys (Travis, Azure, Bitbucket, Woodpecker …).

    Raises UnreadableYaml.
    """
    config = load(listing.text(path))
    return [[Script(text, path, name)] for name, text in _walk(config, "", 0)]


def _walk(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """The scripts below `value`, with the name of the job; those of one job are one script."""
    if depth > 12:
        return
    if isinstance(value, dict):
        label = scalar(value.get("displayName") or value.get("name") or value.get("job")) or name
        if _DEPLOYS.match(label):
            return
        own = [line for key, item in value.items() if _SCRIPT_KEYS.fullmatch(str(key)) for line in _texts(item)]
        if own:
            yield label, "\n".join(own)
        for key, item in value.items():
            if not isinstance(item, str) and not _DEPLOYS.match(str(key)):
                yield from _walk(item, label or str(key), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, name, depth + 1)


def _texts(value: Any) -> Iterator[str]:
    for item in items(value):
        if isinstance(item, str):
            yield item


READERS = {
    ".gitlab-ci.yml": gitlab,
    ".circleci/config.yml": circleci,
    ".travis.yml": lists,
    "azure-pipelines.yml": lists,
    ".azure-pipelines.yml": lists,
    "bitbucket-pipelines.yml": lists,
    ".cirrus.yml": lists,
    ".drone.yml": lists,
    ".woodpecker.yml": lists,
    ".woodpecker.yaml": lists,
    ".buildkite/pipeline.yml": lists,
}
