"""Keeping what was said to the model and what it answered, without the secrets in it."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BLACK = "█████"
_SHORTEST = 4


def redacted(value: Any, secrets: Iterable[str]) -> Any:
    """A JSON value in which every secret is blacked out, wherever a string holds it."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, BLACK)
        return value
    if isinstance(value, dict):
        return {redacted(key, secrets): redacted(item, secrets) for key, item in value.items()}
    return [redacted(item, secrets) for item in value] if isinstance(value, list) else value


class Recorder:
    """Appends exchanges to `directory / model.jsonl`, one JSON object a line, for this user's eyes only."""

    def __init__(self, directory: Path, secrets: Iterable[str]) -> None:
        # the longest first, or what contains another secret would only lose that part; shorter ones say nothing
        self._secrets = sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True)
        self._file = directory / "model.jsonl"

    async def append(self, exchange: dict[str, Any]) -> None:
        """Keep one exchange."""
        await asyncio.to_thread(self._write, exchange)

    def _write(self, exchange: dict[str, Any]) -> None:
        line = json.dumps(redacted(exchange, self._secrets))
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file.touch(mode=0o600)
        with self._file.open("a", encoding="ascii") as stream:
            stream.write(f"{line}\n")
