"""The body of a pull request: the repository's own template, and Honk's evidence between two marks. Pure.

Only the text between the marks is ever replaced; what people tick or add elsewhere stays.
"""

import re
from collections.abc import Iterable

BEGIN = "<!-- honk: what stands from here on is written anew by each turn -->"
END = "<!-- honk: up to here -->"

MAX_CHARS = 60_000
"""GitHub accepts 65,536."""

_DIRECTORIES = ("", "docs/", ".github/")
_NAME = re.compile(r"pull_request_template(?:\.(?:md|txt|markdown))?", re.IGNORECASE)


def choose(paths: Iterable[str]) -> str:
    """The path of the repository's template: in `.github/`, the root or `docs/`, in any spelling; empty for none.

    A directory PULL_REQUEST_TEMPLATE/ with several templates has no default: GitHub uses one only by name.
    """
    found = []
    for path in paths:
        directory, _, name = path.rpartition("/")
        folder = f"{directory}/" if directory else ""
        if folder.lower() in _DIRECTORIES and _NAME.fullmatch(name):
            found.append((-_DIRECTORIES.index(folder.lower()), path))
    return min(found)[1] if found else ""


def body(evidence: str, template: str) -> str:
    """The body of a new pull request."""
    own = _inert(template).strip()
    return (f"{own}\n\n" if own else "") + section(evidence)


def updated(before: str, evidence: str) -> str:
    """An existing body with new evidence in it; at its end, where people removed the marks."""
    start, end = before.find(BEGIN), before.find(END)
    if start < 0 or end < start:
        rest = _inert(before).strip()
        return (f"{rest}\n\n" if rest else "") + section(evidence)
    return before[:start] + section(evidence) + before[end + len(END) :]


def section(evidence: str) -> str:
    """The evidence between its marks. It cannot contain marks itself, and names in it notify nobody."""
    text = quiet(_inert(evidence)).strip()
    if len(text) > MAX_CHARS:
        text = text[:MAX_CHARS].rsplit("\n", 1)[0] + "\n\n(cut here; the session has the full text)"
    return f"{BEGIN}\n{text}\n{END}"


def quiet(text: str) -> str:
    """Text whose `@name` notifies nobody: an invisible character follows each @."""
    return re.sub(r"(?<![\w`/])@(?=[A-Za-z0-9])", "@\u200b", text)


def _inert(text: str) -> str:
    return text.replace("\r\n", "\n").replace("<!-- honk:", "<!-- (honk)")
