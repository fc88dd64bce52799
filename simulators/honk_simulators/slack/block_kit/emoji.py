"""The names of emoji, as Slack knows them.

`emoji.txt` is made from emoji-datasource 16 (MIT), the list that Slack itself is built on.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def standard() -> Mapping[str, str]:
    """Name → character."""
    found: dict[str, str] = {}
    for line in Path(__file__).with_name("emoji.txt").read_text(encoding="utf-8").splitlines():
        character, *names = line.split(" ")
        found |= dict.fromkeys(names, character)
    return found


def base(name: str) -> str:
    """Without colons and skin tone."""
    return name.strip(":").partition("::")[0]
