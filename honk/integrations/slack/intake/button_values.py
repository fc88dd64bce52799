"""What a button of Honk's says when it is pressed. Pure.

A press is bound to what was shown: it names the session and the commit. Who may press is decided elsewhere, by policy
and identity; a value that anybody could have made up grants nothing.
"""

import json
from dataclasses import dataclass
from typing import Literal, get_args

ButtonVerb = Literal["merge", "changes", "ask", "stop", "rollback", "retry", "pick", "go_on", "open"]
"""merge; show the changes; ask for changes; stop; roll back; try again; pick a repository; allow more money; a link."""

PREFIX = "honk."
LONGEST_VALUE = 2000
"""Characters of a button's value that Slack takes."""


@dataclass(frozen=True)
class ButtonValue:
    """A button's meaning. `head` is the commit that was shown, `looked`: the person confirmed that they looked at what
    the guard flagged, `pick` a repository's name."""

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
        """What Slack gives back."""
        data = {"s": self.session, "h": self.head, "l": self.looked, "p": self.pick}
        return json.dumps({key: value for key, value in data.items() if value}, separators=(",", ":"))


def parse(action_id: str, value: str) -> ButtonValue | None:
    """The press that was made; None for what is no button of ours."""
    verb = action_id.removeprefix(PREFIX).partition(".")[0]
    if not action_id.startswith(PREFIX) or verb not in get_args(ButtonVerb):
        return None
    try:
        data = json.loads(value)
        return ButtonValue(verb, str(data["s"]), str(data.get("h", "")), data.get("l") is True, str(data.get("p", "")))  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
