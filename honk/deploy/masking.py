"""Secrets in what a deploy prints: which values these are, and their removal from texts and log files."""

import base64
import json
import mmap
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

_SHORTEST_SECRET = 4
_LONGEST_PORT = 5
_PUBLIC = ("HONK_SESSION", "HONK_REPO", "HONK_SHA")


def secret_values(env: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a deploy's environment that must not be shown.

    These are all except Honk's own variables, very short values, ports and existing paths, whose removal would only
    make output unreadable.
    """
    return tuple(value for name, value in env.items() if name not in _PUBLIC and not _is_plain(value))


def _is_plain(value: str) -> bool:
    if len(value) < _SHORTEST_SECRET or (value.isdigit() and len(value) <= _LONGEST_PORT):
        return True
    parent = Path(value).parent
    return value.startswith("/") and parent != Path("/") and parent.is_dir()


def redact(text: str, secrets: Collection[str]) -> str:
    """`text` without the values in `secrets`, and without each line of a value that has several."""
    for piece in _pieces(secrets):
        text = text.replace(piece, "•••")
    return text


def mask_file(path: Path, secrets: Collection[str]) -> None:
    """Overwrite the secrets in the file with asterisks of the same length: others may be appending to it."""
    pieces = [piece.encode() for piece in _pieces(secrets)]
    with path.open("r+b") as file:
        if not pieces or not os.fstat(file.fileno()).st_size:
            return
        with mmap.mmap(file.fileno(), 0) as content:
            for piece in pieces:
                at = content.find(piece)
                while at >= 0:
                    content[at : at + len(piece)] = b"*" * len(piece)
                    at = content.find(piece, at + len(piece))


def _pieces(secrets: Collection[str]) -> list[str]:
    """The texts to remove, longest first, because one may contain another."""
    found = {form for secret in secrets for piece in (secret, *secret.splitlines()) for form in _forms(piece)}
    return sorted(found, key=len, reverse=True)


def _forms(piece: str) -> Iterator[str]:
    """The text, and how it looks in a URL, in JSON and in base64 (whose end depends on what follows)."""
    if len(piece.strip()) < _SHORTEST_SECRET:
        return  # for example, the `}` of a key file
    yield from (piece, quote(piece, safe=""), json.dumps(piece)[1:-1])
    content = piece.encode(errors="surrogateescape")
    if len(content) >= 2 * _SHORTEST_SECRET:
        yield base64.b64encode(content[: len(content) // 3 * 3]).decode()
