"""The interface of the file store, which artifacts and screenshots are written to."""

from pathlib import Path
from typing import Protocol


class PutBlob(Protocol):
    """Stores a file by its content: `storage.blobs.Blobs.put`."""

    async def __call__(self, content: bytes | Path, kind: str = "") -> str:
        """Store bytes, or a copy of a file, and return their SHA-256. `kind` is a word for the index."""
