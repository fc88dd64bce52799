"""What retention removes, and how it is found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from honk.pipeline.context import Services
from honk.settings import RetentionSettings

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
