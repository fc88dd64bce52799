"""Words that do what a button does, when they are all that somebody says. Pure."""

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
"""At the beginning of a message in a session's thread: said to people, not to Honk."""

_MARKS = re.compile(r"^[\s*_`~]+|[\s.,!?…:;*_`~]+$")


def parse(text: str) -> CommandWord | None:
    """The command that `text` is: by itself, in any case, with or without punctuation at its end."""
    words = _MARKS.sub("", " ".join(text.split()).lower().replace("please", " "))
    return WORDS.get(" ".join(_MARKS.sub("", words).split()))


def is_aside(text: str) -> bool:
    """Whether the message is for the people in the thread."""
    return text.lstrip().lower().startswith(ASIDE)
