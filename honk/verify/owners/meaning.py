"""What one step means: checks, installs, or a check that is not run and why. Follows the project's task runners."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from honk.verify.base import Listing
from honk.verify.owners import expansion, plain_checks, programs, shell_script, wrappers
from honk.verify.owners.step import Group, Install, LeftOut, Meaning, OwnersCheck, OwnersStep
from honk.verify.syntax import commands

_INSTALLS = re.compile(
    r"(pip3?|uv pip|poetry|pdm|npm|pnpm|yarn|bun|bundle|gem|composer|dotnet tool|mix deps\.\S+|mix local\S*"
    r"|cargo|go|rustup|luarocks"
    r"|conda|mamba|apt|apt-get|brew|pipenv|uv|uv tool|pipx|hatch env|swift package|flutter pub|dart pub|opam|cabal) "
    r"(install|add|sync|ci|i|restore|get|update|create|component|resolve|fetch|lock|require|develop|self"
    r"|deps)\b|(yarn|pnpm|dotnet restore)$"
)
_NOT_LISTED = re.compile(
    r"\b(pip3?|npm|pnpm|yarn|apt-get|apt|brew|poetry|bundle|uv|gem) +(install|ci|sync|add|update)\b"
)
MAX_DEPTH = 6
"""Task runners that call each other are followed so deep."""

_GROUP_NAMES: dict[str, Group] = {"test": "test", "lint": "lint", "type": "types", "format": "format", "build": "build"}


def meanings(step: OwnersStep, listing: Listing, depth: int = 0) -> list[Meaning]:
    """What the step means; empty where it is nothing that matters for verification."""
    if not step.words:
        return _block(step)
    if re.search(r"\|\|\s*(?:true|:)\s*$", step.text):
        return []
    call = wrappers.unwrap(step.text, step.words)
    if not call.core:
        return []
    core = _plain(call.core)
    if _INSTALLS.match(" ".join((programs.base_name(core[0]), *core[1:]))):
        return [Install((*core,), step)]
    if reason := programs.left_out(core):
        return [LeftOut(step, reason)]

    def follow(lines: Sequence[str], caller: OwnersStep) -> list[Meaning]:
        return _of_lines(lines, caller, listing, depth + 1)

    if depth < MAX_DEPTH and (expanded := expansion.expand(step, call, listing, follow)) is not None:
        return expanded
    group = programs.group_of(core)
    return [] if group is None else plain_checks.check(step, call, group, listing)


def _plain(core: tuple[str, ...]) -> tuple[str, ...]:
    """The command with global options before its subcommand taken out, so that the subcommand is the second word."""
    program = programs.base_name(core[0])
    takes = {"npm": {"--prefix", "-C"}, "yarn": {"--cwd"}, "pnpm": {"-C", "--dir"}, "composer": {"-d"}, "bundle": set()}
    if program not in takes:
        return core
    rest = list(core[1:])
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in takes[program] else rest[1:]
    return (core[0], *rest)


def _block(step: OwnersStep) -> list[Meaning]:
    """A whole `if`, loop or pipe is one check where a checking program decides its result."""
    text = step.text
    if "gofmt" in text or "goimports" in text or "gofumpt" in text:
        tool = next(name for name in ("gofumpt", "goimports", "gofmt") if name in text)
        return [OwnersCheck("format", tool, f'test -z "$({tool} -l . | tee /dev/stderr)"', step)]
    found = {tool: kind for tool, kind in commands.tools(text).items() if kind in _GROUP_NAMES}
    if not found or _NOT_LISTED.search(text) or re.search(r"\b(docker|curl|wget|gh|git push)\b", text):
        return []
    tool, kind = next(iter(found.items()))
    if reason := programs.left_out(shell_script.words(tool)):
        return [LeftOut(step, reason)]
    if re.search(r"--(?:write|fix)\b", text):
        return [LeftOut(step, "rewrites the files")]
    return [OwnersCheck(_GROUP_NAMES[kind], tool.split()[0], f"bash -ec {shlex.quote(text)}", step)]


def _of_lines(lines: Sequence[str], step: OwnersStep, listing: Listing, depth: int) -> list[Meaning]:
    """What the lines of a task mean that `step` runs; each is shown as part of that step."""
    found: list[Meaning] = []
    before: list[OwnersStep] = []
    for line in lines:
        for statement in shell_script.split(line):
            part = replace(
                step,
                text=statement.text,
                words=statement.words,
                where=f"{step.where}: `{step.text}`" if step.where else f"`{step.text}`",
                folder=shell_script.inside(step.folder, statement.folder),
                env=(*{**dict(step.env), **dict(statement.env)}.items(),),
                before=(*step.before, *before),
            )
            found += meanings(part, listing, depth)
            before.append(part)
    return found
