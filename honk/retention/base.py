"""What retention removes, and how it is found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from honk.client import Removal
from honk.pipeline.context import Services
from honk.workspaces import directories

DAY = 86_400.0


@dataclass(frozen=True)
class Removable:
    """Something that nobody needs any more.

    `remove` checks again that it is not in use, and returns whether it was removed.
    """

    what: Removal
    remove: Callable[[], Awaitable[bool]]


Finder = Callable[[Services], Awaitable[list[Removable]]]


def size_of(path: Path) -> int:
    """The bytes on disk of a file or a directory. A symbolic link is not followed."""
    return path.lstat().st_blocks * 512 + (directories.size(path) if path.is_dir() and not path.is_symlink() else 0)


async def remove(path: Path) -> bool:
    """Remove a file or a directory."""
    await directories.remove(path)
    return True
