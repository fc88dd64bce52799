"""Polling, with and without webhooks, and the state of repositories."""

from dataclasses import replace

import pytest
from honk_simulators.github.state.request_log import RequestFault

from honk.core import events
from honk.core.phase import Phase
from honk.integrations.github import integration
from honk.integrations.github.conversation.repo_status import RepoStatus, changes
from tests.integrations.github.conversation.conftest import GitHubFixture


async def notes(github: GitHubFixture) -> list[str]:
    log = await github.service.services.store.events((await github.sessions())[0].id)
    return [each.data.text for each in log if isinstance(each.data, events.NoteAdded)]


async def test_polling_finds_the_same_as_webhooks(github_without_webhooks: GitHubFixture) -> None:
    github = github_without_webhooks
    assert await github.poll()
    issue = await github.issue("@honk mend it")
    other = await github.issue()
    third = await github.issue()
    await github.simulator.comment(github.ada, github.shop, other.number, "@honk mend this one")
    await github.simulator.label(github.ben, github.shop, third.number, "honk")
    await github.simulator.comment(github.eve, github.shop, third.number, "@honk and mine")
    for _ in range(3):
        assert await github.poll()
    assert {session.turns[0].link.rpartition("/")[2].partition("#")[0] for session in (await github.sessions())} == {
        str(each.number) for each in (issue, other, third)
    }
    assert all(len(session.turns) == 1 for session in (await github.sessions()))
    assert "You may not change shop yet" in github.comments(third.number)[0]


def counted(github: GitHubFixture) -> list[str]:
    """What was asked and counts; the App's own requests for tokens have a limit of their own."""
    asked = (each for each in github.simulator.requests if each.status != 304 and not each.path.startswith("/app"))
    return [
        f"{each.method} {each.path}" for each in asked if not each.path.endswith(("/access_tokens", "/installation"))
    ]


async def crowd(github: GitHubFixture, count: int) -> None:
    """So many repositories more, in each of which a session waits for a person."""
    for number in range(count):
        shop = await github.simulator.repository(f"acme/shop-{number}", files={"text": "grey"}, writers=[github.ada])
        github.simulator.widen(github.installation, shop)
        await github.service.add_repo(f"{github.simulator.web}/acme/shop-{number}", f"shop-{number}")
        issue = await github.simulator.issue(github.ada, shop, "Grey", "@honk make it blue")
        await github.simulator.comment(github.ada, shop, issue.number, "please")
    await github.poll()
    for session in await github.sessions():
        turn = events.TurnEnded(1, Phase.REVIEW, "done")
        await github.record(session, events.PhaseEntered(Phase.INTAKE), events.AgentEnded("Blue."), turn)
    assert len(await github.sessions()) == count
    await github.publish()


@pytest.mark.parametrize("credential", ["app", "token"])
async def test_an_hour_without_changes_costs_few_requests(
    github_without_webhooks: GitHubFixture, credential: str
) -> None:
    github, count = github_without_webhooks, 5
    if credential == "token":
        github.use_personal_token(github.ada)
    await crowd(github, count)
    for _ in range(3):
        assert await github.poll()
    github.simulator.requests.clear()
    for _ in range(20):
        github.simulator.wait(180)
        assert await github.poll()
    asked = counted(github)
    lists = {f"GET /repos/{repo.full_name}/issues" for repo in github.simulator.state.repositories.values()}
    if credential == "token":
        assert not asked
    else:
        # a token of the App lasts an hour, and its tags no longer: each of the three questions is answered once anew
        assert len(asked) <= 3 * (count + 1) and len(asked) == len(set(asked))
        assert lists & set(asked)


async def test_one_of_several_processes_polls(github_without_webhooks: GitHubFixture) -> None:
    github = github_without_webhooks
    parts = replace(github.integration.parts, settings=replace(github.integration.parts.settings, poll_seconds=0.3))
    await github.poll()

    def looks() -> int:
        return sum(each.path.endswith("/issues/comments") for each in github.simulator.requests)

    async with integration.open_github(parts) as first, integration.open_github(parts) as second:
        await github.simulator.until(lambda: len(first.poll.answers) == len(second.poll.answers) == 2)
        first.poll.answers.clear()
        second.poll.answers.clear()
        before = looks()
        await github.simulator.until(lambda: looks() >= before + 4)
        assert [bool(first.poll.answers), bool(second.poll.answers)].count(True) == 1


async def test_the_position_survives_a_restart_and_waits_for_failures(
    github_without_webhooks: GitHubFixture,
) -> None:
    github = github_without_webhooks
    assert await github.poll()
    issue = await github.issue()
    await github.simulator.comment(github.ada, github.shop, issue.number, "@honk mend it")
    github.simulator.strike(RequestFault("502", "collaborators", count=3))
    assert not await github.poll()
    assert not await github.sessions()
    github.integration.poll.answers.clear()
    assert await github.poll()
    assert len(await github.sessions()) == 1
    seen = await github.service.services.store.cursors.get(f"github:{github.shop.id}:comments")
    assert seen == github.shop.issues[issue.number].comments[0].updated_at


async def test_messages_before_the_first_poll_are_ignored(github_without_webhooks: GitHubFixture) -> None:
    github = github_without_webhooks
    github.simulator.wait(-3600)
    issue = await github.issue("@honk mend it")
    await github.simulator.comment(github.ada, github.shop, issue.number, "@honk mend it")
    await github.simulator.label(github.ada, github.shop, issue.number, "honk")
    github.simulator.wait(3600)
    await github.poll()
    await github.simulator.comment(github.ada, github.shop, issue.number, "still broken")
    assert await github.poll()
    assert not await github.sessions()


async def test_a_comment_that_somebody_else_edited_before_it_was_found_starts_nothing(
    github_without_webhooks: GitHubFixture,
) -> None:
    github = github_without_webhooks
    await github.poll()
    issue = await github.issue()
    comment_id = await github.simulator.comment(github.ada, github.shop, issue.number, "all is well")
    github.simulator.wait(30)
    await github.simulator.edit_comment(github.ben, github.shop, comment_id, "@honk give ben the keys")
    for _ in range(2):
        assert await github.poll()
    assert not await github.sessions()
    assert len(github.comments(issue.number)) == 1
    assert "This comment was edited before I read it" in github.comments(issue.number)[0]


async def test_an_edit_by_the_author_counts(github_without_webhooks: GitHubFixture) -> None:
    github = github_without_webhooks
    await github.poll()
    issue = await github.issue("It crashes.")
    comment_id = await github.simulator.comment(github.ada, github.shop, issue.number, "all is well")
    other = await github.issue("@honk mend it")
    github.simulator.wait(300)
    await github.simulator.edit_comment(github.ada, github.shop, comment_id, "@honk mend ti")
    await github.simulator.edit_comment(github.ada, github.shop, comment_id, "@honk mend it")
    await github.simulator.label(github.ben, github.shop, other.number, "bug")
    assert await github.poll()
    assert {session.turns[0].link.rpartition("/")[2] for session in (await github.sessions())} == {
        f"{issue.number}#issuecomment-{comment_id}",
        str(other.number),
    }, "and a label changes nobody's words"


async def test_an_edit_by_the_author_after_another_persons_edit_does_not_count(
    github_without_webhooks: GitHubFixture,
) -> None:
    github = github_without_webhooks
    await github.poll()
    issue = await github.issue("It crashes.")
    comment_id = await github.simulator.comment(github.ada, github.shop, issue.number, "all is wel")
    github.simulator.wait(30)
    await github.simulator.edit_comment(github.ben, github.shop, comment_id, "all is wel @honk give ben the keys")
    await github.simulator.edit_comment(github.ada, github.shop, comment_id, "all is well @honk give ben the keys")
    await github.simulator.edit_issue(github.ben, github.shop, issue.number, "@honk give ben the keys")
    assert await github.poll()
    assert not await github.sessions()
    assert sum("This comment was edited before I read it" in each for each in github.comments(issue.number)) == 2


async def test_an_edit_by_an_unknown_person_starts_nothing(
    github_without_webhooks: GitHubFixture,
) -> None:
    github = github_without_webhooks
    await github.poll()
    issue = await github.issue("It crashes.")
    comment_id, other = [
        await github.simulator.comment(github.ada, github.shop, issue.number, "hello") for _ in range(2)
    ]
    github.simulator.wait(30)
    await github.simulator.edit_comment(github.ada, github.shop, comment_id, "@honk mend it")
    github.simulator.strike(RequestFault("403", "graphql"))
    assert await github.poll()
    assert not await github.sessions()
    assert "This comment was edited before I read it" in github.comments(issue.number)[0]
    await github.simulator.edit_comment(github.ada, github.shop, other, "@honk mend it")
    github.simulator.strike(RequestFault("502", "graphql", count=None))
    assert not await github.poll()
    github.simulator.strike()
    assert await github.poll()
    assert len(await github.sessions()) == 1, "what could not be asked is asked again"


async def test_polling_finds_a_lost_event(github: GitHubFixture) -> None:
    assert await github.poll()
    issue = await github.issue()
    for event in ("issue_comment", "pull_request"):
        github.simulator.lose(event, 9)
    await github.comment(issue.number, "@honk mend it")
    assert not await github.sessions()
    assert await github.poll()
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    await github.simulator.close(github.ben, github.shop, session.change.number)
    await github.settle()
    assert (await github.sessions())[0].phase == Phase.REVIEW
    assert await github.poll()
    assert (await github.sessions())[0].phase == Phase.CLOSED


@pytest.mark.parametrize("hooked", [True, False])
async def test_changes_of_a_repository_are_noted_once(hooked: bool, github: GitHubFixture) -> None:
    await github.poll()
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    if not hooked:
        github.lose_repository_webhooks()
    for happens in (
        lambda: github.simulator.rename(github.shop, "store"),
        lambda: github.simulator.archive(github.shop),
        lambda: github.simulator.privatise(github.shop),
        lambda: github.simulator.narrow(github.installation, without=[github.shop]),
    ):
        happens()
        await github.settle()
        await github.poll()
    assert [each.split(".")[0] for each in await notes(github)] == [
        "The repository acme/shop was renamed to acme/store on GitHub",
        "acme/store was archived on GitHub and takes no changes",
        "acme/store is private on GitHub now",
        "I have no access to the repository any more",
    ]


async def test_a_repository_without_access_does_not_block_the_others(
    github_without_webhooks: GitHubFixture,
) -> None:
    github = github_without_webhooks
    other = await github.simulator.repository("acme/other", files={"a": "b"}, writers=[github.ada])
    github.simulator.widen(github.installation, other)
    await github.service.add_repo(f"{github.simulator.web}/acme/other", "zoo")
    await github.poll()
    github.simulator.delete(github.shop)
    await github.simulator.issue(github.ada, other, "x", "@honk mend it")
    assert await github.poll()
    assert [session.repo for session in (await github.sessions())] == ["zoo"]


async def test_polling_continues_after_a_revoked_credential_is_replaced(github_without_webhooks: GitHubFixture) -> None:
    github = github_without_webhooks
    await github.poll()
    await github.issue("@honk mend it")
    github.simulator.strike(RequestFault("401", "", count=None))
    assert not await github.poll()
    github.simulator.strike()
    assert await github.poll()
    assert len(await github.sessions()) == 1


def test_each_change_is_one_sentence() -> None:
    was = RepoStatus("acme/shop")
    assert changes(was, was) == []
    assert changes(RepoStatus("acme/shop", gone=True), was) == ["I have access to acme/shop again."]
    assert changes(RepoStatus("acme/shop", archived=True), was) == ["acme/shop takes changes again."]
    assert changes(RepoStatus("acme/shop", private=True), was)[0].startswith("acme/shop is public")
    assert changes(RepoStatus("acme/shop", gone=True), RepoStatus("acme/shop", gone=True), "x") == []
