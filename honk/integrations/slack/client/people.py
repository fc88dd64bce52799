"""Slack accounts as people: who an account belongs to, and whether it may give Honk work. Answers are cached."""

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
"""How long an account is cached; a member who becomes a guest counts as one after that."""

WARM_PAGES = 5

log = logging.getLogger(__name__)


class AccountRefused(WorkFailed):
    """This account may not give Honk work. The text is for its owner alone; empty for bots, which get no answer."""


@dataclass(frozen=True)
class SlackAccount:
    """An account. `email` is empty unless Slack confirmed it; `barred` says why it may not give Honk work."""

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
        """The person to whom the account `user` belongs. Raises AccountRefused."""
        if user_team not in ("", self.team) and not self.settings.external:
            raise AccountRefused(texts.external("Sorry"))
        try:
            account = await self.account(user)
        except HonkError as error:
            log.warning("The account %s could not be read: %s", user, error)
            raise AccountRefused(texts.UNKNOWN_PERSON) from error
        if account.barred or account.bot:
            raise AccountRefused(account.barred)
        own = f"slack:{self.team}/{user}"
        known = self.accounts.get(own) or self.accounts.get(account.email.lower() or own) or own
        return Person(known, account.name, account.email or f"{user}@{self.team}.slack.invalid".lower())

    async def account(self, user: str) -> SlackAccount:
        """The account `user`, requested once however many ask. Raises as `SlackClient.call`."""
        found = self._known.get(user)
        if found is not None and self.clock() - found[0] < KEPT_SECONDS:
            return found[1]
        if user not in self._asked:
            self._asked[user] = asyncio.create_task(self._ask(user))
        return await asyncio.shield(self._asked[user])

    async def names(self, users: tuple[str, ...]) -> dict[str, str]:
        """Names by account id; an account that cannot be read is left out."""
        found: dict[str, str] = {}
        for user in dict.fromkeys(users):
            try:
                found[user] = (await self.account(user)).name
            except HonkError:
                continue
        return found

    async def warm(self) -> None:
        """Fill the cache from the first pages of the list of members, so that first messages need not wait."""
        try:
            async for page in self.client.pages("users.list", WARM_PAGES):
                for each in page.get("members", ()):
                    self._keep(each)
        except HonkError as error:
            log.info("Slack does not list its members: %s", error)

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
    """Slack's user object as an account, by the rules of `settings`. Pure."""
    profile = data.get("profile") or {}
    name = str(profile.get("real_name") or data.get("real_name") or profile.get("display_name") or data.get("name"))
    name = " ".join(name.split()) or str(data["id"])
    bot = bool(data.get("is_bot") or data.get("is_workflow_bot") or data["id"] == "USLACKBOT")
    outside = data.get("team_id", team) != team or bool(data.get("is_stranger"))
    # another workspace's administrators can confirm any address there, and anybody can have a workspace
    confirmed = bool(data.get("is_email_confirmed")) and not outside
    email = str(profile.get("email") or "").strip() if confirmed else ""
    barred = ""
    if data.get("deleted"):
        barred = texts.UNKNOWN_PERSON
    elif outside and not settings.external:
        barred = texts.external(name)
    elif (data.get("is_restricted") or data.get("is_ultra_restricted")) and not settings.guests:
        barred = texts.guest(name)
    return SlackAccount(str(data["id"]), name, email, barred, bot)
