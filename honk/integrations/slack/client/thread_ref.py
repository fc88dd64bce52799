"""Names of Slack threads and messages in the store. Pure."""

from dataclasses import dataclass

INTEGRATION = "slack"


@dataclass(frozen=True)
class SlackThreadRef:
    """A thread: team and channel by their ids, and the timestamp of its first message."""

    team: str
    channel: str
    thread_ts: str

    def __str__(self) -> str:
        return f"{INTEGRATION}:{self.team}/{self.channel}/{self.thread_ts}"

    @property
    def channel_ref(self) -> str:
        """The channel, as the store names it in bindings."""
        return f"{INTEGRATION}:{self.team}/{self.channel}"

    def message(self, ts: str) -> str:
        """The claim of one message: it becomes one turn, however often it is delivered."""
        return f"{INTEGRATION}:{self.team}/{self.channel}/{ts}"


def parse(thread: str) -> SlackThreadRef | None:
    """The reverse of `str`; None for a thread of another chat."""
    integration, _, rest = thread.partition(":")
    parts = rest.split("/")
    return SlackThreadRef(*parts) if integration == INTEGRATION and len(parts) == 3 else None
