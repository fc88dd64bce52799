"""Keeps results in a file while an evaluation runs, so that an interrupted one continues where it ended."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from honk.core import serialization
from honk.core.errors import UsageError
from honk.evaluation.tasks import KnownChange, Task

R = TypeVar("R")


class Journal(Generic[R]):
    """The results in `file`, one JSON object a line; without a file nothing is kept.

    A result counts only for the same content: the key holds a hash of the task and the change.
    """

    def __init__(self, file: Path | None, kind: type[R], keep: Callable[[R], bool] = lambda _: True) -> None:
        self._file = file
        self._kind = kind
        self._keep = keep
        self._kept = _read(file, kind.__name__) if file and file.exists() else {}

    def get(self, key: str) -> R | None:
        """The kept result, None where there is none."""
        data = self._kept.get(key)
        return None if data is None else serialization.load(self._kind, data)

    def put(self, key: str, result: R) -> None:
        """Add a result to the file, unless `keep` says that it is to be found out again next time."""
        if self._file is not None and self._keep(result):
            row = {"kind": self._kind.__name__, "key": key, "result": serialization.dump(result)}
            with self._file.open("a") as lines:
                lines.write(json.dumps(row) + "\n")


def _read(file: Path, kind: str) -> dict[str, Any]:
    kept = {}
    text = file.read_text()
    whole = text[: text.rfind("\n") + 1]
    if whole != text:  # a killed run left its last line without an end
        file.write_text(whole)
    try:
        for row in map(json.loads, whole.splitlines()):
            if row["kind"] == kind:
                kept[row["key"]] = row["result"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"`{file}` holds no results of `honk eval`; name another file with --resume.") from error
    return kept


def key(task: Task, change: KnownChange | None, *more: object) -> str:
    """The key of a result for a change of a task, None for its base."""
    shared = (
        task.check,
        task.hidden_check,
        *task.setup,
        task.scope,
        task.never,
        sorted(task.files.items()),
        sorted(task.hidden.items()),
    )
    content = hashlib.sha256(repr((shared, change, more)).encode()).hexdigest()[:16]
    return " ".join((task.name, f"{change.role} {change.name}" if change else "base", *map(str, more), content))
