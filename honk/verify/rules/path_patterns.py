"""Path patterns as in `.gitignore` and `policy.protected`: `*` within a name, `**` across folders."""

import re
from collections.abc import Iterable
from functools import cache


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether `path`, or a folder that it lies in, matches one of `patterns`.

    A pattern without a slash matches a name at any depth; one with a slash is anchored at the top.
    """
    return any(_compiled(pattern).match(path) for pattern in patterns if pattern.strip())


def patterns(text: str) -> tuple[str, ...]:
    """The patterns that stand in `text` between white space."""
    return tuple(text.split())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.strip()
    anchored = "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    parts: list[str] = []
    index = 0
    while index < len(body):
        if body.startswith("**/", index):
            parts.append("(?:[^/]+/)*")
            index += 3
        elif body.startswith("**", index):
            parts.append(".*")
            index += 2
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(body[index], re.escape(body[index])))
            index += 1
    return re.compile(("" if anchored else "(?:.*/)?") + "".join(parts) + r"(?:/.*)?\Z", re.DOTALL)
