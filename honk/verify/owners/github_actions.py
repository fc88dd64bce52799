"""The commands of GitHub Actions: `run` steps, and the actions that are a command in another form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from honk.verify.base import Listing
from honk.verify.owners import expressions
from honk.verify.owners.ci_script import Script
from honk.verify.owners.expressions import scalar
from honk.verify.owners.yaml_files import UnreadableYaml, items, load, table

_TRIGGERS = {"push", "pull_request", "pull_request_target", "merge_group", "workflow_call"}
_NOT_FOR_CHANGES = re.compile(
    r"refs/tags|event_name\s*==\s*'(?:release|schedule|workflow_dispatch)'|github\.event\.(?:release|schedule)"
    r"|event\.label|^\s*(?:false|\$\{\{\s*false)|failure\(\)|cancelled\(\)|runner\.os\s*==\s*'(?:Windows|macOS)'"
    r"|inputs\.release|dependabot\[bot\]'\s*(?!.*!=)"
)
_ACTIONS = {
    "astral-sh/ruff-action": "ruff {args|check} {src|.}",
    "chartboost/ruff-action": "ruff {args|check} {src|.}",
    "psf/black": "black {options|--check --diff} {src|.}",
    "rickstaa/action-black": "black {black_args|. --check}",
    "isort/isort-action": "isort {configuration|--check-only --diff} {sort-paths|.}",
    "jpetrucciani/mypy-check": "mypy {mypy_flags|} {path|.}",
    "jakebailey/pyright-action": "pyright {extra-args|}",
    "py-actions/flake8": "flake8 {args|} {path|.}",
    "codespell-project/actions-codespell": "codespell {path|}",
    "crate-ci/typos": "typos {files|}",
    "pre-commit/action": "pre-commit run {extra_args|--all-files}",
    "j178/prek-action": "pre-commit run {extra_args|--all-files}",
    "golangci/golangci-lint-action": "golangci-lint run {args|}",
    "dominikh/staticcheck-action": "staticcheck {checks|} ./...",
    "reviewdog/action-golangci-lint": "golangci-lint run {golangci_lint_flags|}",
    "actions-rs/cargo": "cargo {command} {args|}",
    "actions-rs/clippy-check": "cargo clippy {args|}",
    "giraffate/clippy-action": "cargo clippy {clippy_flags|}",
    "clechasseur/rs-cargo": "cargo {command} {args|}",
    "clechasseur/rs-clippy-check": "cargo clippy {args|}",
    "actions-rust-lang/rustfmt": "cargo fmt --all --check",
    "embarkstudios/cargo-deny-action": "cargo deny check",
    "gradle/gradle-build-action": "gradle {arguments}",
    "burrunan/gradle-cache-action": "gradle {arguments}",
    "ludeeus/action-shellcheck": "shellcheck {scandir|.}",
    "davidanson/markdownlint-cli2-action": "markdownlint-cli2 {globs|*.{md,markdown}}",
    "biomejs/setup-biome": "",
    "wagoid/commitlint-github-action": "",
    "cypress-io/github-action": "cypress run",
    "php-actions/phpunit": "phpunit {args|}",
    "php-actions/phpstan": "phpstan analyse {path|}",
    "php-actions/composer": "composer {command|install}",
    "ramsey/composer-install": "composer install",
    "oskarstark/php-cs-fixer-ga": "php-cs-fixer fix {args|--dry-run --diff}",
    "erlef/setup-beam": "",
    "denoland/setup-deno": "",
    "norio-nomura/action-swiftlint": "swiftlint {args|}",
    "jidicula/clang-format-action": "clang-format --dry-run --Werror",
}
"""What an action runs; `{input|default}`. An action that is not here runs nothing that Honk knows."""


def scripts(listing: Listing, path: str) -> list[list[Script]]:
    """The scripts of one workflow, those of each job (and variant of its matrix) together. Raises UnreadableYaml."""
    flow = load(listing.text(path))
    triggers = flow.get("on")
    names = set(triggers) if isinstance(triggers, dict | list) else {scalar(triggers)}
    if not names & _TRIGGERS or _only_tags(triggers):
        return []
    found: list[list[Script]] = []
    values = expressions.contexts() | _inputs(table(table(triggers).get("workflow_call")).get("inputs"))
    for name, raw in table(flow.get("jobs")).items():
        job = table(raw)
        top = _Context(listing, path, str(name), values, _env(flow.get("env")), _folder(flow))
        found += _job(job, top)
    return found


@dataclass(frozen=True)
class _Context:
    listing: Listing
    source: str
    job: str
    values: dict[str, str]
    env: dict[str, str]
    folder: str
    left_out: str = ""
    depth: int = 0


def _job(job: dict[str, Any], top: _Context) -> Iterator[list[Script]]:
    matrix = table(job.get("strategy")).get("matrix")
    steps = [table(step) for step in items(job.get("steps"))]
    used = " ".join(str(part) for step in steps for key, part in step.items() if key != "name")
    runs_on = " ".join(map(scalar, items(job.get("runs-on"))))
    windows = "windows" in runs_on.lower() and "matrix" not in runs_on
    reason = "runs on Windows only" if windows else _condition(job.get("if"))
    context = replace(top, env={**top.env, **_env(job.get("env"))}, folder=_folder(job) or top.folder, left_out=reason)
    used += str(job.get("env")) + str(table(job.get("defaults")))
    for variant in expressions.variants(matrix, used):
        yield [*_steps(steps, replace(context, values={**context.values, **variant}))]


def _steps(steps: list[dict[str, Any]], context: _Context) -> Iterator[Script]:
    for step in steps:
        env = {**context.env, **_env(step.get("env"))}
        values = {**context.values, **{f"env.{key}": value for key, value in env.items()}}
        filled = {key: expressions.fill(value, values) for key, value in env.items()}
        folder = expressions.fill(scalar(step.get("working-directory")), values) or context.folder
        reason = context.left_out or _condition(step.get("if"))
        if step.get("continue-on-error") is True:
            reason = reason or "may fail in the owners' CI (continue-on-error)"
        if scalar(step.get("shell")).startswith(("pwsh", "powershell", "cmd")):
            reason = reason or "is a script for PowerShell"
        script = Script("", context.source, context.job, scalar(step.get("name")), folder, (*filled.items(),), reason)
        if isinstance(run := step.get("run"), str):
            yield replace(script, text=expressions.fill(run, values))
        elif isinstance(uses := step.get("uses"), str):
            given = {key: expressions.fill(scalar(value), values) for key, value in table(step.get("with")).items()}
            yield from _action(uses, given, script, context)


def _action(uses: str, given: dict[str, str], script: Script, context: _Context) -> Iterator[Script]:
    if uses.startswith("./") and context.depth < 3:
        folder = uses.removeprefix("./").rstrip("/")
        path = context.listing.first((f"{folder}/action.yml", f"{folder}/action.yaml"))
        try:
            action = load(context.listing.text(path)) if path else {}
        except UnreadableYaml:  # `ci.unreadable` says so
            return
        inputs = {**_inputs(action.get("inputs")), **{f"inputs.{key}": value for key, value in given.items()}}
        inner = replace(
            context,
            source=path,
            values={**context.values, **inputs},
            env=dict(script.env),
            depth=context.depth + 1,
            left_out=script.left_out,
        )
        yield from _steps([table(step) for step in items(table(action.get("runs")).get("steps"))], inner)
        return
    name = uses.partition("@")[0].lower()
    template = _ACTIONS.get(name, "")
    if template:
        yield replace(script, text=_call(template, given), name=script.name or uses)


def _call(template: str, given: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, _, default = match[1].partition("|")
        return given.get(name) or default

    text = re.sub(r"\{([\w-]+(?:\|(?:[^{}]|\{[^}]*\})*)?)\}", value, template)
    if text.startswith(("ruff format", "ruff check --", "ruff --")):
        text = text.replace("ruff --", "ruff check --", 1)
    return " ".join(text.split())


def _condition(condition: Any) -> str:
    text = scalar(condition)
    if not _NOT_FOR_CHANGES.search(text):
        return ""
    return f"runs only under the condition `{' '.join(text.split())[:80]}`"


def _only_tags(triggers: Any) -> bool:
    """Whether the workflow runs for tags alone."""
    if not isinstance(triggers, dict) or triggers.keys() & (_TRIGGERS - {"push"}):
        return False
    push = table(triggers.get("push"))
    return "tags" in push and "branches" not in push and "paths" not in push


def _inputs(inputs: Any) -> dict[str, str]:
    return {f"inputs.{name}": scalar(table(item).get("default")) for name, item in table(inputs).items()}


def _env(env: Any) -> dict[str, str]:
    return {name: scalar(value) for name, value in table(env).items()}


def _folder(holder: dict[str, Any]) -> str:
    return scalar(table(table(holder.get("defaults")).get("run")).get("working-directory"))
