"""What retention removes, and how it is found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from honk.pipeline.context import Services
from honk.settings import RetentionSettings
from honk.workspaces import directories

DAY = 86_400.0


@dataclass(frozen=True)
class Removable:
    """Something that nobody needs any more. `bytes` is its size on disk.

    `remove` checks again that it is not in use, and returns whether it was removed.
    """

    kind: str
    name: str
    bytes: int
    remove: Callable[[], Awaitable[bool]]


Finder = Callable[[Services, RetentionSettings], Awaitable[list[Removable]]]


def size_of(path: Path) -> int:
    """The bytes of a file or a directory. A symbolic link is not followed."""
    if path.is_dir() and not path.is_symlink():
        return directories.size(path)
    return path.lstat().st_size
