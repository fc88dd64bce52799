"""Which checks a project has and what makes a checkout ready for them. Pure: a listing in, values out.

`honk.toml` wins for each kind it names (the empty string: none of that kind). After it a Make or just target, the
project's own word for the kind; then what each ecosystem offers. Where the top of the repository shows no project at
all, each folder of the first level that does is one.
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
"""More projects side by side than this want a honk.toml that says which of them count."""

_is_manifest = path_matcher(glob for ecosystem in ECOSYSTEMS for glob in ecosystem.manifests)


def detect(listing: Listing, config: HonkToml) -> tuple[Verifier, ...]:
    """The project's verifiers, cheapest first. Empty when nothing is known of it."""
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
    """The commands that make a fresh checkout ready, and the files whose change makes them run again."""
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
    """Whether a change to these paths means that set-up must run again: one of its inputs, or a new manifest."""
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
    """One project's verifiers: a target stands for all ecosystems' checks of its kind."""
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
    """Names are how a person tells verifiers apart: two of one name get where they come from added."""
    names = [verifier.name for verifier in verifiers]
    return tuple(
        renamed(verifier, f"{verifier.name} ({verifier.source})") if names.count(verifier.name) > 1 else verifier
        for verifier in verifiers
    )


def _words(command: str) -> list[str]:
    return re.findall(r"[\w./-]+", command)
