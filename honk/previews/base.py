"""What the parts of this family need from outside it."""

from pathlib import Path
from typing import Protocol


class PutBlob(Protocol):
    """Keeps a file by its content: `store.blobs.Blobs.put`."""

    def __call__(self, content: bytes | Path, kind: str = "") -> str:
        """Keep bytes or a copy of a file under their SHA-256 and return it. `kind` is a word for the index."""
