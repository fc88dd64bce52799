"""Makes unittest report its runs. Honk copies this file into a sandbox as `sitecustomize.py`, for one test command.

Each run adds two lines of JSON to the report, whose path is that of this file's folder without its suffix: one line
when the run begins, one when it ends. A process that ends in between leaves the second one out. Processes that the
tests start do not load this file.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_running = False


def _write(**line: Any) -> None:
    import json

    descriptor = os.open(os.path.splitext(_FOLDER)[0], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as report:
        report.write(json.dumps(line) + "\n")


def _reported(function: Any) -> Any:
    """`function`, reported as one run; runs within a run are part of what is tested."""

    def wrapped(self: Any, *args: Any, **options: Any) -> Any:
        global _running
        if _running:
            return function(self, *args, **options)
        _running, found, process = True, None, os.getpid()
        _write(event="begins")
        try:
            found = function(self, *args, **options)
            return found
        finally:
            _running = False
            if os.getpid() == process:  # a test may fork
                _write(event="ends", **_summary(found or getattr(self, "result", None)))

    return wrapped


def _summary(result: Any) -> dict[str, Any]:
    if not hasattr(result, "testsRun"):
        return {"tests": 0, "failures": []}
    bad = [(test, text) for test, text in [*result.failures, *result.errors]]
    bad += [(test, "Unexpected success") for test in getattr(result, "unexpectedSuccesses", ())]
    failures = [[test.id(), (text.strip().splitlines() or [""])[-1][:400]] for test, text in bad]
    return {"tests": result.testsRun - len(result.skipped), "skipped": len(result.skipped), "failures": failures}


class _UnittestFinder:
    """Changes `unittest.main` when it is imported."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == "unittest.main" else None
        if spec is None or spec.loader is None:
            return None
        sys.meta_path.remove(cls)
        execute = spec.loader.exec_module

        def changed(module: Any) -> None:
            execute(module)
            module.TestProgram.__init__ = _reported(module.TestProgram.__init__)
            module.runner.TextTestRunner.run = _reported(module.runner.TextTestRunner.run)

        spec.loader.exec_module = changed  # type: ignore[method-assign]
        return spec


def _remove_traces() -> None:
    """What the project's own processes and imports would see of this file."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != _FOLDER]
    rest = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each and each != _FOLDER]
    os.environ["PYTHONPATH"] = os.pathsep.join(rest)
    if not rest:
        del os.environ["PYTHONPATH"]
    own = sys.modules.pop("sitecustomize")
    with suppress(ImportError):
        import_module("sitecustomize")  # this machine's own
    sys.modules.setdefault("sitecustomize", own)


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, _UnittestFinder)
    _remove_traces()
