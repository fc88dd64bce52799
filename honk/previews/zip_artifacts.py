"""Copy built files out of a zip that a CI workflow made from unreviewed code."""

import asyncio
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from honk import files
from honk.core.delivery import Artifact
from honk.core.errors import WorkFailed
from honk.previews.artifacts import ArtifactLimits, CollectedArtifacts, listed, printable
from honk.previews.base import PutBlob

ENTRY_BYTES = 100
"""The approximate bytes of one file in an archive's table of contents."""

CHUNK = 1 << 20

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _COMMENT_BYTES, _END_64_BYTES = 22, 1 << 16, 20


@dataclass
class _LeftOut:
    """Names that were left out, by reason."""

    unsafe: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    more: int = 0


async def unpack(
    archive: Path, patterns: Sequence[str], put: PutBlob, limits: ArtifactLimits | None = None
) -> CollectedArtifacts:
    """Store the files of `archive` whose names match one of `patterns` (all without patterns), in its order.

    Workflows pack relative to any directory, so only a pattern's last part counts: `build/*.apk` matches every `*.apk`.
    Files are unpacked under names of ours, never at the paths in the archive. Sizes are counted while unpacking, not
    taken from the archive. Raises WorkFailed for a file that is no zip, or that has too long a table of contents.
    """
    limits = limits or ArtifactLimits()
    left_out = _LeftOut()
    async with files.temporary_directory() as directory:
        wanted = [_last(each) for each in patterns]
        taken = await asyncio.to_thread(_take, archive, wanted, directory, limits, left_out)
        artifacts = [Artifact(printable(name), await put(path, "artifact"), size) for name, path, size in taken]
    return CollectedArtifacts(tuple(artifacts), _note(left_out, bool(artifacts), patterns, limits))


def _take(
    archive: Path, wanted: Sequence[str], into: Path, limits: ArtifactLimits, left_out: _LeftOut
) -> list[tuple[str, Path, int]]:
    """(name in the archive, unpacked file, bytes) of each wanted file."""
    _check_table(archive, limits.entries * ENTRY_BYTES)
    taken: list[tuple[str, Path, int]] = []
    free = limits.bytes
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in _files(opened, wanted, left_out):
                if len(taken) >= limits.files:
                    left_out.more += 1
                    continue
                target = into / str(len(taken))
                size = _copy(opened, info, target, free, left_out)
                if size is None:
                    target.unlink(missing_ok=True)
                    continue
                free -= size
                taken.append((info.filename, target, size))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise WorkFailed(f"The artifact of the workflow is not a readable zip ({error}).") from error
    return taken


def _check_table(archive: Path, longest: int) -> None:
    """Refuse a table of contents of more than `longest` bytes, before it is read into memory."""
    with archive.open("rb") as data:
        data.seek(max(0, archive.stat().st_size - _END_BYTES - _COMMENT_BYTES - _END_64_BYTES))
        end = data.read()
    at = len(end) - _END_BYTES if end[-_END_BYTES:].startswith(_END) and end.endswith(b"\0\0") else end.rfind(_END)
    if at < 0 or len(end) < at + _END_BYTES:
        raise WorkFailed("The artifact of the workflow is not a readable zip.")
    size = int.from_bytes(end[at + 12 : at + 16], "little")
    if size > longest or end[max(0, at - _END_64_BYTES) : at].startswith(_END_64):
        raise WorkFailed("The artifact of the workflow has too many files; pack fewer in its upload step.")


def _files(opened: zipfile.ZipFile, wanted: Sequence[str], left_out: _LeftOut) -> Iterator[zipfile.ZipInfo]:
    """The wanted regular files with safe names."""
    for info in opened.infolist():
        name = PurePosixPath(info.filename)
        if info.is_dir() or (wanted and not any(fnmatchcase(name.name, each) for each in wanted)):
            continue
        kind = info.external_attr >> 16
        if name.is_absolute() or ".." in name.parts or "\\" in info.filename or ":" in info.filename:
            left_out.unsafe.append(info.filename)
        elif kind and stat.S_IFMT(kind) not in (0, stat.S_IFREG):
            left_out.links.append(info.filename)
        elif info.flag_bits & 1:
            left_out.broken.append(info.filename)
        else:
            yield info


def _copy(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, free: int, left_out: _LeftOut) -> int | None:
    """Unpack one file and return its size; None, with the reason in `left_out`, when that fails."""
    if info.file_size > free:
        left_out.large.append(info.filename)
        return None
    try:
        with opened.open(info) as source, target.open("wb") as out:
            size = _copy_limited(source, out, free)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        left_out.broken.append(info.filename)
        return None
    if size is None:
        left_out.large.append(info.filename)
    return size


def _copy_limited(source: IO[bytes], out: IO[bytes], free: int) -> int | None:
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > free:
            return None
        out.write(chunk)
    return size


def _last(pattern: str) -> str:
    return pattern.rstrip("/").rpartition("/")[2]


def _note(left_out: _LeftOut, found: bool, patterns: Sequence[str], limits: ArtifactLimits) -> str:
    sentences = []
    if not found and not left_out.large and not left_out.links and not left_out.unsafe and not left_out.broken:
        sentences.append(
            f"The workflow built no file that matches {listed(patterns)}." if patterns else "It built no file."
        )
    if left_out.more:
        sentences.append(
            f"{left_out.more} more files match; the first {limits.files} were kept. Name fewer in `preview.artifacts`."
        )
    if left_out.large:
        sentences.append(
            f"{listed(left_out.large)} would exceed the {limits.bytes >> 20} MB kept of one build and was left out."
        )
    if left_out.links:
        sentences.append(f"{listed(left_out.links)} is not a regular file and was left out.")
    if left_out.unsafe:
        sentences.append(f"{listed(left_out.unsafe)} has a path outside the archive and was left out.")
    if left_out.broken:
        sentences.append(f"{listed(left_out.broken)} cannot be unpacked and was left out.")
    return " ".join(sentences)
