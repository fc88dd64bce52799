"""Where something is in Slack, as the store names it. Pure."""

from dataclasses import dataclass

SURFACE = "slack"


@dataclass(frozen=True)
class SlackThreadRef:
    """A thread: team and channel by their ids, and the timestamp of its first message."""

    team: str
    channel: str
    thread_ts: str

    def __str__(self) -> str:
        return f"{SURFACE}:{self.team}/{self.channel}/{self.thread_ts}"

    @property
    def channel_ref(self) -> str:
        """The channel, as bindings name it."""
        return f"{SURFACE}:{self.team}/{self.channel}"

    def message(self, ts: str) -> str:
        """One message in it: the claim under which it becomes a turn, however often it is delivered."""
        return f"{SURFACE}:{self.team}/{self.channel}/{ts}"


def parse(thread: str) -> SlackThreadRef | None:
    """The place that `str(Place)` named; None for a thread of another surface."""
    surface, _, rest = thread.partition(":")
    parts = rest.split("/")
    return SlackThreadRef(*parts) if surface == SURFACE and len(parts) == 3 else None
