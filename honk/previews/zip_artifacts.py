"""Built files, brought out of a zip that a workflow elsewhere has packed: of code that nobody has reviewed yet."""

import asyncio
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from honk.core.delivery import Artifact
from honk.core.errors import WorkFailed
from honk.previews.artifacts import ArtifactLimits, CollectedArtifacts, listed, shown
from honk.previews.base import PutBlob

ENTRY_BYTES = 100
"""What one file takes in an archive's table of contents, roughly."""

CHUNK = 1 << 20

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _COMMENT_BYTES, _END_64_BYTES = 22, 1 << 16, 20


@dataclass
class _Left:
    """What was left out, and why."""

    odd: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    more: int = 0


async def unpack(
    archive: Path, patterns: Sequence[str], put: PutBlob, limits: ArtifactLimits | None = None
) -> CollectedArtifacts:
    """Keep the files of `archive` whose names match one of `patterns` (all, where there are none), in its order.

    Workflows pack relative to wherever they like, so a pattern's last part is what counts: `build/*.apk` finds every
    `*.apk`. Nothing is unpacked to where a name leads: each file gets a name of ours. What is kept is counted as it is
    unpacked, not as the archive says. Raises WorkFailed for something that is no zip, or one with too long a table.
    """
    limits = limits or ArtifactLimits()
    left = _Left()
    with tempfile.TemporaryDirectory(prefix="honk-") as directory:
        taken = await asyncio.to_thread(
            _take, archive, [_last(each) for each in patterns], Path(directory), limits, left
        )
        artifacts = [
            Artifact(shown(name), await asyncio.to_thread(put, place, "artifact"), place.stat().st_size)
            for name, place in taken
        ]
    return CollectedArtifacts(tuple(artifacts), _note(left, bool(artifacts), patterns, limits))


def _take(
    archive: Path, wanted: Sequence[str], into: Path, limits: ArtifactLimits, left: _Left
) -> list[tuple[str, Path]]:
    _check_table(archive, limits.entries * ENTRY_BYTES)
    taken: list[tuple[str, Path]] = []
    room = limits.bytes
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in _files(opened, wanted, left):
                if len(taken) >= limits.files:
                    left.more += 1
                    continue
                place = into / str(len(taken))
                size = _copy(opened, info, place, room, left)
                if size is None:
                    place.unlink(missing_ok=True)
                    continue
                room -= size
                taken.append((info.filename, place))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise WorkFailed(f"What the workflow has built is no zip that can be read ({error}).") from error
    return taken


def _check_table(archive: Path, longest: int) -> None:
    """Refuse a table of contents of more than `longest` bytes, before anything takes it into memory."""
    with archive.open("rb") as data:
        data.seek(max(0, archive.stat().st_size - _END_BYTES - _COMMENT_BYTES - _END_64_BYTES))
        end = data.read()
    at = len(end) - _END_BYTES if end[-_END_BYTES:].startswith(_END) and end.endswith(b"\0\0") else end.rfind(_END)
    if at < 0 or len(end) < at + _END_BYTES:
        raise WorkFailed("What the workflow has built is no zip that can be read.")
    size = int.from_bytes(end[at + 12 : at + 16], "little")
    if size > longest or end[max(0, at - _END_64_BYTES) : at].startswith(_END_64):
        raise WorkFailed("What the workflow has built holds too many files; pack fewer in its upload step.")


def _files(opened: zipfile.ZipFile, wanted: Sequence[str], left: _Left) -> Iterator[zipfile.ZipInfo]:
    """Regular files with harmless names that are wanted."""
    for info in opened.infolist():
        name = PurePosixPath(info.filename)
        if info.is_dir() or (wanted and not any(fnmatchcase(name.name, each) for each in wanted)):
            continue
        kind = info.external_attr >> 16
        if name.is_absolute() or ".." in name.parts or "\\" in info.filename or ":" in info.filename:
            left.odd.append(info.filename)
        elif kind and stat.S_IFMT(kind) not in (0, stat.S_IFREG):
            left.links.append(info.filename)
        elif info.flag_bits & 1:
            left.broken.append(info.filename)
        else:
            yield info


def _copy(opened: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, room: int, left: _Left) -> int | None:
    """Unpack one file; its size, None with a note where that cannot be done."""
    if info.file_size > room:
        left.large.append(info.filename)
        return None
    try:
        with opened.open(info) as source, place.open("wb") as out:
            size = _pour(source, out, room)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        left.broken.append(info.filename)
        return None
    if size is None:
        left.large.append(info.filename)
    return size


def _pour(source: IO[bytes], out: IO[bytes], room: int) -> int | None:
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > room:
            return None
        out.write(chunk)
    return size


def _last(pattern: str) -> str:
    return pattern.rstrip("/").rpartition("/")[2]


def _note(left: _Left, found: bool, patterns: Sequence[str], limits: ArtifactLimits) -> str:
    said = []
    if not found and not left.large and not left.links and not left.odd and not left.broken:
        said.append(f"The workflow built no file that matches {listed(patterns)}." if patterns else "It built no file.")
    if left.more:
        said.append(
            f"{left.more} more files match; the first {limits.files} were kept. Name fewer in `preview.artifacts`."
        )
    if left.large:
        said.append(
            f"{listed(left.large)} would exceed the {limits.bytes >> 20} MB kept of one build and was left out."
        )
    if left.links:
        said.append(f"{listed(left.links)} is no regular file and was left out.")
    if left.odd:
        said.append(f"{listed(left.odd)} has a name that leads elsewhere and was left out.")
    if left.broken:
        said.append(f"{listed(left.broken)} cannot be unpacked and was left out.")
    return " ".join(said)
