"""The workspace that Honk is installed in, and Honk's own account there."""

from dataclasses import dataclass

from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.thread_ref import SlackThreadRef


@dataclass(frozen=True)
class SlackTeam:
    """`root` is the workspace's address, with a slash at its end. `bot_user` is the user id of Honk, which people
    mention, `bot` its bot id; `scopes` are those of the token."""

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
    """The workspace of the client's token. Raises as `SlackClient.call`."""
    answer, headers = await client.exchange("auth.test")
    scopes = headers.get("x-oauth-scopes", "")
    return SlackTeam(
        id=str(answer["team_id"]),
        name=str(answer["team"]),
        root=str(answer["url"]).rstrip("/") + "/",
        bot_user=str(answer["user_id"]),
        bot=str(answer.get("bot_id") or ""),
        bot_name=str(answer.get("user") or "honk"),
        scopes=frozenset(each.strip() for each in scopes.split(",") if each.strip()),
    )
