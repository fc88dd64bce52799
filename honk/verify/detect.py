"""Detects a project's verifiers and the set-up that they need. Pure: a listing in, values out.

For each kind: the command in `honk.toml` (an empty string: none of that kind), else what the owners' own files run
(`owners/`: CI first), else a Make or just target, else what the ecosystems offer.
"""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from honk.core import honk_toml
from honk.core.honk_toml import HonkToml
from honk.verify import packages
from honk.verify.base import KINDS, Kind, Listing, Needs, SetUpPlan, Verifier
from honk.verify.ecosystems import make_and_just
from honk.verify.ecosystems.registry import ECOSYSTEMS
from honk.verify.owners import ci, evidence
from honk.verify.owners.evidence import Evidence
from honk.verify.owners.step import LeftOut, OwnersCheck

_NODE_TYPES = {"tsc", "vue-tsc", "tsgo", "svelte-check", "flow", "astro", "npm", "yarn", "pnpm", "bun"}


@dataclass(frozen=True)
class Detection:
    """Everything that was found. `left_out` are owners' checks that are not run, `notices` sentences for people: which
    files cannot be read, and which limits were reached."""

    verifiers: tuple[Verifier, ...]
    setup: SetUpPlan
    left_out: tuple[LeftOut, ...] = ()
    notices: tuple[str, ...] = ()


def inspect(listing: Listing, config: HonkToml) -> Detection:
    """The verifiers (cheapest first), the set-up, and what is not known."""
    found = evidence.collect(listing)
    folders, limits = packages.folders(listing, {check.step.folder for check in found.checks})
    verifiers = [verifier for folder in folders for verifier in _package(listing, folder, found)]
    notices = (*_unreadable(listing, folders), *ci.unreadable(listing), *limits)
    setup = _setup(listing, config, folders, found, verifiers)
    return Detection(_chosen(verifiers, config), setup, found.left_out, notices)


def touches_setup(plan: SetUpPlan, changed: Iterable[str]) -> bool:
    """Whether set-up must run again after a change to these paths: one is an input of it, or a new manifest."""
    return any(path in plan.inputs or packages.is_manifest(path) for path in changed)


def _chosen(found: list[Verifier], config: HonkToml) -> tuple[Verifier, ...]:
    chosen: list[Verifier] = []
    for kind in KINDS:
        command: str | None = getattr(config.verify, kind)
        if command is None:
            chosen += [verifier for verifier in found if verifier.kind == kind]
        elif command.strip():
            chosen.append(Verifier(kind, command, honk_toml.FILENAME, kind))
    return _distinct(chosen)


def _setup(
    listing: Listing, config: HonkToml, folders: tuple[str, ...], found: Evidence, verifiers: list[Verifier]
) -> SetUpPlan:
    inputs = {path for path in listing.paths if packages.is_manifest(path) and "node_modules/" not in path}
    if config.setup.run is not None:
        words = {word.removeprefix("./") for command in config.setup.run for word in _words(command)}
        own = {honk_toml.FILENAME} & listing.paths
        return SetUpPlan(config.setup.run, tuple(sorted(inputs | own | (words & listing.paths))))
    commands: list[str] = []
    for folder in folders:
        here = _at(listing, folder)
        needs = _needs(listing, folder, found, verifiers)
        covered = packages.installed_by_workspace(listing, folder)
        steps = [
            step for ecosystem in ECOSYSTEMS if ecosystem.name not in covered for step in ecosystem.setup(here, needs)
        ]
        commands += [_inside(folder, step) for step in steps]
    sources = {verifier.source for verifier in verifiers if verifier.owners}
    return SetUpPlan(tuple(dict.fromkeys(commands)), tuple(sorted(inputs | sources)))


def _needs(listing: Listing, folder: str, found: Evidence, verifiers: list[Verifier]) -> Needs:
    checks = [check for check in found.checks if check.step.folder == folder]
    installs = [install.words for install in found.installs if install.step.folder == folder]
    tools = [each for check in checks for each in (*check.needs, check.tool, *_plugins(check))]
    others = [verifier.command for verifier in verifiers if verifier.folder == folder and not verifier.owners]
    words = frozenset(word for command in others for word in command.split())
    return Needs(tuple(installs), tuple(tools), evidence.hatch_installs(_at(listing, folder), checks), words)


def _plugins(check: OwnersCheck) -> tuple[str, ...]:
    """What a check's options come from: pytest's `--cov` is a plugin's."""
    if check.tool != "pytest":
        return ("coverage",) if check.command.startswith("coverage ") else ()
    return tuple(
        package
        for option, package in (("--cov", "pytest-cov"), ("-n", "pytest-xdist"), ("--timeout", "pytest-timeout"))
        if re.search(rf"(?<!\S){option}(?![\w])", check.command)
    )


def _package(listing: Listing, folder: str, found: Evidence) -> list[Verifier]:
    """The verifiers of one package, with its folder in their names and commands."""
    here = _at(listing, folder)
    above = [check for check in found.checks if check.step.folder in ("", folder)]
    own = [_verifier(check) for check in above if check.step.folder == folder]
    named = []
    for verifier in (*own, *_fallback(here, above)):
        name = f"{verifier.name} ({folder})" if folder else verifier.name
        source = f"{folder}/{verifier.source}" if folder and not verifier.owners else verifier.source
        command = _inside(folder, verifier.command)
        named.append(replace(verifier, name=name, source=source, command=command, folder=folder))
    return named


def _verifier(check: OwnersCheck) -> Verifier:
    types: Kind = "build" if check.tool in _NODE_TYPES else "lint"
    kind = types if check.group == "types" else check.group
    env = "".join(f"{name}={shlex.quote(value)} " for name, value in check.step.env if name not in ("TOXENV", "SKIP"))
    command = check.command
    if env:
        command = f"export {env.strip()} && {command}" if re.search(r"&&|\|\||;|^\(|^test ", command) else env + command
    return Verifier(
        check.group, command, check.step.source, kind, check.runs, check.step.text, check.step.where, tool=check.tool
    )


def _fallback(here: Listing, checks: list[OwnersCheck]) -> list[Verifier]:
    """What Make, just and the ecosystems offer for the kinds that the owners' files say nothing of.

    A Make or just target replaces all ecosystems' checks of its kind.
    """
    taken: set[tuple[str, str]] = {(check.group, evidence.language(check.tool)) for check in checks}
    own = [
        verifier
        for ecosystem in ECOSYSTEMS
        for verifier in ecosystem.verifiers(here)
        if not _covered(verifier, ecosystem.name, taken)
    ]
    offered = {verifier.kind for verifier in own}
    found: list[Verifier] = []
    kinds: set[Kind] = set()
    for target in make_and_just.verifiers(here):
        again = target.kind in kinds or any(group == target.kind for group, _ in taken)
        if again or (target.kind in offered and make_and_just.needs_more(here, target)):
            continue
        kinds.add(target.kind)
        found.append(target)
    return found + [verifier for verifier in own if verifier.kind not in kinds]


def _covered(verifier: Verifier, language: str, taken: set[tuple[str, str]]) -> bool:
    """Whether the owners' files say what checks this kind in this language.

    npm scripts are the owners' own and are looked at kind by kind. Other languages' conventions and configured tools
    add nothing to owners who check that language at all, except tests where these are missing, and linters where they
    only test.
    """
    groups = {group for group, of in taken if of in (language, "")}
    if language == evidence.NODE:
        return verifier.name in groups or verifier.kind in groups
    if verifier.kind == "test":
        return "test" in groups
    if language != evidence.PYTHON:
        return bool(groups)
    return bool(groups & {"format", "lint", "types"})


def _unreadable(listing: Listing, folders: tuple[str, ...]) -> list[str]:
    """A sentence for each configuration file that cannot be parsed, so that its checks and dependencies are unknown."""
    found: list[str] = []
    for folder in folders:
        said = [sentence for ecosystem in ECOSYSTEMS for sentence in ecosystem.unreadable(_at(listing, folder))]
        found += [f"{folder}/{sentence}" if folder else sentence for sentence in said]
    return found


def _at(listing: Listing, folder: str) -> Listing:
    return listing.under(folder) if folder else listing


def _inside(folder: str, command: str) -> str:
    if not folder:
        return command
    return f'cd {shlex.quote(folder)} && PATH="$PWD/.venv/bin:$PATH" && {command}'


def _distinct(verifiers: list[Verifier]) -> tuple[Verifier, ...]:
    """Verifiers with unique names: the tool, the source or a number is added where two have the same name."""
    for part in ("tool", "source", "number"):
        names = [verifier.name for verifier in verifiers]
        parts = {name: {getattr(each, part, "") for each in verifiers if each.name == name} for name in names}
        counts: dict[str, int] = {}
        for at, verifier in enumerate(verifiers):
            name = verifier.name
            if names.count(name) < 2:
                continue
            counts[name] = counts.get(name, 0) + 1
            if part != "number" and len(parts[name]) == 1:
                continue
            added = verifier.tool if part == "tool" else verifier.source if part == "source" else str(counts[name])
            if added and not (part == "number" and counts[name] == 1):
                base = name[:-1] + f", {added})" if name.endswith(")") else f"{name} ({added})"
                verifiers[at] = replace(verifier, name=base)
    return tuple(verifiers)


def _words(command: str) -> list[str]:
    return re.findall(r"[\w./-]+", command)
