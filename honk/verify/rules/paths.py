"""Paths that need a person: protected ones, configuration of agents and tools, and what no diff shows."""

import posixpath
import re
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import SUBMODULE, SYMLINK, FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.diff_hunks import paths

HUGE = 3000
"""More added lines of one file than this are flagged."""

_AGENTS = path_patterns.listed(
    """
    .claude/** .mcp.json mcp.json CLAUDE.md CLAUDE.local.md AGENTS.md GEMINI.md .cursor/**
    .cursorrules .windsurfrules .clinerules .github/copilot-instructions.md .aider* .continue/**
    .codex/** .gemini/**
    """
)
_TOOLS = path_patterns.listed(
    """
    .vscode/tasks.json .vscode/settings.json .vscode/launch.json .idea/** .devcontainer/** .husky/**
    .githooks/** .envrc .npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs pip.conf .pypirc .netrc .gitmodules
    .gitattributes .gitconfig .tool-versions
    """
)
_OWNERS = ("CODEOWNERS", ".github/settings.yml", "SECURITY.md")
_LOCKS = ("*.lock", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "*.snap", "bun.lockb")
_PICTURES = path_patterns.listed(
    """
    *.png *.jpg *.jpeg *.gif *.webp *.avif *.ico *.svg *.woff *.woff2 *.ttf *.otf *.eot *.mp3 *.ogg
    *.wav *.flac *.m4a *.mp4 *.webm *.pdf
    """
)


def protected_paths(rule_input: RuleInput) -> Iterator[Finding]:
    """Paths that only a person may change, by `policy.protected_paths` of the base commit."""
    patterns = rule_input.config.policy.protected
    for file in rule_input.diff.files:
        path = next((path for path in paths(file) if path_patterns.matches(path, patterns)), "")
        if path:
            reason = "honk.toml protects this path: only a person may change it. Undo the change to this file."
            yield finding("protected-path", path, 0, "block", reason)


def agent_and_tool_files(rule_input: RuleInput) -> Iterator[Finding]:
    """Files that configure agents, editors, package managers or git for whoever checks the branch out."""
    for file in rule_input.diff.files:
        path = file.change.path
        if path_patterns.matches(path, _AGENTS):
            yield finding(
                "agent-file",
                path,
                0,
                "flag",
                "This file instructs coding agents from now on; a person must look at it.",
            )
        elif path_patterns.matches(path, _TOOLS) and not _harmless_tool_file(file):
            reason = "This file can run or redirect programs of people who check it out; a person must look."
            yield finding("tool-file", path, 0, "flag", reason)
        elif path_patterns.matches(path, _OWNERS) and not (
            file.change.status == "added" and rule_input.asked("codeowners", "code owners")
        ):
            yield finding("ownership", path, 0, "flag", "This changes who reviews what; a person must look at it.")


_REDIRECTS = {
    ".gitattributes": re.compile(r"filter|diff=|merge=|export-|working-tree-encoding|linguist-(?:vendored|generated)"),
    ".npmrc": re.compile(
        r"registry|auth|script|prefix|config|node-options|cafile|strict-ssl|proxy|shell|git\b|editor|cache|before|omit"
    ),
    ".tool-versions": re.compile(r"path:|ref:"),
}


def _harmless_tool_file(file: FileDiff) -> bool:
    """Whether the file is of a format in which only some lines can redirect, and the change adds none of them."""
    redirects = _REDIRECTS.get(file.change.path.rsplit("/", 1)[-1])
    lines = (line.text for line in file.lines if line.sign == "+" or file.change.status == "deleted")
    return redirects is not None and not any(redirects.search(line) for line in lines if line[:1] not in "#;")


def links_and_submodules(rule_input: RuleInput) -> Iterator[Finding]:
    """Symlinks that lead outside, submodules."""
    for file in rule_input.diff.files:
        path = file.change.path
        if file.change.status == "deleted":
            continue
        if file.mode == SUBMODULE:
            yield finding(
                "submodule",
                path,
                0,
                "flag",
                "This brings in code of another repository that the diff does not show; a person must look.",
            )
        if file.mode == SYMLINK and _leads_outside(file):
            reason = "This symbolic link leads out of the repository. Remove it."
            yield finding("symlink-outside", path, 1, "block", reason)


_STRAY = re.compile(
    r"(^|/)(node_modules|bower_components|\.venv|venv|site-packages|__pycache__|\.pytest_cache|\.mypy_cache"
    r"|\.ruff_cache|htmlcov|\.nyc_output|\.idea|\.gradle|\.next|\.terraform)/"
    r"|(^|/)(dist|build|out|target|coverage|bin|obj)/.*\.(?:js|css|map|class|jar|pyc|o|so|dll|exe|html|wasm|rlib"
    r"|d|xml|lcov|info|whl|tgz|gz)$"
    r"|\.(?:orig|rej|bak|swp|swo|tmp|pyc|pyo|class|log|pid|prof|coverage|sqlite3?|db|dump|core|old|patch|diff)$"
    r"|(^|/)(?:\.DS_Store|Thumbs\.db|npm-debug\.log.*|\.coverage|nohup\.out|core|\.env(?!\.example|\.sample"
    r"|\.template).*|coverage\.xml|junit\.xml|a\.out)$"
    r"|\.min\.(?:js|css)$|~$|(^|/)(?:copy_of_|scratch|tmp_|debug_)[^/]*$"
)
_VENDORED = re.compile(r"(^|/)(vendor|third_party|vendored|_vendor|external)/")


def stray_files(rule_input: RuleInput) -> Iterator[Finding]:
    """New files that tools make or install, left-overs, copies of other projects' code, and changed licences."""
    for file in rule_input.diff.files:
        path, status = file.change.path, file.change.status
        if status == "added" and _STRAY.search(path) and not languages.is_supporting(path):
            reason = (
                "A tool made or installed this file, or it is left over from the work; it does not belong in "
                "the change. Remove it."
            )
            yield finding("stray-file", path, 1, "flag", reason)
        elif (
            status == "added"
            and _VENDORED.search(path)
            and not any(each.startswith(path.rsplit("/", 1)[0]) for each in rule_input.before.paths)
        ):
            reason = (
                "This copies code of another project into the repository, which nobody reviews. Depend on it "
                "instead, or a person confirms it."
            )
            yield finding("vendored-code", path, 1, "flag", reason)
        elif (
            status == "modified"
            and _VENDORED.search(path)
            and not rule_input.asked("vendor", "upgrad", "updat", "third", "patch")
        ):
            reason = (
                "This edits the copy of another project's code, so the edit is lost with the next version. Change it"
                " there, or a person confirms it."
            )
            yield finding("vendored-code", path, 1, "flag", reason)
        elif (
            status == "modified"
            and re.search(r"(^|/)(LICENSE|LICENCE|COPYING)(\.\w+)?$", path)
            and not rule_input.asked("licen", "copyright", "year")
        ):
            if any(not re.search(r"(?i)copyright|\b20\d\d\b", line.text) for line in file.added):
                yield finding(
                    "stray-file",
                    path,
                    1,
                    "flag",
                    "This changes the licence, which nobody asked for. Undo it, or a person confirms it.",
                )
        elif status != "deleted" and re.search(r"(^|/)\.gitignore$", path):
            yield from _ignored(rule_input, file)


def _ignored(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """New patterns of .gitignore that match tests or sources of the base."""
    folder = posixpath.dirname(file.change.path)
    for line in file.added:
        pattern = line.text.strip()
        if not pattern or pattern.startswith(("#", "!")) or path_patterns.refusal(pattern):
            continue
        inside = (
            path.removeprefix(f"{folder}/") if folder else path
            for path in rule_input.after.paths
            if path.startswith(folder)
        )
        hit = next((path for path in inside if path_patterns.matches(path, (pattern,)) and languages.of(path)), "")
        if hit:
            reason = (
                f"git now ignores `{pattern}`, which matches tracked files such as {hit}, so that changes "
                "there are easily lost. A person must confirm it."
            )
            yield finding("stray-file", file.change.path, line.number, "flag", reason)


def unreadable_files(rule_input: RuleInput) -> Iterator[Finding]:
    """Binary files, and changes that are too long to read."""
    for file in rule_input.diff.files:
        path = file.change.path
        if file.mode in (SYMLINK, SUBMODULE) or (file.change.status == "deleted" and not file.truncated):
            continue
        if file.change.binary and not path_patterns.matches(path, _PICTURES):
            yield finding(
                "binary-file",
                path,
                0,
                "flag",
                "This is a binary file, so the diff does not show what it does; a person must look.",
            )
        elif file.truncated:
            reason = "This file's change is too long, so the guard has read only a part of it; a person must look."
            yield finding("huge-change", path, 0, "flag", reason)
        elif file.change.added > HUGE and not path_patterns.matches(path, _LOCKS):
            yield finding(
                "huge-change",
                path,
                1,
                "flag",
                f"{file.change.added} lines are added; a person must decide how to review them.",
            )


def _leads_outside(file: FileDiff) -> bool:
    folder = posixpath.dirname(file.change.path)
    for line in file.added:
        target = posixpath.normpath(posixpath.join(folder, line.text))
        if target.startswith(("/", "../", ".git/")) or target in ("..", ".git"):
            return True
    return False
