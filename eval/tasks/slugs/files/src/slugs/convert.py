"""From a title to a slug."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_LETTERS = {"ß": "ss", "æ": "ae", "ø": "o", "ł": "l"}


def slugify(title: str, limit: int = 0) -> str:
    """The title in lower case, words joined by `-`; at most `limit` characters, 0 for any number."""
    text = "".join(_LETTERS.get(letter, letter) for letter in title.lower())
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = _SEPARATORS.sub("-", plain).strip("-")
    return shorten(slug, limit) if limit else slug


def shorten(slug: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that leaves something."""
    if len(slug) <= limit:
        return slug
    cut = slug[: limit + 1].rpartition("-")[0]
    return cut or slug[:limit]


def words(title: str) -> list[str]:
    """The words of the title's slug."""
    slug = slugify(title)
    return slug.split("-") if slug else []
