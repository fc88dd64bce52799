"""What is said on GitHub, through the forge's client, on a GitHub that runs beside the test."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from honk.core.errors import UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.conversation import timestamps
from honk.integrations.github.conversation.conversation_client import ConversationClient
from tests.integrations.github.forge.conftest import Team


@dataclass
class Ground:
    github: ConversationClient
    repo: Repo


@pytest.fixture
async def on(team: Team) -> Ground:
    forge = team.forge()
    return Ground(ConversationClient(forge), await forge.look(team.url, "shop"))


async def test_a_comment_is_made_changed_and_reacted_to(team: Team, on: Ground) -> None:
    issue = await team.simulator.issue(team.ada, team.repository, "The cart", "It crashes.")
    said = await team.simulator.comment(team.ada, team.repository, issue.number, "@honk mend it")
    assert (await on.github.issue(on.repo, issue.number)).title == "The cart"
    made = await on.github.comment(on.repo, issue.number, "On it.")
    await on.github.edit(on.repo, made, "Done.")
    for _ in range(2):
        await on.github.react(on.repo, "comment", said, "eyes")
    await on.github.react(on.repo, "issue", issue.number, "rocket")
    found = await on.github.comments(on.repo, issue.number)
    assert [each.body for each in found] == ["@honk mend it", "Done."]
    eyes = team.repository.issues[issue.number].comments[0].reactions
    assert [each.content for each in eyes] == ["eyes"]
    assert found[1].author.machine


async def test_news_are_told_once(team: Team, on: Ground) -> None:
    start = timestamps.moment(team.simulator.state.stamp())
    issue = await team.simulator.issue(team.ada, team.repository, "The cart")
    first = await on.github.changed_comments(on.repo, start, "")
    assert first is not None
    assert first.items == ()
    await team.simulator.comment(team.ada, team.repository, issue.number, "one")
    second = await on.github.changed_comments(on.repo, start, first.etag)
    assert second is not None
    assert [each.body for each in second.items] == ["one"]
    assert await on.github.changed_comments(on.repo, start, second.etag) is None
    listed = await on.github.changed_issues(on.repo, start, "")
    assert listed is not None
    assert [each.number for each in listed.items] == [issue.number]


async def test_many_news_come_in_pages(team: Team, on: Ground) -> None:
    issue = await team.simulator.issue(team.ada, team.repository, "The cart")
    for number in range(105):
        await team.simulator.comment(team.ada, team.repository, issue.number, str(number))
    found = await on.github.changed_comments(on.repo, datetime(2020, 1, 1, tzinfo=UTC), "")
    assert found is not None
    assert [each.body for each in found.items] == [str(number) for number in range(105)]


async def test_a_label_s_history(team: Team, on: Ground) -> None:
    issue = await team.simulator.issue(team.ada, team.repository, "The cart")
    await team.simulator.label(team.ben, team.repository, issue.number, "honk")
    found = await on.github.last_labeller(on.repo, issue.number, "Honk")
    assert found is not None
    assert found[0].id == team.ben.id
    assert await on.github.last_labeller(on.repo, issue.number, "bug") is None


async def test_a_review_is_read_answered_and_its_thread_resolved(team: Team, on: Ground) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    remark = {"path": "text", "line": 1, "body": "Why blue?"}
    number = await team.simulator.review(team.ben, team.repository, pull.number, "COMMENT", "Hm.", [remark])
    assert [each.id for each in await on.github.reviews(repo, pull.number)] == [number]
    assert (await on.github.review(repo, pull.number, number)).body == "Hm."
    first = (await on.github.review_comments(repo, pull.number))[0]
    assert (first.path, first.line, first.body, first.review) == ("text", 1, "Why blue?", number)
    await on.github.reply(repo, pull.number, first.id, "It was grey.")
    assert await on.github.resolve(repo, pull.number, first.id)
    assert not await on.github.resolve(repo, pull.number, 10**9)
    there = team.repository.issues[pull.number].pull
    assert there is not None
    assert there.remarks[0].resolved_by is not None
    assert [each.body for each in await on.github.review_comments(repo, pull.number)] == ["Why blue?", "It was grey."]
    assert await on.github.changed_paths(repo, base, head) == frozenset({"text"})
    assert (await on.github.pull_request(repo, pull.number)).head == head


async def test_a_repository_is_followed_by_its_number(team: Team, on: Ground) -> None:
    team.simulator.rename(team.repository, "store")
    assert (await on.github.repository(on.repo)).full_name == "acme/store"
    issue = await team.simulator.issue(team.ada, team.repository, "The cart")
    team.simulator.archive(team.repository)
    with pytest.raises(WorkFailed, match="archived"):
        await on.github.comment(on.repo, issue.number, "On it.")
    team.simulator.delete(team.repository)
    with pytest.raises(UsageError):
        await on.github.repository(on.repo)


async def test_who_may_write_is_asked_now(team: Team, on: Ground) -> None:
    assert await on.github.may_write(on.repo, team.person(team.ben))
    assert not await on.github.may_write(on.repo, team.person(team.eve))
    team.simulator.role(team.repository, team.ben, "read")
    assert not await on.github.may_write(on.repo, team.person(team.ben))
