"""Detects a project's verifiers and the set-up that they need. Pure: a listing in, values out.

For each kind: the command in `honk.toml` (an empty string: none of that kind), else a Make or just target, else what
the ecosystems offer. If the top folder holds no project, each folder of the first level that holds one is a project.
"""

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace

from honk.core import honk_toml
from honk.core.honk_toml import HonkToml
from honk.verify.base import KINDS, Ecosystem, Kind, Listing, SetUpPlan, Verifier, path_matcher, renamed
from honk.verify.ecosystems import make_and_just
from honk.verify.ecosystems.conventions import OTHERS
from honk.verify.ecosystems.node import NODE
from honk.verify.ecosystems.python import PYTHON

ECOSYSTEMS: tuple[Ecosystem, ...] = (PYTHON, NODE, *OTHERS)

MAX_FOLDERS = 6
"""At most so many projects in folders are detected; honk.toml can name more."""

_is_manifest = path_matcher(glob for ecosystem in ECOSYSTEMS for glob in ecosystem.manifests)


def detect(listing: Listing, config: HonkToml) -> tuple[Verifier, ...]:
    """The project's verifiers, cheapest first; empty when none is found."""
    chosen: list[Verifier] = []
    found = _found(listing)
    for kind in KINDS:
        command: str | None = getattr(config.verify, kind)
        if command is None:
            chosen += [verifier for verifier in found if verifier.kind == kind]
        elif command.strip():
            chosen.append(Verifier(kind, command, honk_toml.FILENAME, kind))
    return _distinct(chosen)


def detect_setup(listing: Listing, config: HonkToml) -> SetUpPlan:
    """The commands that prepare a fresh checkout, and the files whose change makes them run again."""
    inputs = {path for path in listing.paths if _is_manifest(path) and "node_modules/" not in path}
    if config.setup.run is not None:
        words = {word.removeprefix("./") for command in config.setup.run for word in _words(command)}
        own = {honk_toml.FILENAME} & listing.paths
        return SetUpPlan(config.setup.run, tuple(sorted(inputs | own | (words & listing.paths))))
    commands: list[str] = []
    for folder in _folders(listing):
        here = listing.under(folder) if folder else listing
        steps = [step for ecosystem in ECOSYSTEMS for step in ecosystem.setup(here)]
        commands += [_inside(folder, step) for step in steps]
    return SetUpPlan(tuple(commands), tuple(sorted(inputs)))


def touches_setup(plan: SetUpPlan, changed: Iterable[str]) -> bool:
    """Whether set-up must run again after a change to these paths: one is an input of it, or a new manifest."""
    return any(path in plan.inputs or _is_manifest(path) for path in changed)


def unreadable(listing: Listing) -> tuple[str, ...]:
    """A sentence for each configuration file that cannot be parsed, so that its checks and dependencies are unknown."""
    found: list[str] = []
    for folder in _folders(listing):
        here = listing.under(folder) if folder else listing
        said = [sentence for ecosystem in ECOSYSTEMS for sentence in ecosystem.unreadable(here)]
        found += [f"{folder}/{sentence}" if folder else sentence for sentence in said]
    return tuple(found)


def _found(listing: Listing) -> list[Verifier]:
    found: list[Verifier] = []
    for folder in _folders(listing):
        here = listing.under(folder) if folder else listing
        for verifier in _project(here):
            name = f"{verifier.name} ({folder})" if folder else verifier.name
            source = f"{folder}/{verifier.source}" if folder else verifier.source
            found.append(replace(verifier, name=name, source=source, command=_inside(folder, verifier.command)))
    return found


def _project(listing: Listing) -> list[Verifier]:
    """One project's verifiers. A Make or just target replaces all ecosystems' checks of its kind."""
    own = [verifier for ecosystem in ECOSYSTEMS for verifier in ecosystem.verifiers(listing)]
    offered = {verifier.kind for verifier in own}
    found: list[Verifier] = []
    taken: set[Kind] = set()
    for target in make_and_just.verifiers(listing):
        if target.kind in taken or (target.kind in offered and make_and_just.needs_more(listing, target)):
            continue
        taken.add(target.kind)
        found.append(target)
    return found + [verifier for verifier in own if verifier.kind not in taken]


def _folders(listing: Listing) -> tuple[str, ...]:
    if _project(listing) or any(ecosystem.setup(listing) for ecosystem in ECOSYSTEMS):
        return ("",)
    tops = {path.partition("/")[0] for path in listing.paths if path.count("/") == 1 and _is_manifest(path)}
    return tuple(sorted(top for top in tops if not top.startswith(".")))[:MAX_FOLDERS] or ("",)


def _inside(folder: str, command: str) -> str:
    if not folder:
        return command
    return f'cd {shlex.quote(folder)} && PATH="$PWD/.venv/bin:$PATH" && {command}'


def _distinct(verifiers: list[Verifier]) -> tuple[Verifier, ...]:
    """Verifiers with unique names: the source is added where two have the same name."""
    names = [verifier.name for verifier in verifiers]
    return tuple(
        renamed(verifier, f"{verifier.name} ({verifier.source})") if names.count(verifier.name) > 1 else verifier
        for verifier in verifiers
    )


def _words(command: str) -> list[str]:
    return re.findall(r"[\w./-]+", command)
