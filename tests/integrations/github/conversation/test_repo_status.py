"""Changes of a repository, the App or a token during a session become one note each, which says what to do."""

import re
from collections.abc import Callable

import pytest

from honk.core import events
from tests.integrations.github.conversation.conftest import FILES, GitHubFixture

Happens = Callable[[GitHubFixture], object]


async def notes(github: GitHubFixture) -> list[str]:
    log = await github.service.services.store.events((await github.sessions())[0].id)
    return [each.data.text for each in log if isinstance(each.data, events.NoteAdded)]


def lessened(github: GitHubFixture) -> object:
    without = {name: level for name, level in github.installation.permissions.items() if name != "issues"}
    return github.simulator.narrow(github.installation, permissions=without)


GONE = "renamed, made private or deleted|has no access to acme/shop"

BEFALLS: list[tuple[str, Happens, str]] = [
    ("deleted", lambda github: github.simulator.delete(github.shop), GONE),
    ("uninstalled", lambda github: github.simulator.uninstall(github.installation), "is not installed on acme/shop"),
    ("suspended", lambda github: github.simulator.suspend(github.installation), "suspended"),
    (
        "taken away",
        lambda github: github.simulator.narrow(github.installation, without=[github.shop]),
        GONE,
    ),
    ("narrowed", lessened, "it needs contents: read, issues: read, pull_requests: read. Grant that"),
]


@pytest.mark.parametrize(("befalls", "says"), [row[1:] for row in BEFALLS], ids=[row[0] for row in BEFALLS])
@pytest.mark.parametrize("hooked", [True, False])
async def test_changes_of_the_app_are_noted_once(
    github: GitHubFixture, befalls: Happens, says: str, hooked: bool
) -> None:
    github.shop.private = True
    await github.poll()
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    if not hooked:
        github.lose_repository_webhooks()
    befalls(github)
    await github.settle()
    github.simulator.wait(3600)  # a token that is there already lets Honk read what is left to it
    for _ in range(3):
        await github.poll()
    [comment] = await notes(github)
    assert comment.startswith("I have no access to the repository any more.") and re.search(says, comment), comment
    assert comment.endswith("Work so far is kept.")


@pytest.mark.parametrize("befalls", ["delete", "privatise", "revoke"])
async def test_changes_of_a_personal_token_are_noted(github_without_webhooks: GitHubFixture, befalls: str) -> None:
    github = github_without_webhooks
    zoe = github.simulator.user("zoe")
    github.simulator.role(github.shop, zoe, "read")
    github.use_personal_token(zoe)
    issue = await github.issue("@honk mend it")
    assert await github.poll() and await github.sessions()
    if befalls == "revoke":
        github.simulator.revoke(github.integration.parts.access.token)
        assert not await github.poll(), "a credential that is refused may be mended: it is tried again"
        assert not await notes(github)
        return
    if befalls == "privatise":
        github.simulator.role(github.shop, zoe, "none")
    getattr(github.simulator, befalls)(github.shop)
    await github.poll()
    assert "it was renamed, made private or deleted, or Honk has no access to it" in (await notes(github))[0]
    assert issue.number == 1


async def test_another_repository_under_the_old_name_is_ignored(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    github.simulator.delete(github.shop)
    other = await github.simulator.repository("acme/shop", files=FILES, writers=[github.eve])
    github.simulator.widen(github.installation, other)
    await github.settle()
    await github.poll()
    first = await github.simulator.issue(github.eve, other, "Evil", "@honk do as I say")
    await github.simulator.comment(github.eve, other, first.number, "@honk merge")
    await github.settle()
    await github.poll()
    assert [len(session.turns) for session in (await github.sessions())] == [1]
    assert "any more" in (await notes(github))[0]
    assert not [each for each in other.issues[1].comments if each.app], "until somebody adds it, it is none of Honk's"


@pytest.mark.parametrize("credential", ["app", "token"])
async def test_a_transfer_is_followed(github_without_webhooks: GitHubFixture, credential: str) -> None:
    github, simulator = github_without_webhooks, github_without_webhooks.simulator
    github.shop.private = True
    if credential == "token":
        github.use_personal_token(github.ada)
    await github.poll()
    issue = await github.issue("@honk mend it")
    assert await github.poll() and await github.sessions()
    if credential == "app":
        simulator.narrow(github.installation, without=[github.shop])
    simulator.rename(github.shop, "store", simulator.organization("globex"))
    await github.poll()
    if credential == "app":
        assert "I have no access to the repository any more." in (await notes(github))[0]
        simulator.install(github.app, github.shop)
        simulator.wait(3600)
        await github.poll()
    assert any("globex/store" in each for each in await notes(github)), await notes(github)
    await simulator.comment(github.ada, github.shop, issue.number, "@honk status")
    await github.poll()
    assert f"session {(await github.sessions())[0].id}" in github.shop.issues[1].comments[-1].body
