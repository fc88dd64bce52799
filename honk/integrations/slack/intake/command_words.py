"""Replies that are commands: a message of these words alone does what the button does. Pure."""

import re
from typing import Literal

CommandWord = Literal["stop", "merge", "merge looked", "rollback", "status", "approve", "help", "go on"]

WORDS: dict[str, CommandWord] = {
    "stop": "stop",
    "cancel": "stop",
    "merge": "merge",
    "merge it": "merge",
    "merge looked": "merge looked",
    "merge, looked": "merge looked",
    "rollback": "rollback",
    "roll back": "rollback",
    "roll it back": "rollback",
    "status": "status",
    "approve": "approve",
    "approved": "approve",
    "help": "help",
    "go on": "go on",
}

ASIDE = "(aside)"
"""A message in a session's thread that begins with this is for people, not for Honk."""

_MARKS = re.compile(r"^[\s*_`~]+|[\s.,!?…:;*_`~]+$")


def parse(text: str) -> CommandWord | None:
    """The command, if `text` is one: without other words, in any case, with any punctuation at its end."""
    words = _MARKS.sub("", " ".join(text.split()).lower().replace("please", " "))
    return WORDS.get(" ".join(_MARKS.sub("", words).split()))


def is_aside(text: str) -> bool:
    """Whether the message is for the people in the thread."""
    return text.lstrip().lower().startswith(ASIDE)
