"""Copies the sample project into a directory."""

import shutil
import stat
from pathlib import Path

EXECUTABLE = ("deploy.sh",)


def files() -> Path:
    """The template's directory. Only to be read: `materialise` makes a copy to work in."""
    return Path(__file__).parent / "project"


def materialise(target: Path) -> Path:
    """Copy the project into a directory that is new or empty, and return it.

    Nothing that a run leaves behind is copied, and what has to be executable is, even where an installer dropped the
    bit. There is no git in it: that is the caller's. Raises FileExistsError when something is there already.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    shutil.copytree(files(), target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in EXECUTABLE:
        path = target / name
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return target
