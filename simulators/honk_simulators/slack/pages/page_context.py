"""What one person sees of the workspace, as HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from markupsafe import escape

from honk_simulators.slack import transcript
from honk_simulators.slack.pages import mrkdwn_html
from honk_simulators.slack.simulator_base import SimulatorBase
from honk_simulators.slack.state import api_objects
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, User

Clock = Callable[..., str]

QUICK = ("white_check_mark", "eyes", "raised_hands", "thumbsup")
"""The reactions that are offered at once."""

_TOGETHER_SECONDS = 300
"""Messages of one author within this time are shown under one name."""


@dataclass(frozen=True)
class PageContext:
    """Who looks, and at what. `thread` is a message's `ts`; `tab` is `home` for the app's own place."""

    user: User
    channel: Channel
    thread: str = ""
    tab: str = ""


class PageTemplates:
    """The files in `templates/`, over one workspace."""

    def __init__(self, simulator: SimulatorBase) -> None:
        self._world = simulator
        workspace = simulator.workspace
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters: dict[str, Callable[..., Any]] = {
            "mrkdwn": partial(mrkdwn_html.mrkdwn_html, workspace),
            "markdown": partial(mrkdwn_html.markdown_html, workspace),
            "words": partial(mrkdwn_html.words_html, workspace),
            "rich": partial(mrkdwn_html.rich_html, workspace),
            "emoji": partial(mrkdwn_html.emoji_html, workspace),
            "size": _size,
        }
        self._environment.filters |= filters
        self._environment.globals |= {
            "workspace": workspace,
            "quick": QUICK,
            "author": lambda message: transcript.author(workspace, message),
            "face": self._face,
            "names_of": lambda users: ", ".join(workspace.users[each].real_name for each in users),
            "image_of": self._image,
            "shortcuts": [each for each in workspace.app.manifest.shortcuts if each.kind == "message"],
        }

    def page(self) -> str:
        """The shell, which fetches the rest."""
        return self._environment.get_template("page.html").render()

    def parts(self, scene: PageContext) -> dict[str, Any]:
        """Everything that changes, by the id of the element that holds it."""
        simulator, channel, user = self._world, scene.channel, scene.user
        views = simulator.views(user)
        shared: dict[str, Any] = {
            "scene": scene,
            "clock": _clock(user),
            "people": simulator.people,
            "title": self._title(channel, user),
            "is_app": channel.kind == "im" and simulator.bot_user in channel.members,
            "member": simulator.bot_user in channel.members,
            "home": simulator.home(user),
        }
        thread = _visible(channel, user, scene.thread) if scene.thread else []
        return {
            "as": user.id,
            "channel": channel.id,
            "title": shared["title"],
            "names": sorted({each.real_name for each in simulator.workspace.users.values() if each.id != "USLACKBOT"}),
            "writable": not channel.archived and user.id in channel.members,
            "view": f"{views[-1].id} {views[-1].hash}" if views else "",
            "html": {
                "side": self._render("side.html", shared, channels=self._channels(user)),
                "head": self._render("head.html", shared),
                "messages": self._messages(shared, _visible(channel, user), _replies(channel)),
                "replies": self._messages(shared, thread, {}, in_thread=True) if thread else "",
                "modal": self._render("modal.html", shared, view=views[-1]) if views else "",
            },
        }

    def _render(self, name: str, shared: dict[str, Any], **more: Any) -> str:
        return self._environment.get_template(name).render(shared, **more)

    def _messages(
        self,
        shared: dict[str, Any],
        shown: list[ChannelMessage],
        replies: dict[str, list[ChannelMessage]],
        *,
        in_thread: bool = False,
    ) -> str:
        groups = _grouped(shown, shared["clock"])
        return self._render("messages.html", shared, groups=groups, replies=replies, in_thread=in_thread)

    def _channels(self, user: User) -> list[tuple[Channel, str]]:
        """Where somebody is, with its title."""
        mine = [
            each for each in self._world.workspace.channels.values() if user.id in each.members and not each.deleted
        ]
        return [(each, self._title(each, user)) for each in mine]

    def _title(self, channel: Channel, user: User) -> str:
        if channel.name and channel.kind != "mpim":
            return channel.name
        others = [self._world.workspace.users[each].real_name for each in channel.members if each != user.id]
        return ", ".join(others)

    def _face(self, message: ChannelMessage) -> str:
        return f"/avatars/{message.user or self._world.bot_user}.svg"

    def _image(self, element: dict[str, Any]) -> str:
        """An image's address for the page."""
        if "image_url" in element:
            return str(element["image_url"])
        named = element["slack_file"]
        for file in self._world.workspace.files.values():
            if named.get("id") == file.id or file.id in named.get("url", ""):
                return f"/page/file/{file.id}"
        return ""


def avatar(simulator: SimulatorBase, user_id: str) -> str:
    """Somebody's picture: their initials, or the goose of the app."""
    if user_id == simulator.bot_user:
        return (Path(__file__).with_name("static") / "goose.svg").read_text()
    user = simulator.workspace.users.get(user_id)
    name = user.real_name if user else "?"
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    size = 16 if len(initials) < 2 else 14
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">'
        f'<rect width="36" height="36" fill="#{api_objects.colour(user_id)}"/>'
        '<text x="18" y="18" dy=".36em" text-anchor="middle" fill="#fff" font-weight="700" '
        f'font-family="system-ui,sans-serif" font-size="{size}">{escape(initials)}</text></svg>'
    )


def _clock(user: User) -> Clock:
    """A message's `ts` as this person's watch says it."""
    zone = ZoneInfo(user.tz)

    def clock(ts: str, form: str = "%H:%M") -> str:
        return datetime.fromtimestamp(float(ts), UTC).astimezone(zone).strftime(form)

    return clock


def _visible(channel: Channel, user: User, thread: str = "") -> list[ChannelMessage]:
    """The messages of a channel, or of a thread in it, that this person sees."""
    whispered = [each for each in channel.ephemerals if each.only_to == user.id and each.thread_ts == thread]
    if thread:
        said = channel.thread(thread)
    else:
        said = [each for each in channel.messages if not each.is_reply or each.broadcast]
    return sorted([*said, *whispered] if said or not thread else [], key=_time)


def _replies(channel: Channel) -> dict[str, list[ChannelMessage]]:
    """The replies to each message that has some."""
    found: dict[str, list[ChannelMessage]] = {}
    for each in channel.messages:
        if each.is_reply:
            found.setdefault(each.thread_ts, []).append(each)
    return found


def _time(message: ChannelMessage) -> float:
    return float(message.ts)


def _grouped(messages: list[ChannelMessage], clock: Clock) -> list[dict[str, Any]]:
    """Messages with whether a day or an author begins with them."""
    found: list[dict[str, Any]] = []
    before: ChannelMessage | None = None
    for each in messages:
        new_day = before is None or clock(before.ts, "%x") != clock(each.ts, "%x")
        same = (
            before is not None
            and not new_day
            and (before.user, before.username, before.only_to) == (each.user, each.username, each.only_to)
            and _time(each) - _time(before) < _TOGETHER_SECONDS
            and not before.subtype.startswith("channel_")
        )
        found.append({"message": each, "day": clock(each.ts, "%A, %d %B") if new_day else "", "first": not same})
        before = each
    return found


def _size(count: int) -> str:
    """A number of bytes, roughly."""
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.0f} kB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MB"
