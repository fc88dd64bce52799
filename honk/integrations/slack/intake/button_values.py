"""The values of Honk's buttons. Pure.

A value names the session and the commit that were shown. It grants nothing: who may press is decided by identity and
policy when the button is handled.
"""

import json
from dataclasses import dataclass
from typing import Literal, get_args

ButtonVerb = Literal["merge", "changes", "ask", "stop", "rollback", "retry", "pick", "go_on", "open"]
"""merge; show the changes; ask for changes; stop; roll back; try again; pick a repository; allow more money; a link."""

PREFIX = "honk."
LONGEST_VALUE = 2000
"""Slack's limit for a button's value, in characters."""


@dataclass(frozen=True)
class ButtonValue:
    """`head` is the commit that was shown; `looked`: the person confirmed to have looked at what was flagged; `pick` is
    the name of a repository."""

    verb: ButtonVerb
    session: str
    head: str = ""
    looked: bool = False
    pick: str = ""

    @property
    def action_id(self) -> str:
        """Unique among the buttons of one message."""
        return f"{PREFIX}{self.verb}" + (f".{self.pick}" if self.pick else "")

    @property
    def value(self) -> str:
        """The value as Slack returns it."""
        data = {"s": self.session, "h": self.head, "l": self.looked, "p": self.pick}
        return json.dumps({key: value for key, value in data.items() if value}, separators=(",", ":"))


def parse(action_id: str, value: str) -> ButtonValue | None:
    """The value of a pressed button; None for a button that is not Honk's."""
    verb = action_id.removeprefix(PREFIX).partition(".")[0]
    if not action_id.startswith(PREFIX) or verb not in get_args(ButtonVerb):
        return None
    try:
        data = json.loads(value)
        return ButtonValue(verb, str(data["s"]), str(data.get("h", "")), data.get("l") is True, str(data.get("p", "")))  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
