"""Which repository a request is about, by the words of the catalogue. Pure.

An entry's words are those of its name and of what it says about itself. A match counts only where it is clear: one
entry shares words with the request that no other entry has. Everything else is a question to the person.
"""

import re
from collections import Counter
from collections.abc import Sequence

from honk.core.repo import Repo

SHORTEST = 3
"""Characters of a word that says something."""

COMMON = frozenset(
    # no more than what English requests for changes of software are made of
    re.findall(
        r"\w+",
        "the and for with from that this when then not are was has have but add fix make into page app bug new use our"
        " its service code repo repository change should would could please does crashes broken",
    )
)
"""Words that requests are full of whatever they are about."""

CLEAR = 2
"""So many words of its own must speak for an entry, unless one of them stands in its name."""


def match(text: str, repos: Sequence[Repo]) -> str:
    """The name of the one repository that `text` is clearly about; empty when there is none."""
    said = _words(text)
    everywhere = Counter(word for repo in repos for word in _entry(repo))
    own = {repo.name: {word for word in _entry(repo) & said if everywhere[word] == 1} for repo in repos}
    spoken_for = [repo for repo in repos if own[repo.name]]
    if len(spoken_for) != 1:
        return ""
    found = spoken_for[0]
    clear = len(own[found.name]) >= CLEAR or bool(own[found.name] & _words(found.name))
    return found.name if clear else ""


def ranked(text: str, repos: Sequence[Repo]) -> tuple[str, ...]:
    """The names of all repositories, those with most words in common with `text` first."""
    said = _words(text)
    return tuple(repo.name for repo in sorted(repos, key=lambda repo: -len(_entry(repo) & said)))


def _entry(repo: Repo) -> set[str]:
    return _words(f"{repo.name} {repo.about}")


def _words(text: str) -> set[str]:
    """The words of `text` in lower case, a plural's ending taken off."""
    found = (word.removesuffix("s") for word in re.findall(r"\w+", text.replace("_", " ").lower()))
    return {word for word in found if len(word) >= SHORTEST} - COMMON
