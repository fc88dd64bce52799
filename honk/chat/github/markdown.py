"""Text that nobody vouches for, as Markdown on GitHub: it mentions nobody, closes no issue, links and shows nothing.

GitHub looks for mentions and references in what Markdown has made of a text, so that a backslash before them does not
help; in code it does not look. A word that holds a sign of one is therefore shown as code, all others have their
punctuation escaped.
"""

import re
from collections.abc import Iterable

from honk.chat import render
from honk.chat.github.mention import visible

LONGEST_LINE = 600
"""Characters of untrusted text in one line."""

_ACTIVE = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~=:$^&])")
_SPEAKING = re.compile(r"@|#\d|://|www\.|^gh-\d", re.IGNORECASE)
_TRAILING = ".,;:!?"
_SPAN = re.compile(r"`([^`\n]{1,300})`")


def line(text: str, longest: int = LONGEST_LINE) -> str:
    """Untrusted text on one line. Short code in backticks stays code."""
    flat = render.clip(visible(text), longest)
    parts, at = [], 0
    for span in _SPAN.finditer(flat):
        parts += [_words(flat[at : span.start()]), code(span[1])]
        at = span.end()
    return "".join([*parts, _words(flat[at:])])


def code(text: str) -> str:
    """Untrusted text as inline code: a path, a command. Empty stays empty."""
    flat = render.clip(text, LONGEST_LINE).replace("`", "'").replace("|", "¦")
    return f"`{flat}`" if flat else ""


def quoted(text: str, most: int = 30) -> str:
    """Untrusted text as a quotation, line by line, at most so many; an empty line stays one."""
    rows = [row for row in text.strip().splitlines() if not row.strip().startswith(("```", "~~~"))]
    more = [f"> … {len(rows) - most} more lines"] if len(rows) > most else []
    return "\n".join([*(f"> {line(row)}".rstrip() for row in rows[:most]), *more])


def block(rows: Iterable[str]) -> str:
    """Untrusted lines as a code block that they cannot leave."""
    shown = [render.clip(row, LONGEST_LINE).replace("```", "'''").replace("~~~", "'''") for row in rows]
    return "\n".join(["```text", *shown, "```"])


def _words(text: str) -> str:
    """Blanks stay as they are."""
    return "".join(_word(part) for part in re.split(r"( +)", text))


def _word(word: str) -> str:
    if _SPEAKING.search(word):
        bare = word.rstrip(_TRAILING)
        return code(bare) + _ACTIVE.sub(r"\\\1", word[len(bare) :])
    return _ACTIVE.sub(r"\\\1", word)
