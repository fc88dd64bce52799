"""Finds mentions of Honk in a text on GitHub. Pure.

A mention counts where a person would see one: not in code, not in a quotation, not in what a browser hides, not in an
e-mail address. Every step is linear in the text: it comes from anybody.
"""

import re

from honk.conversation import markdown

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
_PAIRS = (("<!--", "-->"), ("<pre", "</pre>"), ("<code", "</code>"), ("<blockquote", "</blockquote>"))


def addressed_text(text: str, name: str) -> str | None:
    """`text` without the mention of @`name`. None when it has no mention; empty when it has nothing else."""
    text = markdown.visible(text)
    spots = [spot.span() for spot in _mention(name).finditer(_masked(text))]
    if not spots:
        return None
    kept, at = [], 0
    for start, end in spots:
        kept.append(text[at:start])
        at = end
    kept.append(text[at:])
    rows = (row.strip(" \t") if row.strip(" \t") == "" else row.rstrip() for row in "".join(kept).split("\n"))
    return "\n".join(rows).strip()


def _mention(name: str) -> re.Pattern[str]:
    """A login holds letters, digits and hyphens; an App may be called with its `[bot]`."""
    return re.compile(
        rf"(?<![\w@./+%`-])@{re.escape(name)}(?:\[bot\])?(?![\w-]|[./@]\w)(?:[ \t]*[,:;])?[ \t]?",
        re.IGNORECASE | re.ASCII,
    )


def _masked(text: str) -> str:
    """`text` with blanks in place of code, quotations and hidden parts; every character keeps its position."""
    rows, fence = [], ""
    for row in text.split("\n"):
        mark = _FENCE.match(row)
        inside = bool(fence)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence and mark[1].startswith(fence) and not row[mark.end() :].strip():
            fence = ""
        quoted = inside or mark or row.lstrip(" ").startswith(">") or row.startswith(("    ", "\t"))
        rows.append(" " * len(row) if quoted else row)
    masked = _without_spans("\n".join(rows))
    lower = masked.lower()
    for opening, closing in _PAIRS:
        masked = _blank_pairs(masked, lower, opening, closing)
    return masked


def _without_spans(text: str) -> str:
    """Code spans blanked: from a run of backticks to the next run of the same length."""
    runs = [run.span() for run in _TICKS.finditer(text)]
    nearest: dict[int, int] = {}
    closes = [0] * len(runs)
    for index in reversed(range(len(runs))):
        length = runs[index][1] - runs[index][0]
        closes[index] = nearest.get(length, 0)
        nearest[length] = index
    parts, at, index = [], 0, 0
    while index < len(runs):
        if closes[index]:
            start, end = runs[index][0], runs[closes[index]][1]
            parts += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
            at, index = end, closes[index]
        index += 1
    return "".join([*parts, text[at:]])


def _blank_pairs(text: str, lower: str, opening: str, closing: str) -> str:
    """Blank the text between two tags; an unclosed tag reaches to the end."""
    parts, at = [], 0
    while (start := lower.find(opening, at)) >= 0:
        end = lower.find(closing, start)
        end = len(text) if end < 0 else end + len(closing)
        parts += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])
