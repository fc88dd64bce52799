"""The hooks of a .pre-commit-config.yaml as commands of the tools that they run."""

import re
import shlex
from typing import Any

from honk.verify.base import Listing
from honk.verify.owners.expressions import scalar
from honk.verify.owners.yaml_files import UnreadableYaml, items, load, table

FILES = (".pre-commit-config.yaml", ".pre-commit-config.yml")

_HOOKS = {
    "ruff": "ruff check", "ruff-check": "ruff check", "ruff-format": "ruff format --check", "black": "black --check",
    "black-jupyter": "black --check", "isort": "isort --check-only", "flake8": "flake8", "pylint": "pylint",
    "mypy": "mypy", "pyright": "pyright", "basedpyright": "basedpyright", "codespell": "codespell", "typos": "typos",
    "bandit": "bandit -r", "pydocstyle": "pydocstyle", "pycodestyle": "pycodestyle", "vulture": "vulture",
    "interrogate": "interrogate", "docformatter": "docformatter --check -r", "yapf": "yapf --diff -r",
    "autopep8": "autopep8 --diff --exit-code -r", "djlint": "djlint", "yamllint": "yamllint",
    "shellcheck": "shellcheck",
    "validate-pyproject": "validate-pyproject", "pyproject-fmt": "pyproject-fmt --check", "deptry": "deptry",
    "eslint": "eslint", "prettier": "prettier --check", "biome-check": "biome check", "biome-ci": "biome ci",
    "biome-lint": "biome lint", "stylelint": "stylelint", "oxlint": "oxlint",
    "clang-format": "clang-format --dry-run --Werror",
    "golangci-lint": "golangci-lint run", "golangci-lint-full": "golangci-lint run", "rubocop": "rubocop",
    "terraform_fmt": "terraform fmt -check -recursive", "markdownlint": "markdownlint",
    "markdownlint-cli2": "markdownlint-cli2",
    "fmt": "cargo fmt -- --check", "clippy": "cargo clippy", "cargo-check": "cargo check",
    "check-manifest": "check-manifest",
    "sqlfluff-lint": "sqlfluff lint", "shfmt": "shfmt -d", "mdformat": "mdformat --check", "ty": "ty check",
    "go-fmt": 'test -z "$(gofmt -l .)"', "go-vet": "go vet ./...", "pyrefly-check": "pyrefly check",
}  # fmt: skip
_WHOLE = {"cargo fmt -- --check", "cargo clippy", "cargo check", "golangci-lint run", "rubocop", "go vet ./..."}
"""Commands that take no paths, as they read the whole project."""

_PYTHON_TOOLS = re.compile(
    r"(ruff|black|isort|flake8|pylint|mypy|pyright|basedpyright|codespell|typos|bandit|pydocstyle|pycodestyle|vulture"
    r"|interrogate|docformatter|yapf|autopep8|djlint|yamllint|validate-pyproject|pyproject-fmt|deptry"
    r"|check-manifest|sqlfluff"
    r"|mdformat|ty|pyrefly)\b"
)
_PATTERN = {"eslint": ".", "prettier": ".", "stylelint": "'**/*.{css,scss}'", "markdownlint": ".", "shellcheck": ""}
_FOLDERS = re.compile(r"\^?\(?(?:\?x)?:?\(?\s*((?:[\w-]+/?(?:[\w-]+/?)*(?:\.\*)?\s*\|?\s*)+)\)?")


def hooks(listing: Listing) -> list[tuple[str, str, tuple[str, ...]]]:
    """For each hook with a known tool: its id, the command, and the requirements of the tool at the pinned version."""
    source = listing.first(FILES)
    try:
        config = load(listing.text(source)) if source else {}
    except UnreadableYaml:  # detection's `unreadable` says so
        return []
    found = []
    for repo in map(table, items(config.get("repos"))):
        for hook in map(table, items(repo.get("hooks"))):
            stages = [scalar(stage) for stage in items(hook.get("stages") or config.get("default_stages"))]
            if stages and not {"commit", "pre-commit"} & set(stages):
                continue
            command = _local(hook) if scalar(repo.get("repo")) == "local" else _known(hook, config)
            if command:
                found.append((scalar(hook.get("id")), command, _needs(command, repo, hook)))
    return found


def _known(hook: dict[str, Any], config: dict[str, Any]) -> str:
    command = _HOOKS.get(scalar(hook.get("id")), "")
    if not command or command in _WHOLE or command.startswith("test "):
        return command
    arguments = [scalar(word) for word in items(hook.get("args"))]
    program = command.split()[0]
    given = shlex.join(arguments)
    text = f"{command} {given}".strip()
    if program in ("validate-pyproject", "pyproject-fmt"):
        return f"{text} pyproject.toml"
    if program in ("shellcheck", "clang-format", "shfmt"):
        return ""  # they need a list of files
    if hook.get("pass_filenames") is False or program in ("codespell", "vulture", "typos"):
        return text
    return f"{text} {_targets(hook, config, program)}".strip()


def _targets(hook: dict[str, Any], config: dict[str, Any], program: str) -> str:
    """The folders that the hook's `files` names, else the whole tree."""
    pattern = scalar(hook.get("files") or config.get("files"))
    match = _FOLDERS.fullmatch(" ".join(pattern.split())) if pattern else None
    names = [name.strip().removesuffix(".*").rstrip("/") for name in match[1].split("|")] if match else []
    return " ".join(name for name in names if name) or _PATTERN.get(program, ".")


def _local(hook: dict[str, Any]) -> str:
    entry = scalar(hook.get("entry"))
    if scalar(hook.get("language")) in ("docker", "docker_image", "fail", "pygrep") or not entry:
        return ""
    arguments = [scalar(word) for word in items(hook.get("args"))]
    text = " ".join(part for part in (entry, shlex.join(arguments)) if part)
    known = _HOOKS.get(scalar(hook.get("id")), "")
    if hook.get("pass_filenames") is False or not known:
        return text if hook.get("pass_filenames") is False else ""
    return f"{text} {_targets(hook, {}, known.split()[0])}".strip()


def _needs(command: str, repo: dict[str, Any], hook: dict[str, Any]) -> tuple[str, ...]:
    match = _PYTHON_TOOLS.match(command)
    if not match or scalar(repo.get("repo")) == "local":
        return ()
    version = re.fullmatch(r"v?(\d+(?:\.\d+)+)", scalar(repo.get("rev")))
    extra = [scalar(item) for item in items(hook.get("additional_dependencies"))]
    extra = [item for item in extra if not item.startswith((".", "@", "/"))]
    pinned = f"{match[1]}=={version[1]}" if version and match[1] not in ("pyright", "typos", "djlint") else match[1]
    return (pinned, *extra)
