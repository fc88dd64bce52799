"""The command line as people use it: a process, its output, its exit status."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Honk = Callable[..., subprocess.CompletedProcess[str]]
Files = Mapping[str, str]
Measure = Callable[..., dict[str, Any]]


@pytest.fixture
def honk(tmp_path: Path) -> Honk:
    """`honk("sessions", "--json")`, with a HONK_HOME of its own and no key."""

    def run(*args: str, cwd: Path | None = None, timeout: float = 170, **env: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HONK_HOME": str(tmp_path / "home"), **env}
        argv = (sys.executable, "-m", "honk.cli.main", *args)
        return subprocess.run(argv, env=environ, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)

    return run


@pytest.fixture
def measure(honk: Honk, tmp_path: Path) -> Measure:
    """`measure(files, change)`: what `honk verify --base main --json` says of the tests after the change."""

    def run(files: Files, change: Files) -> dict[str, Any]:
        at = tmp_path / "shop"
        write(at, files)
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@invalid")
        for argv in (("init", "-q", "-b", "main"), ("add", "-A"), (*who, "commit", "-qm", "start")):
            subprocess.run(("git", *argv), cwd=at, check=True)
        write(at, change)
        done = honk("verify", str(at), "--base", "main", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        tests: dict[str, Any] = json.loads(done.stdout)["tests"]
        return {**tests, "printed": done.stderr}

    return run


def write(at: Path, files: Files) -> None:
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)


def vendor_pytest(at: Path) -> None:
    """pytest as files of the checkout that git ignores."""
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        found = Path(importlib.import_module(name).__file__ or "").parent
        shutil.copytree(found, at / "vendor" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(pytest.__file__).parent.parent / "py.py", at / "vendor" / "py.py")
