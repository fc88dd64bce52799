"""`scripts/pytest-twice` hides nothing: a flaky test is named, one that fails twice fails the run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLAKY = """
from pathlib import Path
import pytest

def test_passes(): pass

@pytest.mark.parametrize("case", ["a b", "c"])
def test_fails_once(case):
    ran = Path(case)
    if not ran.exists():
        ran.touch()
        raise AssertionError(f"too early for {case}")
"""
BROKEN = """
def test_fails_always(): assert 1 == 2
"""


def run(directory: Path, source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (directory / "tests").mkdir(exist_ok=True)
    for name in ("tests/conftest.py", "tests/waiting.py"):
        (directory / name).write_bytes((ROOT / name).read_bytes())
    (directory / "tests" / "test_it.py").write_text(source)
    (directory / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    command = [sys.executable, str(ROOT / "scripts" / "pytest-twice"), "-q", "tests", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_what_passes_the_second_time_is_named_and_reported(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = run(tmp_path, FLAKY, *arguments)
    assert ran.returncode == 0, ran.stdout
    names = [f"tests/test_it.py::test_fails_once[{case}]" for case in ("a b", "c")]
    for name in names:
        assert f"flaky: {name}\n" in ran.stdout
    reported = json.loads((tmp_path / "reports" / "flaky.json").read_text())
    assert sorted(each["test"] for each in reported) == names
    assert "too early for c" in reported[-1]["error"] or "too early for c" in reported[0]["error"]


def test_what_fails_twice_fails_the_run(tmp_path: Path) -> None:
    ran = run(tmp_path, FLAKY + BROKEN)
    assert ran.returncode == 1
    assert "flaky: tests/test_it.py::test_fails_once[c]\n" in ran.stdout
    assert "flaky: tests/test_it.py::test_fails_always" not in ran.stdout


def test_without_a_failure_nothing_is_run_again_or_reported(tmp_path: Path) -> None:
    ran = run(tmp_path, "def test_passes(): pass\n")
    assert ran.returncode == 0 and "1 passed" in ran.stdout and "once more" not in ran.stdout
    assert not (tmp_path / "reports" / "flaky.json").exists()


def test_what_is_no_failure_of_a_test_is_not_tried_again(tmp_path: Path) -> None:
    ran = run(tmp_path, FLAKY, "--no-such-option")
    assert ran.returncode == 4 and "once more" not in ran.stdout
