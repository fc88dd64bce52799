"""Links a person's account on GitHub, so that Honk may act there in their name."""

from collections.abc import Awaitable, Callable

from honk.core.person import Person
from honk.integrations.github.client.repo_client import FORGE
from honk.integrations.github.setup import device_flow
from honk.integrations.github.setup.accounts import GitHubAccounts, TokenOwner
from honk.integrations.github.setup.device_flow import DeviceCode
from honk.storage.accounts import Account


async def link(people: GitHubAccounts, person: Person, tell: Callable[[DeviceCode], Awaitable[None]]) -> TokenOwner:
    """Let the person sign in: show them the code by `tell`, wait until they have entered it, and store the account.

    Raises WorkFailed when they refuse or take too long, UsageError when there is no App.
    """
    name = await device_flow.client_id(people.client, people.access)
    code = await device_flow.begin(people.client, name)
    await tell(code)
    token = await device_flow.finish(people.client, name, code)
    user = await people.token_owner(token.token)
    await people.accounts.link(Account(person.id, FORGE, user.number, user.login, people.cipher.encrypt(token)))
    return user


async def unlink(people: GitHubAccounts, person: Person) -> bool:
    """Delete the person's account and token; whether there was one."""
    return await people.accounts.unlink(person.id, FORGE)
