"""Text from Slack as plain text: entities decoded, invisible characters removed. Pure.

Source: docs.slack.dev, "Formatting message text", "Retrieving messages".
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from honk.integrations.slack.messages import mrkdwn

_ENTITY = re.compile(r"<([^<>\n]*)>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_PERMALINK = re.compile(r"/archives/([CDG][A-Z0-9]+)/p(\d{10})(\d{6})(?:\?|$)")


def mentions(text: str) -> tuple[str, ...]:
    """The ids of everybody whom `text` mentions."""
    return tuple(_USER.findall(text))


def without(text: str, user: str) -> str:
    """`text` without the mention of `user` at its beginning or end, where it addresses them."""
    this = rf"<@{re.escape(user)}(?:\|[^<>]*)?>"
    text = re.sub(rf"^(?:\s*{this}[\s,:;.!-]*)+", "", text)
    return re.sub(rf"(?:[\s,]*{this}\s*)+$", "", text).strip()


def decoded(text: str, names: Mapping[str, str]) -> str:
    """`text` for people and agents. `names` maps user ids to names; an unknown user keeps the id."""
    plain = _ENTITY.sub(lambda found: _read(found[1], names), text)
    for escape, char in _ESCAPES:
        plain = plain.replace(escape, char)
    return "\n".join(row.rstrip() for row in visible(plain).split("\n")).strip()


def visible(text: str) -> str:
    """`text` of any length without control, zero-width and bidirectional characters."""
    step = mrkdwn.LONGEST_INPUT
    return "".join(mrkdwn.clean(text[at : at + step]) for at in range(0, len(text), step))


def permalinks(text: str, root: str) -> tuple[tuple[str, str], ...]:
    """(channel, ts) of the messages of the workspace at `root` (`https://goose.slack.com/`) that `text` links to."""
    found: dict[tuple[str, str], None] = {}
    host = urlsplit(root).netloc
    for entity in _ENTITY.findall(text):
        url = entity.partition("|")[0].replace("&amp;", "&")
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        match = _PERMALINK.fullmatch(parts.path) if host and parts.netloc == host else None
        if match:
            found[match[1], f"{match[2]}.{match[3]}"] = None
    return tuple(found)


def _read(entity: str, names: Mapping[str, str]) -> str:
    """What is between the angle brackets, as text."""
    target, _, label = entity.partition("|")
    if target.startswith("@"):
        return f"@{names.get(target[1:], label or target[1:])}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return _special(target[1:], label)
    address = target.removeprefix("mailto:")
    if not label or label in (target, address, address.partition("://")[2]):
        return address
    return f"{label} ({target})"


def _special(target: str, label: str) -> str:
    """A group, everybody or a date, as text that mentions nobody."""
    if target.startswith("date^"):
        return label or target.split("^")[1]
    if target.startswith("subteam^"):
        return label if label.startswith("@") else f"@{label or target.removeprefix('subteam^')}"
    return f"@{target.partition('^')[0]}"
