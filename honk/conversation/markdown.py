"""Text that nobody vouches for, as Markdown on a forge: it mentions nobody, closes no issue, links and shows nothing.

GitHub looks for mentions and references in what Markdown has made of a text, so that a backslash before them does not
help; in code it does not look. A word that holds a sign of one is therefore shown as code. Of all other characters only
those are escaped that would do something where they stand: the text is read raw as well, in mails. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable

from honk.conversation import event_lines
from honk.core.verdict import Finding, Verdict

LONGEST = 70_000
"""Characters of a text that are looked at: GitHub takes 65,536."""

LONGEST_LINE = 600
"""Characters of untrusted text in one line."""

_ALWAYS = frozenset("`[|")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_SPEAKING = re.compile(r"@|#\d|://|www\.|(?<![a-z0-9])gh-\d", re.IGNORECASE)
_BRACKETS, _TRAILING = "([{\"'“‘", ")]}\"'”’.,;:!?…"
_SPAN = re.compile(r"`([^`\n]{1,300})`")
_START = re.compile(r"#{1,6}(?=\s|$)|[-+](?=\s|$)|>|[-=:](?=[-=: ]*$)|\d{1,9}(?=[.)](?:\s|$))")
_ENTITY = re.compile(r"&(?:#|\w+;)")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(\S.*)")
_ITEM = re.compile(r"(\s{0,6})(?:[-*+]|(\d{1,3})[.)])\s+(\S.*)")
_STRONG = re.compile(r"(?<!\w)\*\*(?=\S)([^*]{1,300})(?<=\S)\*\*(?!\w)")


def line(text: str, home: str = "", longest: int = LONGEST_LINE) -> str:
    """Untrusted text on one line. Short code in backticks stays code. With `home`, the address of the repository that
    it is shown in, the text is a sentence of ours with such parts in it: what leads to pages of the repository, and
    the numbers of its pull requests, stay links."""
    flat = event_lines.clip(visible(text), longest)
    if home:
        # a forge shows the address of its own page as its number
        flat = re.sub(rf"\b(pull request) #(\d+): ({re.escape(home)}/pull/\2)(?!\d)", r"\1 \3", flat)
    own = re.compile(rf"{_SPAN.pattern}|{_own(home)}") if home else _SPAN
    parts, at = [], 0
    for span in own.finditer(flat):
        parts += [_words(flat[at : span.start()], first=not at), code(span[1]) if span[1] else span[0]]
        at = span.end()
    return "".join([*parts, _words(flat[at:], first=not at)])


def asked(text: str, longest: int) -> str:
    """The words of somebody who may say what they like there, on one line: references work, nothing is formatted."""
    return _escape(event_lines.clip(visible(text), longest), first=True)


def code(text: str) -> str:
    """Untrusted text as inline code: a path, a command. Empty stays empty."""
    flat = event_lines.clip(text, LONGEST_LINE).replace("`", "'").replace("|", "¦")
    return f"`{flat}`" if flat else ""


def link(text: str, address: str) -> str:
    """Untrusted text as a link to an address of ours or of the forge; without one as it is."""
    shown = line(text)
    return (
        f"[{shown.replace(']', chr(92) + ']')}]({address})" if re.fullmatch(r"https?://[^\s()<>]+", address) else shown
    )


def quoted(text: str, most: int = 30) -> str:
    """Untrusted text as a quotation, line by line, at most so many; an empty line stays one, and a list a list."""
    rows = [row for row in visible(text).strip().splitlines() if not _FENCE.match(row)]
    more = ["> ", f"> … {event_lines.count(len(rows) - most, 'more line')}"] if len(rows) > most else []
    return "\n".join([*(f"> {_row(row)}".rstrip() for row in rows[:most]), *more])


def block(rows: Iterable[str]) -> str:
    """Untrusted lines as a code block that they cannot leave."""
    shown = [_verbatim(row).replace("```", "'''").replace("~~~", "'''") for row in rows]
    return "\n".join(["```text", *shown, "```"])


def finding(found: Finding) -> str:
    """What the guard found, as an item of a list."""
    where = code(f"{found.path}:{found.line}" if found.line else found.path)
    return f"- {'**blocked:** ' if found.severity == 'block' else ''}{where}: {line(found.reason)}"


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    """The results of the verifiers."""
    rows = (
        f"| {event_lines.mark(each)} | {line(each.name)}{event_lines.remark(each)} | {code(each.command)} "
        f"| {event_lines.seconds(each.seconds)} |"
        for each in verdicts
    )
    return "\n".join(["| | verifier | command | time |", "|-|-|-|-|", *rows])


def visible(text: str) -> str:
    """`text` without what a reader on a forge does not see: comments in HTML, control, zero-width and bidirectional
    characters."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(char for char in text if char in "\n\t" or not _hidden(char))
    kept, at = [], 0
    while (start := shown.find("<!--", at)) >= 0:
        kept.append(shown[at:start])
        end = shown.find("-->", start + 4)
        at = len(shown) if end < 0 else end + 3
    kept.append(shown[at:])
    return "".join(kept)


def _hidden(char: str) -> bool:
    """A joiner inside an emoji goes as well: what it was made of stays."""
    return unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn")


def _own(home: str) -> str:
    """What is a link in a sentence of ours."""
    return rf"pull request #\d+|(?<!\S){re.escape(home)}/(?:[\w/?=&%.-]*[\w/])?(?:#\w[\w-]*)?(?![^\s.,;:)])"


def _row(row: str) -> str:
    """One line of a quotation. A heading is a line like others: the comment's own structure is ours."""
    row = _STRONG.sub(r"\1", row.expandtabs(4))
    if heading := _HEADING.fullmatch(row):
        return line(heading[1].rstrip("# "))
    if item := _ITEM.fullmatch(row):
        return f"{item[1]}{f'{item[2]}.' if item[2] else '-'} {line(item[3])}"
    return line(row)


def _verbatim(row: str) -> str:
    """A line of output with its indentation, without control characters."""
    shown = "".join(char if char.isprintable() else " " for char in row.expandtabs(4)).rstrip()
    return shown if len(shown) <= LONGEST_LINE else f"{shown[: LONGEST_LINE - 1]}…"


def _words(text: str, *, first: bool) -> str:
    """Blanks stay as they are."""
    parts = re.split(r"( +)", text)
    if not any(map(_SPEAKING.search, parts)):
        return _escape(text, first=first)
    return "".join(_word(part, first=first and n == 0) for n, part in enumerate(parts))


def _word(word: str, *, first: bool) -> str:
    if not _SPEAKING.search(word):
        return _escape(word, first=first)
    begun = word.lstrip(_BRACKETS)
    bare = begun.rstrip(_TRAILING)
    if not _SPEAKING.search(bare):
        return code(word)
    before, after = word[: len(word) - len(begun)], begun[len(bare) :]
    return f"{_escape(before, first=False)}{code(bare)}{_escape(after, first=False)}"


def _escape(text: str, *, first: bool) -> str:
    """What would do something gets a backslash. `first`: the text may begin a line."""
    begin = _START.match(text) if first else None
    at = (begin.end() if text[0].isdecimal() else 0) if begin else -1
    start = 0 if first else -1
    return "".join(f"\\{char}" if n == at or _active(text, n, n == start) else char for n, char in enumerate(text))


def _active(text: str, n: int, start: bool) -> bool:
    """Whether the character at `n` would do something, at the `start` of a line or behind anything; the end of the text
    may stand before anything."""
    char, before, after = text[n], text[n - 1 : n], text[n + 1 : n + 2]
    match char:
        case "*":
            return not (before.isspace() and after.isspace())
        case "~":
            return not ((start or before.isspace()) and after.isspace())
        case "\\":
            return not after or after in _PUNCTUATION
        case "_":
            return not (before.isalnum() and after.isalnum())
        case "<":
            return not (after.isspace() or after.isdecimal() or after == "=")
        case "&":
            return _ENTITY.match(text, n) is not None
        case "$":
            return not (after.isdecimal() and not before.isalnum())
        case _:
            return char in _ALWAYS
