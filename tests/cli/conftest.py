"""The command line as people use it: a process, its output, its exit status."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Honk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def honk(tmp_path: Path) -> Honk:
    """`honk("sessions", "--json")`, with a HONK_HOME of its own and no key."""

    def run(*args: str, cwd: Path | None = None, timeout: float = 170, **env: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HONK_HOME": str(tmp_path / "home"), **env}
        argv = (sys.executable, "-m", "honk.cli.main", *args)
        return subprocess.run(argv, env=environ, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)

    return run
