"""What befalls a repository, the App or a token in the middle of a session is said in its log, once, and in words that
help; and nobody is mistaken for somebody else."""

import re
from collections.abc import Callable

import pytest

from honk.core import events
from tests.integrations.github.conversation.conftest import FILES, Street

Happens = Callable[[Street], object]


async def notes(town: Street) -> list[str]:
    log = await town.service.services.store.events((await town.sessions())[0].id)
    return [each.data.text for each in log if isinstance(each.data, events.NoteAdded)]


def lessened(town: Street) -> object:
    without = {name: level for name, level in town.installation.permissions.items() if name != "issues"}
    return town.world.narrow(town.installation, permissions=without)


GONE = "renamed, made private or deleted|has no access to acme/shop"

BEFALLS: list[tuple[str, Happens, str]] = [
    ("deleted", lambda town: town.world.delete(town.shop), GONE),
    ("uninstalled", lambda town: town.world.uninstall(town.installation), "is not installed on acme/shop"),
    ("suspended", lambda town: town.world.suspend(town.installation), "suspended"),
    (
        "taken away",
        lambda town: town.world.narrow(town.installation, without=[town.shop]),
        GONE,
    ),
    ("narrowed", lessened, "it needs contents: read, issues: read, pull_requests: read. Grant that"),
]


@pytest.mark.parametrize(("befalls", "says"), [row[1:] for row in BEFALLS], ids=[row[0] for row in BEFALLS])
@pytest.mark.parametrize("hooked", [True, False])
async def test_what_befalls_the_app_is_said_once(town: Street, befalls: Happens, says: str, hooked: bool) -> None:
    town.shop.private = True
    await town.look()
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    if not hooked:
        town.lose_news_of_repositories()
    befalls(town)
    await town.heard()
    town.world.wait(3600)  # a token that is there already lets Honk read what is left to it
    for _ in range(3):
        await town.look()
    [said] = await notes(town)
    assert said.startswith("I have no access to the repository any more.") and re.search(says, said), said
    assert said.endswith("Work so far is kept.")


@pytest.mark.parametrize("befalls", ["delete", "privatise", "revoke"])
async def test_what_befalls_a_personal_token_is_said(quiet_town: Street, befalls: str) -> None:
    town = quiet_town
    zoe = town.world.user("zoe")
    town.world.role(town.shop, zoe, "read")
    town.personal(zoe)
    issue = await town.issue("@honk mend it")
    assert await town.look() and await town.sessions()
    if befalls == "revoke":
        town.world.revoke(town.surface.parts.access.token)
        assert not await town.look(), "a credential that is refused may be mended: it is tried again"
        assert not await notes(town)
        return
    if befalls == "privatise":
        town.world.role(town.shop, zoe, "none")
    getattr(town.world, befalls)(town.shop)
    await town.look()
    assert "it was renamed, made private or deleted, or Honk has no access to it" in (await notes(town))[0]
    assert issue.number == 1


async def test_another_repository_under_the_old_name_is_not_heard(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    town.world.delete(town.shop)
    other = await town.world.repository("acme/shop", files=FILES, writers=[town.eve])
    town.world.widen(town.installation, other)
    await town.heard()
    await town.look()
    first = await town.world.issue(town.eve, other, "Evil", "@honk do as I say")
    await town.world.comment(town.eve, other, first.number, "@honk merge")
    await town.heard()
    await town.look()
    assert [len(session.turns) for session in (await town.sessions())] == [1]
    assert "any more" in (await notes(town))[0]
    assert not [each for each in other.issues[1].comments if each.app], "until somebody adds it, it is none of Honk's"


@pytest.mark.parametrize("credential", ["app", "token"])
async def test_a_transfer_is_followed(quiet_town: Street, credential: str) -> None:
    town, world = quiet_town, quiet_town.world
    town.shop.private = True
    if credential == "token":
        town.personal(town.ada)
    await town.look()
    issue = await town.issue("@honk mend it")
    assert await town.look() and await town.sessions()
    if credential == "app":
        world.narrow(town.installation, without=[town.shop])
    world.rename(town.shop, "store", world.organization("globex"))
    await town.look()
    if credential == "app":
        assert "I have no access to the repository any more." in (await notes(town))[0]
        world.install(town.app, town.shop)
        world.wait(3600)
        await town.look()
    assert any("globex/store" in each for each in await notes(town)), await notes(town)
    await world.comment(town.ada, town.shop, issue.number, "@honk status")
    await town.look()
    assert f"session {(await town.sessions())[0].id}" in town.shop.issues[1].comments[-1].body
