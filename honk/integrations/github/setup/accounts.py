"""People's accounts on GitHub, by the account's id: a login can be taken over by somebody else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from githubkit.auth import TokenAuthStrategy

from honk.core.errors import Unavailable, WorkFailed
from honk.core.person import Person
from honk.integrations.github.client import responses
from honk.integrations.github.client.errors import NotFound
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.repo_client import FORGE, RepoClient
from honk.integrations.github.setup import device_flow
from honk.integrations.github.setup.token_encryption import TokenCipher, UserToken
from honk.settings import GitHubAccess
from honk.storage.accounts import Account, Accounts

PREFIX = f"{FORGE}:"

WRITE = frozenset({"write", "admin"})
"""The legacy permissions that may push; GitHub reports `maintain` and custom roles as one of them."""

RENEW_BEFORE_SECONDS = 300.0
"""A person's token is renewed this long before it expires."""


class NotLinked(WorkFailed):
    """The person's account on GitHub is not known."""

    def __init__(self, person: Person) -> None:
        super().__init__(
            f"{person.name}'s account on GitHub is not known, so Honk cannot check what it may do there. Link the"
            " account: `honk github link` in a terminal, `/honk link` in Slack."
        )


@dataclass(frozen=True)
class TokenOwner:
    """The account that a token belongs to."""

    number: int
    login: str


@dataclass(frozen=True)
class GitHubAccounts:
    """`known` is `[people.accounts]`: ids that are one person by configuration. `owner` is the id of the person who
    runs this machine; a personal token is theirs."""

    client: GitHubClient
    access: GitHubAccess
    accounts: Accounts
    cipher: TokenCipher
    known: Mapping[str, str]
    owner: str

    async def number(self, person: Person) -> int:
        """The id of the person's account. Raises NotLinked."""
        if number := self._number(person.id) or self._number(self.known.get(person.id, "")):
            return number
        if linked := await self.accounts.of(person.id, FORGE):
            return linked.account
        if person.id == self.owner and self.access.token:
            return (await self.token_owner(self.access.token)).number
        raise NotLinked(person)

    async def numbers(self, people: Iterable[Person]) -> dict[int, Person]:
        """The people whose account is known, by its id; the first one where several have the same account."""
        found: dict[int, Person] = {}
        for person in people:
            try:
                found.setdefault(await self.number(person), person)
            except NotLinked:
                continue
        return found

    async def token_owner(self, token: str) -> TokenOwner:
        """The account that a token belongs to."""
        async with self.client.connect(TokenAuthStrategy(token), "person") as github:
            answer = await responses.parsed(github.rest.users.async_get_authenticated(), "account of the token")
        return TokenOwner(answer.id, answer.login)

    async def may_write(self, api: RepoClient, number: int) -> bool:
        """Whether the account with this id may push to the repository now."""
        what = f"account {number}"
        try:
            answer = await responses.parsed(api.github.rest.users.async_get_by_id(number), what)
            login, same = answer.login, answer.id == number
            call = api.github.rest.repos.async_get_collaborator_permission_level(*api.where, login)
            right = await responses.parsed(call, f"rights of {login} in {api.at.full_name}")
        except NotFound:
            return False
        # between the two requests somebody else may have taken over the login
        return same and right.user is not None and right.user.id == number and right.permission in WRITE

    async def token(self, person: Person) -> str:
        """A token that acts as this person; empty where they linked no account or the token is no longer valid. Another
        identity of the same person (in Slack, say) may have linked it: the account decides."""
        try:
            number = await self.number(person)
        except NotLinked:
            return ""
        for linked in (each for each in await self.accounts.on(FORGE) if each.account == number):
            kept = self.cipher.decrypt(linked.token) if linked.token else None
            if kept is None:
                continue
            if not kept.expires or kept.expires - RENEW_BEFORE_SECONDS > self.client.clock():
                return kept.token
            if token := await self._renewed(linked, kept):
                return token
        return ""

    async def _renewed(self, linked: Account, kept: UserToken) -> str:
        """A new token for an expired one; each refresh token works once."""
        if not kept.refresh:
            return ""
        try:
            fresh = await device_flow.refresh(self.client, self.access, kept.refresh)
        except (WorkFailed, Unavailable):
            return ""
        await self.accounts.link(
            Account(linked.person, FORGE, linked.account, linked.login, self.cipher.encrypt(fresh))
        )
        return fresh.token

    def _number(self, name: str) -> int:
        digits = name.removeprefix(PREFIX)
        return int(digits) if name.startswith(PREFIX) and digits.isdecimal() else 0
