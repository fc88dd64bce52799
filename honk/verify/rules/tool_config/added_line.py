"""Which line of a change sets a key."""

import re

from honk.core.diff import FileDiff
from honk.verify.syntax.settings import Value


def line_of(file: FileDiff, key: str, now: Value | None) -> int:
    """The added line that sets the key, else the first changed line."""
    name = re.sub(r"[\[\]]", "", key.rsplit(".", 1)[-1])
    said = [str(each) for each in (now if isinstance(now, tuple) else (now,)) if each is not None]
    for wanted in ([*reversed(said)], [name]):
        for line in file.added:
            if any(each and each in line.text for each in wanted if len(each) > 1):
                return line.number
    first = next((line.number for line in file.lines if line.sign == "+"), 0)
    return first or next((max(1, line.number - 1) for line in file.lines if line.sign == "-"), 1)
