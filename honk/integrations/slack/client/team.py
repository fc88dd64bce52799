"""The workspace that Honk is installed in, and what it is called there."""

from dataclasses import dataclass

from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.thread_ref import SlackThreadRef


@dataclass(frozen=True)
class SlackTeam:
    """`root` is the workspace's address, with its last slash. `bot_user` is who is mentioned, `bot` the same as an app.
    `scopes` are what the token may do."""

    id: str
    name: str
    root: str
    bot_user: str
    bot: str
    bot_name: str
    scopes: frozenset[str]

    def permalink(self, thread: SlackThreadRef, ts: str) -> str:
        """The address of a message."""
        link = f"{self.root}archives/{thread.channel}/p{ts.replace('.', '')}"
        return link if ts == thread.thread_ts else f"{link}?thread_ts={thread.thread_ts}&cid={thread.channel}"


async def read(client: SlackClient) -> SlackTeam:
    """Where the client's token belongs. Raises what `Client.call` raises."""
    said, headers = await client.exchange("auth.test")
    scopes = headers.get("x-oauth-scopes", "")
    return SlackTeam(
        id=str(said["team_id"]),
        name=str(said["team"]),
        root=str(said["url"]).rstrip("/") + "/",
        bot_user=str(said["user_id"]),
        bot=str(said.get("bot_id") or ""),
        bot_name=str(said.get("user") or "honk"),
        scopes=frozenset(each.strip() for each in scopes.split(",") if each.strip()),
    )
