"""A flaky test is named with how often it was flaky."""

from pathlib import Path

from honk.core.verdict import Failure, Verdict
from honk.pipeline.verification import flaky_history

FLAKY = Verdict(
    "test", False, 1.0, "pytest", "x", "E  1 == 2", state="flaky", kind="test",
    note="test_x failed once and passed when run again.", failures=(Failure("test_x"),),
)  # fmt: skip
PASSED = Verdict("test", True, 1.0, "pytest", "x", kind="test")


def test_the_last_runs_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    flaky_history.record(path, [FLAKY])
    for _ in range(20):
        flaky_history.record(path, [PASSED])
    flaky_history.record(path, [FLAKY])
    (verdict,) = flaky_history.record(path, [FLAKY])
    assert verdict.note == "test_x failed once and passed when run again (2 of the last 20 runs)."


def test_a_damaged_history_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text('{"test": [[1], "x"]}')
    assert flaky_history.record(path, [FLAKY]) == (FLAKY,)
    (verdict,) = flaky_history.record(path, [FLAKY])
    assert verdict.note.endswith("(2 of the last 2 runs).")
