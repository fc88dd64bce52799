"""Who a person of Honk's is on GitHub: by the numeric id of the account, never by a login, which changes hands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from githubkit.auth import TokenAuthStrategy

from honk.core.errors import Unavailable, WorkFailed
from honk.core.person import Person
from honk.integrations.github.client import errors
from honk.integrations.github.client.errors import NotFound
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.repo_client import FORGE, RepoClient
from honk.integrations.github.setup import device_flow
from honk.integrations.github.setup.token_encryption import TokenCipher, UserToken
from honk.settings import GitHubAccess
from honk.storage.accounts import Account, Accounts

PREFIX = f"{FORGE}:"

WRITE = frozenset({"write", "admin"})
"""The two of GitHub's legacy permissions that may push; `maintain` and custom roles are told as one of them."""

RENEW_BEFORE_SECONDS = 300.0
"""Seconds before its end at which a person's token is renewed."""


class NotLinked(WorkFailed):
    """Nobody knows which account on GitHub this person is."""

    def __init__(self, person: Person) -> None:
        super().__init__(
            f"I do not know who {person.name} is on GitHub, so I cannot tell what they may do there. Link the account:"
            " `honk github link` at a terminal, `/honk link` in Slack."
        )


@dataclass(frozen=True)
class TokenOwner:
    """An account on GitHub."""

    number: int
    login: str


@dataclass(frozen=True)
class GitHubAccounts:
    """`known` is `[people.accounts]`: which ids are one person, where Honk cannot know. `owner` is the id of the person
    whose machine this is: a personal token is theirs."""

    client: GitHubClient
    access: GitHubAccess
    accounts: Accounts
    seal: TokenCipher
    known: Mapping[str, str]
    owner: str

    async def number(self, person: Person) -> int:
        """The numeric id of the person's account. Raises NotLinked."""
        if number := self._number(person.id) or self._number(self.known.get(person.id, "")):
            return number
        if linked := await self.accounts.of(person.id, FORGE):
            return linked.account
        if person.id == self.owner and self.access.token:
            return (await self.me(self.access.token)).number
        raise NotLinked(person)

    async def numbers(self, people: Iterable[Person]) -> dict[int, Person]:
        """Those of them whose account is known, by its number; the first, where several are one."""
        found: dict[int, Person] = {}
        for person in people:
            try:
                found.setdefault(await self.number(person), person)
            except NotLinked:
                continue
        return found

    async def me(self, token: str) -> TokenOwner:
        """Whose token it is."""
        async with self.client.connect(TokenAuthStrategy(token), "person") as github:
            told = await errors.parsed(github.rest.users.async_get_authenticated(), "account of the token")
        return TokenOwner(told.id, told.login)

    async def may_write(self, api: RepoClient, number: int) -> bool:
        """Whether this account may push to the repository now."""
        what = f"account {number}"
        try:
            told = await errors.parsed(api.github.rest.users.async_get_by_id(number), what)
            login, same = told.login, told.id == number
            call = api.github.rest.repos.async_get_collaborator_permission_level(*api.where, login)
            right = await errors.parsed(call, f"rights of {login} in {api.at.full_name}")
        except NotFound:
            return False
        # between the two requests the login may have become somebody else's
        return same and right.user is not None and right.user.id == number and right.permission in WRITE

    async def token(self, person: Person) -> str:
        """The token that acts as this person; empty where they gave none, or it is good no longer. It may have been
        given under another name of theirs: the account says who they are."""
        try:
            number = await self.number(person)
        except NotLinked:
            return ""
        for linked in (each for each in await self.accounts.on(FORGE) if each.account == number):
            kept = self.seal.open(linked.token) if linked.token else None
            if kept is None:
                continue
            if not kept.expires or kept.expires - RENEW_BEFORE_SECONDS > self.client.clock():
                return kept.token
            if token := await self._renewed(linked, kept):
                return token
        return ""

    async def _renewed(self, linked: Account, kept: UserToken) -> str:
        """A new token for one that has expired; each refresh token works once."""
        if not kept.refresh:
            return ""
        try:
            fresh = await device_flow.refresh(self.client, self.access, kept.refresh)
        except (WorkFailed, Unavailable):
            return ""
        await self.accounts.link(Account(linked.person, FORGE, linked.account, linked.login, self.seal.close(fresh)))
        return fresh.token

    def _number(self, name: str) -> int:
        digits = name.removeprefix(PREFIX)
        return int(digits) if name.startswith(PREFIX) and digits.isdecimal() else 0
