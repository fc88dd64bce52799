"""The verdicts on a base commit, kept in the directory of its snapshot: for every session, for as long as it lasts.

A snapshot is one commit with one set-up of one repository, so that another commit or set-up finds nothing here.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from honk import __version__, files
from honk.core import serialization
from honk.core.errors import UsageError
from honk.core.verdict import Verdict
from honk.verify.base import Verifier

_SETTLED = ("passed", "failed")


def read(snapshot: Path, verifiers: Iterable[Verifier], reruns: int) -> dict[str, Verdict]:
    """The verdicts of those of `verifiers` that ran on this commit before, by name. A damaged one is not there."""
    found: dict[str, Verdict] = {}
    for verifier in verifiers:
        try:
            data = files.read_json(_path(snapshot, verifier, reruns), (), "It is made anew.")
            if data is not None:
                found[verifier.name] = serialization.load(Verdict, data)
        except (UsageError, KeyError, TypeError, ValueError):
            continue
    return found


def keep(snapshot: Path, verifiers: Iterable[Verifier], reruns: int, verdicts: Iterable[Verdict]) -> None:
    """Keep what is settled: an unknown or flaky result may be another one the next time."""
    by_name = {verdict.name: verdict for verdict in verdicts if verdict.state in _SETTLED}
    for verifier in verifiers:
        if verdict := by_name.get(verifier.name):
            files.write(_path(snapshot, verifier, reruns), json.dumps(serialization.dump(verdict)))


def _path(snapshot: Path, verifier: Verifier, reruns: int) -> Path:
    key = json.dumps([__version__, reruns, serialization.dump(verifier)], sort_keys=True)
    return snapshot / "verdicts" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
