"""Recording of requests to the model and its responses, with secrets removed."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REDACTED = "█████"
_SHORTEST_SECRET = 4


def redacted(value: Any, secrets: Iterable[str]) -> Any:
    """`value` (JSON) with every secret replaced, also within longer strings."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        return value
    if isinstance(value, dict):
        return {redacted(key, secrets): redacted(item, secrets) for key, item in value.items()}
    return [redacted(item, secrets) for item in value] if isinstance(value, list) else value


class Recorder:
    """Appends exchanges to `directory / model.jsonl` (mode 0600), one JSON object per line."""

    def __init__(self, directory: Path, secrets: Iterable[str]) -> None:
        # longest first, because a secret may contain another one; very short values are not secrets
        self._secrets = sorted((secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._file = directory / "model.jsonl"

    async def append(self, exchange: dict[str, Any]) -> None:
        await asyncio.to_thread(self._write, exchange)

    def _write(self, exchange: dict[str, Any]) -> None:
        line = json.dumps(redacted(exchange, self._secrets))
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file.touch(mode=0o600)
        with self._file.open("a", encoding="ascii") as stream:
            stream.write(f"{line}\n")
