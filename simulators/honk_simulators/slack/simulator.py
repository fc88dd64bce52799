"""The workspace as a test holds it: people to act with, and things that go wrong."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from honk_simulators.slack import user_actions
from honk_simulators.slack.delivery.delivery import (
    DeliveryAttempt,
    DeliveryFault,
    DeliveryFaultKind,
    Timing,
    without_sockets,
)
from honk_simulators.slack.faults import ApiFault, FaultKind
from honk_simulators.slack.rate_limits import SlackRateLimits
from honk_simulators.slack.simulator_base import SimulatorBase
from honk_simulators.slack.state import changes, events
from honk_simulators.slack.state.app_manifest import Manifest
from honk_simulators.slack.state.workspace import (
    Channel,
    ChannelMessage,
    Json,
    SlackApp,
    SlackWorkspace,
    User,
    View,
)


@dataclass(eq=False)
class SlackSimulator(SimulatorBase):
    """A running workspace.

    Whatever a person does is awaited and returns when it is stored and on its way to the app; what the app makes of it
    is waited for with `until`.
    """

    # Who is there, and where.

    def user(
        self,
        name: str,
        *,
        email: str = "",
        guest: Literal["", "multi", "single"] = "",
        team: str = "",
        bot: bool = False,
        deleted: bool = False,
        admin: bool = False,
        tz: str = "Europe/Berlin",
    ) -> User:
        """Somebody new. `team` is the id of another workspace (Slack Connect); `bot` another app's user."""
        new = User(
            self.workspace.new_id("U"),
            name,
            name,
            team or self.workspace.id,
            email,
            self.workspace.new_id("B") if bot else "",
            deleted,
            guest,
            admin,
            tz,
        )
        self.workspace.users[new.id] = new
        self.changed()
        return new

    def channel(
        self,
        name: str,
        *,
        members: Sequence[User] = (),
        bot: bool = True,
        private: bool = False,
        shared_with: Sequence[str] = (),
        read_only: bool = False,
    ) -> Channel:
        """A channel that begins with these people, and with the app when `bot`."""
        ids = [each.id for each in members] + ([self.bot_user] if bot else [])
        creator = ids[0] if ids else "USLACKBOT"
        channel = changes.new_channel(self.workspace, name, creator, ids, private=private)
        channel.read_only = read_only
        outside = {each.team_id for each in members if each.team_id != self.workspace.id}
        channel.shared_with = sorted(outside.union(shared_with))
        return channel

    def dm(self, *users: User) -> Channel:
        """The direct messages of the app with one person or several."""
        return changes.open_direct(self.workspace, *(each.id for each in users), self.bot_user)

    # What people do.

    async def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        thread: str | None = None,
        files: Sequence[Any] = (),
        broadcast: bool = False,
    ) -> str:
        """Write a message; returns its `ts`. `files` are (name, bytes) or (name, bytes, media type)."""
        kept = user_actions.upload(self.workspace, user, files)
        said = user_actions.say(
            self.workspace, user, channel, text, thread=thread or "", files=kept, broadcast=broadcast
        )
        await asyncio.sleep(0)
        return said.ts

    async def edit(self, user: User, message: ChannelMessage | tuple[Channel, str], text: str) -> None:
        """Write one's own message anew."""
        user_actions.edit(self.workspace, user, self._now(message), text)
        await asyncio.sleep(0)

    async def delete(self, message: ChannelMessage | tuple[Channel, str]) -> None:
        """Take a message away."""
        changes.delete(self.workspace, self._now(message))
        await asyncio.sleep(0)

    async def react(self, user: User, channel: Channel, ts: str, name: str) -> None:
        """Add a reaction."""
        user_actions.may_write(self.workspace, user, channel)
        changes.react(self.workspace, self._now((channel, ts)), user.id, name.strip(":"))
        await asyncio.sleep(0)

    async def unreact(self, user: User, channel: Channel, ts: str, name: str) -> None:
        """Take one's reaction back."""
        changes.unreact(self.workspace, self._now((channel, ts)), user.id, name.strip(":"))
        await asyncio.sleep(0)

    async def press(
        self, user: User, where: user_actions.Where, label: str, times: int = 1, *, stale: bool = False
    ) -> DeliveryAttempt:
        """Press a button by its action id or what is written on it; returns the last press's fate.

        `where` stands for the message as it is now; with `stale` for itself: somebody pressed what was just replaced.
        """
        here = where if isinstance(where, View) or stale else self._now(where)
        return (await user_actions.press(self.workspace, self.delivery, user, here, label, times))[-1]

    async def choose(self, user: User, where: user_actions.Where, action_id: str, value: Any) -> DeliveryAttempt | None:
        """Choose in a menu or fill in a field; None when the app is not told by itself (in a modal)."""
        here = where if isinstance(where, View) else self._now(where)
        found = await user_actions.choose(self.workspace, self.delivery, user, here, action_id, value)
        return found[0] if found else None

    async def suggest(self, user: User, where: user_actions.Where, action_id: str, query: str = "") -> list[Json]:
        """Type into an external menu; returns what the app offers."""
        here = where if isinstance(where, View) else self._now(where)
        return await user_actions.suggest(self.workspace, self.delivery, user, here, action_id, query)

    async def submit(self, user: User, view: View, values: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Fill in a modal by block id and send it; returns the errors it came back with, by block id."""
        return (await user_actions.submit(self.workspace, self.delivery, user, view, values or {}))[1]

    async def dismiss(self, user: User, view: View) -> None:
        """Close a modal unsent."""
        await user_actions.dismiss(self.workspace, self.delivery, user, view)

    async def slash(self, user: User, channel: Channel, command: str, text: str = "") -> DeliveryAttempt:
        """Type a command."""
        return await user_actions.slash(self.workspace, self.delivery, user, channel, command, text)

    async def shortcut(
        self, user: User, callback_id: str, message: ChannelMessage | tuple[Channel, str] | None = None
    ) -> DeliveryAttempt:
        """Choose from a message's menu, or without one from the composer's."""
        here = None if message is None else self._now(message)
        return await user_actions.shortcut(self.workspace, self.delivery, user, callback_id, here)

    async def open_home(self, user: User, tab: str = "home") -> None:
        """Look at the app's own place."""
        known = next(
            (each for each in self.workspace.views.values() if each.kind == "home" and each.user == user.id), None
        )
        data = {"id": known.id, "type": "home", "blocks": known.data["blocks"]} if known else None
        changes.tell(self.workspace, events.home_opened(self.workspace, user.id, self.dm(user).id, tab, data))
        await asyncio.sleep(0)

    async def invite(self, user: User | str, channel: Channel, by: User | None = None, *, mention: str = "") -> None:
        """Bring somebody into a channel; an id stands for the app.

        `mention` is the `ts` of the message that named the app when it was not there: it hears of that now.
        """
        changes.join(self.workspace, channel, user if isinstance(user, str) else user.id, by.id if by else "")
        if mention:
            named = self._now((channel, mention))
            changes.tell(self.workspace, *events.mention(self.workspace, channel, named))
        await asyncio.sleep(0)

    async def remove(self, user: User | str, channel: Channel) -> None:
        """Take somebody out of a channel; an id stands for the app."""
        changes.leave(self.workspace, channel, user if isinstance(user, str) else user.id)
        await asyncio.sleep(0)

    async def archive(self, channel: Channel, by: User | None = None, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        changes.archive(self.workspace, channel, by.id if by else channel.creator, archived)
        await asyncio.sleep(0)

    async def delete_channel(self, channel: Channel) -> None:
        """A channel is gone with all that was said in it."""
        changes.delete_channel(self.workspace, channel)
        await asyncio.sleep(0)

    async def rename(self, channel: Channel, name: str) -> None:
        """Another name for the same channel."""
        changes.rename(self.workspace, channel, name)
        await asyncio.sleep(0)

    # What goes wrong.

    def fail(self, method: str, kind: FaultKind, count: int = 1, *, skip: int = 0, retry_after: int = 1) -> None:
        """The next `count` calls of `method` (`*`: of any) fail like this. See `faults.FaultKind`."""
        self.faults.coming.append(ApiFault(method, kind, count, skip, retry_after))

    def disturb(self, kind: DeliveryFaultKind, count: int = 1, *, only: str = "", seconds: float = 0.2) -> None:
        """The next `count` events (of type `only`) are delivered like this. See `delivery.DeliveryFaultKind`."""
        self.delivery.disturbances.append(DeliveryFault(kind, count, only, seconds))

    def hold(self) -> None:
        """Keep events back until `release`."""
        self.delivery.hold()

    def release(self, *, reverse: bool = False) -> None:
        """Deliver what was kept back, the other way round when `reverse`."""
        self.delivery.release(reverse=reverse)

    async def refresh(self, seconds: float | None = None) -> None:
        """Tell every connection to make way for a new one."""
        wait = self.pace.refresh if seconds is None else seconds
        for each in list(self.delivery.sockets.connections):
            self.delivery.spawn(self.delivery.sockets.refresh(each, wait))
        await asyncio.sleep(0)

    async def cut_off(self) -> None:
        """Break all connections of Socket Mode off, without a word."""
        await self.delivery.sockets.close()

    async def revoke(self) -> None:
        """The token opens nothing any more, and the app is told."""
        self.workspace.app.standing = "revoked"
        changes.tell(self.workspace, events.tokens_revoked(self.workspace))
        await asyncio.sleep(0)

    async def uninstall(self) -> None:
        """The app is thrown out: both events, in either order in reality."""
        self.workspace.app.standing = "inactive"
        changes.tell(self.workspace, events.uninstalled(self.workspace), events.tokens_revoked(self.workspace))
        await asyncio.sleep(0)

    def reinstall(self) -> str:
        """The app is back, with a new token, which is returned."""
        app = self.workspace.app
        app.standing, app.bot_token = "good", credential("xoxb")
        return app.bot_token

    async def deliver_to(self, url: str) -> None:
        """From now on the app gets signed requests at `url`, and no Socket Mode. Raises ValueError when it does not
        answer Slack's challenge."""
        if not await self.delivery.verify(url):
            raise ValueError(f"Your URL didn't respond with the value of the challenge parameter: {url}")
        self.delivery.url = url
        without_sockets(self.workspace)


def credential(kind: str) -> str:
    """A token of `kind` (`xoxb`, `xapp`) that looks like Slack's and opens nothing there."""
    return f"{kind}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"


def new(
    manifest: Manifest, clock: Callable[[], float], *, name: str, pace: Timing, limits: bool, limit_factor: float
) -> SlackSimulator:
    """A workspace with the app and nobody else in it."""
    workspace = SlackWorkspace(name, "", name.lower().replace(" ", "-"), clock)
    workspace.id = workspace.new_id("T")
    workspace.file_seconds, workspace.trigger_seconds = pace.file, pace.trigger
    bot = User(workspace.new_id("U"), manifest.bot_name, manifest.name, workspace.id, bot_id=workspace.new_id("B"))
    workspace.users[bot.id] = bot
    slackbot = User("USLACKBOT", "slackbot", "Slackbot", workspace.id, bot_id="B01")
    workspace.users[slackbot.id] = slackbot
    workspace.app = SlackApp(
        manifest,
        workspace.new_id("A"),
        bot.bot_id,
        bot.id,
        set(manifest.scopes),
        bot_token=credential("xoxb"),
        app_token=credential("xapp-1"),
        signing_secret=secrets.token_hex(16),
        verification_token=secrets.token_hex(12),
    )
    return SlackSimulator(workspace, SlackRateLimits(clock, limits, limit_factor), pace)
