"""Tool chains outside /usr that the shipped tasks need, made visible to the sandbox."""

import os
import shutil
import sys
from pathlib import Path

from honk import process

_COPIED = ("ruff",)
"""Single-file programs that are copied into a folder of their own, so that the sandbox sees nothing else."""


async def folders(place: Path) -> tuple[str, ...]:
    """Folders with a `bin` for `[sandbox] readonly`: Rust's tool chain, and one made in `place` for single programs."""
    found = []
    if shutil.which("rustc"):
        root = await process.run(("rustc", "--print", "sysroot"))
        if root.ok and not root.text.startswith("/usr"):
            found.append(root.text.strip())
    programs = place / "tools" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        if source := shutil.which(
            name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        ):
            shutil.copy2(source, programs / name)
    return (*found, str(programs.parent))
