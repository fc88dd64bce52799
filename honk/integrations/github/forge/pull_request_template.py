"""The text of a pull request: the repository's own template, and our evidence between two marks.

Only what stands between the marks is ever written again: what people tick or add is theirs. Pure.
"""

import re
from collections.abc import Iterable

BEGIN = "<!-- honk: what stands from here on is written anew by each turn -->"
END = "<!-- honk: up to here -->"

LONGEST = 60_000
"""Characters. GitHub takes 65,536."""

_DIRECTORIES = ("", "docs/", ".github/")
_NAME = re.compile(r"pull_request_template(?:\.(?:md|txt|markdown))?", re.IGNORECASE)


def choose(paths: Iterable[str]) -> str:
    """The path of the repository's template: in `.github/`, the root or `docs/`, in any spelling; empty for none.

    A directory PULL_REQUEST_TEMPLATE/ with several has no default: GitHub takes one only where it is named.
    """
    found = []
    for path in paths:
        directory, _, name = path.rpartition("/")
        place = f"{directory}/" if directory else ""
        if place.lower() in _DIRECTORIES and _NAME.fullmatch(name):
            found.append((-_DIRECTORIES.index(place.lower()), path))
    return min(found)[1] if found else ""


def body(evidence: str, template: str) -> str:
    """A new pull request's text."""
    own = _inert(template).strip()
    return (f"{own}\n\n" if own else "") + section(evidence)


def updated(before: str, evidence: str) -> str:
    """An existing one's text with new evidence in it. Where people removed the marks it comes to the end."""
    start, end = before.find(BEGIN), before.find(END)
    if start < 0 or end < start:
        rest = _inert(before).strip()
        return (f"{rest}\n\n" if rest else "") + section(evidence)
    return before[:start] + section(evidence) + before[end + len(END) :]


def section(evidence: str) -> str:
    """The evidence between its marks, which it cannot forge; nobody is notified by a name in it."""
    text = quiet(_inert(evidence)).strip()
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit("\n", 1)[0] + "\n\n(cut here: the whole is in the session)"
    return f"{BEGIN}\n{text}\n{END}"


def quiet(text: str) -> str:
    """`@name` without its effect: an invisible character behind the sign keeps GitHub from sending mail."""
    return re.sub(r"(?<![\w`/])@(?=[A-Za-z0-9])", "@\u200b", text)


def _inert(text: str) -> str:
    return text.replace("\r\n", "\n").replace("<!-- honk:", "<!-- (honk)")
