"""How often each test of a repository was flaky: the last runs of each test verifier, in one small file."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from honk import files
from honk.core.errors import UsageError
from honk.core.verdict import Verdict

KEPT_RUNS = 20
MAX_IDS = 50
"""At most so many flaky tests are kept of one run."""


def record(path: Path, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Add these runs to the history in `path`; flaky verdicts come back with it in their note.

    A history that cannot be read begins anew: it only adds to a sentence.
    """
    verdicts = tuple(verdicts)
    history = _read(path)
    for verdict in verdicts:
        if verdict.kind == "test" and verdict.state != "unknown":
            flaky = [failure.id for failure in verdict.failures[:MAX_IDS]] if verdict.state == "flaky" else []
            history[verdict.name] = [*history.get(verdict.name, []), flaky][-KEPT_RUNS:]
    if history:
        files.write(path, json.dumps(history))
    return tuple(_noted(verdict, history.get(verdict.name, [])) for verdict in verdicts)


def _noted(verdict: Verdict, runs: list[list[str]]) -> Verdict:
    if verdict.state != "flaky" or len(runs) < 2:
        return verdict
    ids = {failure.id for failure in verdict.failures}
    times = sum(bool(ids & set(run)) for run in runs)
    note = f"{verdict.note.rstrip('.')} ({times} of the last {len(runs)} runs)."
    return replace(verdict, note=note, excerpt=verdict.excerpt.replace(verdict.note, note, 1))


def _read(path: Path) -> dict[str, list[list[str]]]:
    try:
        found = files.read_json(path, (), "Delete it.") or {}
    except UsageError:
        return {}
    return {name: runs for name, runs in found.items() if isinstance(runs, list) and all(map(_is_run, runs))}


def _is_run(run: object) -> bool:
    return isinstance(run, list) and all(isinstance(each, str) for each in run)
