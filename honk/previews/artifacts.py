"""Copy built files out of a tree that the agent and the build could fill with anything."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from honk import files, process
from honk.core import mounted_tree as trees
from honk.core.delivery import Artifact
from honk.core.errors import UsageError, WorkFailed
from honk.core.mounted_tree import Tree
from honk.previews.base import PutBlob

_READER = Path(__file__).with_name("artifact_reader.py")
_TIMEOUT = 300.0
_NAMES_SHOWN = 3


@dataclass(frozen=True)
class ArtifactLimits:
    """The most that is copied from one build. `entries` limits how many directory entries are examined."""

    files: int = 50
    bytes: int = 512 << 20
    entries: int = 200_000


@dataclass(frozen=True)
class CollectedArtifacts:
    """The copied files. `note` has sentences about what was left out and why; empty when nothing was."""

    artifacts: tuple[Artifact, ...]
    note: str = ""


async def collect(
    tree: Tree, patterns: Sequence[str], put: PutBlob, limits: ArtifactLimits | None = None
) -> CollectedArtifacts:
    """Store the files of `tree` that match `patterns`, and return them in the order of their names.

    Patterns are relative to the tree, as in a shell: `*`, `?`, `[…]` within a name, `**` for any directories. Only
    regular files are copied; symbolic links are never followed. Nothing may write to the tree meanwhile. Raises
    UsageError for a pattern that leads out of the tree, WorkFailed when the tree cannot be read.
    """
    limits = limits or ArtifactLimits()
    wanted = {
        "patterns": [split_pattern(pattern) for pattern in patterns],
        "files": limits.files,
        "bytes": limits.bytes,
        "entries": limits.entries,
    }
    async with files.temporary_directory() as directory:
        program = (sys.executable, "-I", "-S", str(_READER), str(trees.location(tree)), str(directory))
        done = await process.run(trees.mounted(tree, program), stdin=json.dumps(wanted).encode(), timeout=_TIMEOUT)
        if not done.ok:
            reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise WorkFailed(f"The built files could not be read: {reason[0]}.")
        report = json.loads(done.stdout)
        artifacts = [
            Artifact(printable(name), await put(directory / str(index), "artifact"), size)
            for index, (name, size) in enumerate(report["files"])
        ]
    return CollectedArtifacts(tuple(artifacts), _note(report, patterns, limits))


def split_pattern(pattern: str) -> list[str]:
    """A pattern's parts. Raises UsageError when it is empty or leads out of the tree."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if pattern.startswith("/") or ".." in parts or not parts or "\0" in pattern:
        raise UsageError(f"honk.toml: `preview.artifacts` must name files inside the repository, not {pattern!r}.")
    return [*parts, "*"] if parts[-1] == "**" else parts


def _note(report: dict[str, Any], patterns: Sequence[str], limits: ArtifactLimits) -> str:
    """Sentences about what was left out."""
    sentences = []
    if not report["files"] and not report["large"] and not report["links"]:
        sentences.append(f"The build left no file that matches {listed(patterns)}.")
    if report["many"]:
        total = len(report["files"]) + report["many"]
        sentences.append(f"{total} files match; the first {limits.files} were kept. Name fewer in `preview.artifacts`.")
    if report["large"]:
        size = limits.bytes >> 20
        sentences.append(f"{listed(report['large'])} would exceed the {size} MB kept of one build and was left out.")
    if report["links"]:
        sentences.append(f"{listed(report['links'])} is a symbolic link and was left out; let the build copy the file.")
    for name, why in report["failed"][:_NAMES_SHOWN]:
        sentences.append(f"{printable(name)} could not be read: {why}.")
    if report["cut"]:
        sentences.append(f"Only the first {limits.entries} names were examined; use narrower patterns.")
    return " ".join(sentences)


def listed(names: Sequence[str]) -> str:
    """The first few names in one line."""
    some = ", ".join(f"`{printable(name)}`" for name in names[:_NAMES_SHOWN])
    return some if len(names) <= _NAMES_SHOWN else f"{some} and {len(names) - _NAMES_SHOWN} more"


def printable(name: str) -> str:
    """A file name from an untrusted tree, as one line of printable characters."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)
