"""For all tests: properties are searched without a clock (machines are slow at times) and leave nothing behind.

`--failures FILE` writes which tests failed, for `scripts/pytest-twice`.
"""

import asyncio
import json
from pathlib import Path

import hypothesis
import pytest

from tests.waiting import LoopClock

hypothesis.settings.register_profile("honk", deadline=None, database=None)
hypothesis.settings.load_profile("honk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--failures", metavar="FILE", help="write the tests that failed, with their errors, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--failures")
    if path and not hasattr(config, "workerinput"):  # with xdist, the reports of all workers come to the first process
        config.pluginmanager.register(_Failures(Path(path)))


class _Failures:
    """Collects what failed: {test id: the last lines of its error}."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failed: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._take(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._take(report)

    def pytest_sessionfinish(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._failed, indent=1))

    def _take(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.failed:
            self._failed[report.nodeid] = "\n".join(report.longreprtext.splitlines()[-20:])


@pytest.fixture
async def loop_clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    """The clock of the test's event loop, moved by hand."""
    clock = LoopClock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", clock)
    return clock
