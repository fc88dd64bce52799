"""Who speaks in Slack: an account becomes a person, or is refused. What Slack says of it is remembered for a while."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from honk.core.errors import HonkError, WorkFailed
from honk.core.person import Person
from honk.integrations.slack import texts
from honk.integrations.slack.client.client import SlackClient
from honk.settings import SlackSettings

KEPT_SECONDS = 600.0
"""For how long an account is not asked about again. Whoever becomes a guest is one after that."""

WARM_PAGES = 5
PAGE = 200

log = logging.getLogger(__name__)


class AccountRefused(WorkFailed):
    """This account gives Honk no work; the text is for its owner alone. Empty for bots, who are told nothing."""


@dataclass(frozen=True)
class SlackAccount:
    """What Slack says of somebody. `email` is empty unless Slack confirmed it. `barred`: why they are not served."""

    id: str
    name: str
    email: str = ""
    barred: str = ""
    bot: bool = False


@dataclass
class SlackPeople:
    """The accounts of one workspace. `accounts` maps account ids and confirmed addresses to people's ids."""

    client: SlackClient
    team: str
    settings: SlackSettings
    accounts: Mapping[str, str]
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, SlackAccount]] = field(default_factory=dict)
    _asked: dict[str, asyncio.Task[SlackAccount]] = field(default_factory=dict)

    async def person(self, user: str, user_team: str = "") -> Person:
        """The person whose account `user` is. Raises NotServed, whose text is for them."""
        if user_team not in ("", self.team) and not self.settings.external:
            raise AccountRefused(texts.external("Sorry"))
        try:
            account = await self.account(user)
        except HonkError as error:
            log.warning("Slack does not say who %s is: %s", user, error)
            raise AccountRefused(texts.unknown_person()) from error
        if account.barred or account.bot:
            raise AccountRefused(account.barred)
        own = f"slack:{self.team}/{user}"
        known = self.accounts.get(own) or self.accounts.get(account.email.lower() or own) or own
        return Person(known, account.name, account.email or f"{user}@{self.team}.slack.invalid".lower())

    async def account(self, user: str) -> SlackAccount:
        """What Slack says of `user`, asked once at a time. Raises what `Client.call` raises."""
        found = self._known.get(user)
        if found is not None and self.clock() - found[0] < KEPT_SECONDS:
            return found[1]
        if user not in self._asked:
            self._asked[user] = asyncio.create_task(self._ask(user))
        return await asyncio.shield(self._asked[user])

    async def names(self, users: tuple[str, ...]) -> dict[str, str]:
        """What people are called, by id; who cannot be asked about is left out."""
        found: dict[str, str] = {}
        for user in dict.fromkeys(users):
            try:
                found[user] = (await self.account(user)).name
            except HonkError:
                continue
        return found

    async def warm(self) -> None:
        """Learn of everybody at once, as far as a few pages go, so that first messages need not wait."""
        cursor = ""
        for _ in range(WARM_PAGES):
            try:
                page = await self.client.call("users.list", limit=PAGE, cursor=cursor or None)
            except HonkError as error:
                log.info("Slack does not list its people now: %s", error)
                return
            for each in page.get("members", ()):
                self._keep(each)
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return

    async def _ask(self, user: str) -> SlackAccount:
        try:
            return self._keep((await self.client.call("users.info", user=user))["user"])
        finally:
            del self._asked[user]

    def _keep(self, data: Mapping[str, Any]) -> SlackAccount:
        account = read(data, self.team, self.settings)
        self._known[account.id] = (self.clock(), account)
        return account


def read(data: Mapping[str, Any], team: str, settings: SlackSettings) -> SlackAccount:
    """Slack's user object, read by the rules of `settings`. Pure."""
    profile = data.get("profile") or {}
    name = str(profile.get("real_name") or data.get("real_name") or profile.get("display_name") or data.get("name"))
    name = " ".join(name.split()) or str(data["id"])
    bot = bool(data.get("is_bot") or data.get("is_workflow_bot") or data["id"] == "USLACKBOT")
    outside = data.get("team_id", team) != team or bool(data.get("is_stranger"))
    # what another workspace has confirmed is its administrators' word, and anybody can have a workspace
    sure = bool(data.get("is_email_confirmed")) and not outside
    email = str(profile.get("email") or "").strip() if sure else ""
    barred = ""
    if data.get("deleted"):
        barred = texts.unknown_person()
    elif outside and not settings.external:
        barred = texts.external(name)
    elif (data.get("is_restricted") or data.get("is_ultra_restricted")) and not settings.guests:
        barred = texts.guest(name)
    return SlackAccount(str(data["id"]), name, email, barred, bot)
