"""Files kept by their content: `<root>/ab/cdef…` for SHA-256 `abcdef…`, never changed, shared by whoever has the same.

A file is there, whole, before its row is; the row is what makes it known. Both are removed under the row's lock.
"""

import asyncio
import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from honk import files
from honk.core.errors import Unavailable, UsageError
from honk.storage.database import Database, insert, rows
from honk.storage.tables import blobs

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_INCOMING = "incoming"


class Blobs:
    """One directory of files, indexed in the database."""

    def __init__(self, root: Path, database: Database, clock: Callable[[], float]) -> None:
        self._root = root
        self._database = database
        self._clock = clock

    async def put(self, content: bytes | Path, kind: str = "") -> str:
        """Keep `content` (a Path: that file's) and return its SHA-256. `kind` is a word for the index.

        The same content again is kept once, and counts as new for `sweep`. Raises UsageError for a path that is not a
        regular file: a link or a pipe that a build left behind is not followed.
        """
        file, sha256, size = await asyncio.to_thread(self._receive, content)
        try:
            await self._database.write(self._keep, file, sha256, size, kind)
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where the file is. Raises UsageError when nothing of this name is kept."""
        if not _SHA256.fullmatch(sha256) or not self._place(sha256).is_file():
            raise UsageError(f"No file is kept under {sha256[:64]!r}; it may have been swept away.")
        return self._place(sha256)

    def read(self, sha256: str) -> bytes:
        """Its content, verified; blocks. Raises UsageError as `path`, Unavailable when the disk did not
        keep it as it was."""
        content = self.path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Unavailable(f"The kept file {sha256} is damaged; check the disk, then build it again.")
        return content

    async def sweep(self, keep: Collection[str], older_than: float) -> int:
        """Remove what was put more than `older_than` seconds ago and is not in `keep`; returns the bytes freed."""
        before = self._clock() - older_than
        freed = 0
        for sha256 in await self.unused(keep, older_than):
            freed += await self._database.write(self._remove, sha256, before)
        return freed + await asyncio.to_thread(self._sweep_incoming, before)

    async def unused(self, keep: Collection[str], older_than: float) -> dict[str, int]:
        """Name and size of what `sweep` would remove."""
        before = self._clock() - older_than
        old = await self._database.read(rows, sa.select(blobs.c.sha256, blobs.c.size).where(blobs.c.created < before))
        return {row.sha256: row.size for row in old if row.sha256 not in keep}

    def _receive(self, content: bytes | Path) -> tuple[Path, str, int]:
        """A new file with the content, its hash and size."""
        digest, size = hashlib.sha256(), 0

        def counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        with _chunks(content) as chunks:
            file = files.draft(self._root / _INCOMING / "file", counted(chunks))
        return file, digest.hexdigest(), size

    def _keep(self, connection: sa.Connection, file: Path, sha256: str, size: int, kind: str) -> None:
        place = self._place(sha256)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        now = self._clock()
        row = insert(connection, blobs).values(sha256=sha256, size=size, kind=kind, created=now)
        connection.execute(row.on_conflict_do_update(index_elements=["sha256"], set_={"created": now}))
        files.place(file, place)

    def _remove(self, connection: sa.Connection, sha256: str, before: float) -> int:
        """Remove a file that was put before `before`; the bytes freed."""
        this = (blobs.c.sha256 == sha256) & (blobs.c.created < before)
        size = connection.execute(blobs.delete().where(this).returning(blobs.c.size)).scalar()
        if size is None:
            return 0
        self._place(sha256).unlink(missing_ok=True)
        return int(size)

    def _sweep_incoming(self, before: float) -> int:
        """What a crash left half-written."""
        freed = 0
        for file in (self._root / _INCOMING).glob("*"):
            with suppress(FileNotFoundError):  # whoever was writing it has finished
                status = file.stat()
                if status.st_mtime < before:
                    file.unlink()
                    freed += status.st_size
        return freed

    def _place(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256[2:]


@contextmanager
def _chunks(content: bytes | Path) -> Iterator[Iterator[bytes]]:
    if isinstance(content, bytes):
        yield iter((content,))
        return
    try:
        descriptor = os.open(content, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{content} cannot be kept: {error.strerror}.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{content} cannot be kept: it is not a regular file.")
        yield iter(lambda: os.read(descriptor, _CHUNK), b"")
    finally:
        os.close(descriptor)
