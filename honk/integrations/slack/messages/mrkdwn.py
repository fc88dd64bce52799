"""Untrusted text as Slack's markup (mrkdwn): it mentions nobody, links nowhere and closes no fence of ours.

What Slack does with a text (docs.slack.dev, "Formatting message text" and "Text object"):

    & < >           begin entities, mentions and links; escaped they do nothing
    https://…, a.b  become links by themselves, unless the text object is `verbatim` (those of `blocks` are) or the
                    words are in code; clients that show the notification alone may link all the same, so addresses
                    in prose become code here
    * _ ~ ` &gt;    format at the edges of words; a WORD JOINER beside them takes them out of it

Functions that say *untrusted* take raw text; all others take finished markup.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

BLACK = "•••"
FENCE = "```"
ELLIPSIS = "…"

JOINER = "\u2060"
"""WORD JOINER: invisible, and neither space nor punctuation to Slack's parser."""

LONGEST_INPUT = 40_000
"""Characters of one untrusted text that are processed; the rest is in the event log."""

_SHORTEST_SECRET = 6
_MOST_MARKS = 4
_ZWJ = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_PLAIN = re.compile(r"[\n -~]*")
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_INVISIBLE = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u034f\u2800")

_ADDRESS = re.compile(
    r"(?<![\w@/.&;-])(?:"
    r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}:[^\s<>`]{1,2000}"  # any scheme: https://, mailto:, itms-services:
    r"|[\w.+-]{1,100}@[\w-]{1,100}(?:\.[\w-]{1,100}){1,10}"
    r"|(?:[\w-]{1,100}\.){1,10}[A-Za-z]{2,24}(?![\w-])(?:[:/?#][^\s<>`]{0,2000})?"
    r")"
)
_TRAILING = ".,;:!?)]}'\"”’»*_~"
_MARKER = re.compile(r"[*_~`]+")
_TOKENS = re.compile(
    r"\b(?:xox[a-z]-|xapp-\d-|xoxe\.)[\w-]{10,}"
    r"|\bsk-(?:ant-|proj-|svcacct-|admin-)?[\w-]{20,}"
    r"|\b(?:gh[pousr]_\w{20,}|github_pat_\w{22,}|glpat-[\w-]{20,}|hf_\w{30,}|npm_\w{30,}|pypi-[\w-]{30,})"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}|\bGOCSPX-[\w-]{20,}"
    r"|\bSG\.[\w-]{16,}\.[\w-]{16,}|\b[rs]k_live_\w{16,}|\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]*")
_LOGIN = re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s/@]{1,200}(?=@)")


def clean(text: str) -> str:
    """Untrusted text without control, zero-width and bidirectional characters and terminal sequences. Lines end in a
    plain newline. A text that is too long is cut."""
    text = _ESCAPE_SEQUENCE.sub("", text[:LONGEST_INPUT])
    text = re.sub(r"\r\n?|[\u2028\u2029\u0085\x0b\x0c]", "\n", text).expandtabs(4)
    return text if _PLAIN.fullmatch(text) else "".join(_seen(text))


def _seen(text: str) -> Iterator[str]:
    marks, before = 0, ""
    for char in text:
        if " " <= char <= "~" or char == "\n":
            marks, before = 0, char
            yield char
            continue
        kind = unicodedata.category(char)
        if char == _ZWJ and (before == _EMOJI_STYLE or unicodedata.category(before or "a") in ("So", "Sk")):
            yield char  # 👩‍💻 is three characters
        elif kind in ("Cs", "Co", "Cn"):
            yield "\ufffd"
        elif kind.startswith("C") or char in _INVISIBLE or "\ufe00" <= char < _EMOJI_STYLE or char >= "\U000e0000":
            continue
        elif kind.startswith("M"):
            marks += 1
            if marks <= _MOST_MARKS:
                yield char
                before = char
            continue
        else:
            yield " " if kind == "Zs" else char
        marks, before = 0, char


def redact(text: str, hide: Collection[str] = ()) -> str:
    """`text` without the secrets in `hide`, and without what looks like a credential."""
    pieces = {piece.strip() for secret in hide for piece in (secret, *secret.splitlines())}
    for piece in sorted(pieces, key=len, reverse=True):  # a secret that contains another one is replaced first
        if len(piece) >= _SHORTEST_SECRET:
            text = text.replace(piece, BLACK)
    for pattern in (_PRIVATE_KEY, _TOKENS, _LOGIN):
        text = pattern.sub(BLACK, text)
    return text


def escape(text: str) -> str:
    """`text` without entities, mentions and links for Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def prose(text: str, hide: Collection[str] = ()) -> str:
    """Untrusted text shown literally, with its lines: nothing in it formats, mentions or links."""
    return _prose(redact(clean(text), hide))


def line(text: str, hide: Collection[str] = ()) -> str:
    """Untrusted text on one line."""
    return prose(" ".join(text.split()), hide)


def label(text: str, hide: Collection[str] = ()) -> str:
    """Untrusted text on one line for places without markup: a button, an option, an alternative text."""
    return " ".join(redact(clean(text), hide).split())


def code(text: str, hide: Collection[str] = ()) -> str:
    """Untrusted text as inline code: a path, a command, a host. Empty stays empty."""
    return _code(label(text, hide))


def fenced(text: str, hide: Collection[str] = ()) -> str:
    """Untrusted text as a code block, its fences on lines of their own. Empty stays empty."""
    inside = _inert_fence(escape(redact(clean(text), hide).strip("\n")))
    return f"{FENCE}\n{inside}\n{FENCE}" if inside.strip() else ""


def link(url: str, text: str, origins: Collection[str]) -> str:
    """A link of ours: `text` (untrusted) leading to `url`, if `url` is at one of `origins` (`https://host:port`);
    otherwise the text alone with the address as code."""
    shown = escape(label(text)).replace("|", "¦")
    if not is_ours(url, origins):
        return f"{shown} {code(url)}" if url else shown
    return f"<{escape(url).replace('|', '%7C')}|{shown}>"


def is_ours(url: str, origins: Collection[str]) -> bool:
    """Whether the origin of `url` is one of `origins`."""
    if not url.isascii() or not url.isprintable() or any(char in ' <>"`\\' for char in url):
        return False
    found = origin(url)
    return bool(found) and found in origins


def origin(url: str) -> str:
    """`https://host:port` of a web address without a login in it; otherwise empty."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"


def _prose(text: str) -> str:
    """Clean, redacted text: addresses become code, the rest is escaped and does not format."""
    done, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = found.group().rstrip(_TRAILING)
        if not _is_address(address):
            continue
        done += [_inert(text[at : found.start()]), _code(address)]
        at = found.start() + len(address)
    return separate_code("".join([*done, _inert(text[at:])]))


def _is_address(text: str) -> bool:
    """Whether a client might turn it into a link: not `note:`, not `12:30`."""
    scheme, colon, rest = text.partition(":")
    if colon and "." not in scheme:
        return rest.startswith("//") or scheme.lower() in ("mailto", "tel", "sms", "data", "javascript", "slack")
    return "@" in text or "." in text


def _inert(text: str) -> str:
    """`text` escaped, without formatting."""

    def beside(found: re.Match[str]) -> str:
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        if before.isalnum() and after.isalnum() and "`" not in found.group():
            return found.group()  # playlist_page: Slack does not format within words
        return f"{JOINER}{JOINER.join(found.group())}{JOINER}"

    rows = escape(_MARKER.sub(beside, text)).split("\n")
    return "\n".join(f"{JOINER}{row}" if row.lstrip().startswith("&gt;") else row for row in rows)


def _code(text: str) -> str:
    return f"`{escape(text.strip()).replace('`', 'ˋ')}`" if text.strip() else ""


def _inert_fence(escaped: str) -> str:
    return re.sub("`{3,}", lambda found: JOINER.join(found.group()), escaped)


def separate_code(text: str) -> str:
    """`text` with a JOINER between adjacent backticks, which Slack would read as a fence."""
    return text.replace("``", f"`{JOINER}`")
