"""What is said on GitHub, through the forge's client, on a GitHub that runs beside the test."""

from dataclasses import dataclass

import pytest

from honk.core.errors import UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.conversation.conversation_client import ConversationClient
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import Team


@dataclass
class Ground:
    talk: ConversationClient
    repo: Repo


@pytest.fixture
async def on(team: Team) -> Ground:
    forge = team.forge()
    return Ground(ConversationClient(forge), await forge.look(team.url, "shop"))


async def test_a_comment_is_made_changed_and_reacted_to(team: Team, on: Ground) -> None:
    issue = await team.world.issue(team.ada, team.repository, "The cart", "It crashes.")
    said = await team.world.comment(team.ada, team.repository, issue.number, "@honk mend it")
    assert (await on.talk.issue(on.repo, issue.number))["title"] == "The cart"
    made = await on.talk.comment(on.repo, issue.number, "On it.")
    await on.talk.edit(on.repo, made, "Done.")
    for _ in range(2):
        await on.talk.react(on.repo, "comment", said, "eyes")
    await on.talk.react(on.repo, "issue", issue.number, "rocket")
    told = await on.talk.comments(on.repo, issue.number)
    assert [each["body"] for each in told] == ["@honk mend it", "Done."]
    assert told[0]["reactions"]["eyes"] == 1
    assert told[1]["user"]["type"] == "Bot"


async def test_news_are_told_once(team: Team, on: Ground) -> None:
    start = team.world.state.stamp()
    issue = await team.world.issue(team.ada, team.repository, "The cart")
    first = await on.talk.news(on.repo, "comments", start, "")
    assert first is not None
    assert first[1] == []
    await team.world.comment(team.ada, team.repository, issue.number, "one")
    second = await on.talk.news(on.repo, "comments", start, first[0])
    assert second is not None
    assert [each["body"] for each in second[1]] == ["one"]
    assert await on.talk.news(on.repo, "comments", start, second[0]) is None
    listed = await on.talk.news(on.repo, "issues", start, "")
    assert listed is not None
    assert [each["number"] for each in listed[1]] == [issue.number]


async def test_many_news_come_in_pages(team: Team, on: Ground) -> None:
    issue = await team.world.issue(team.ada, team.repository, "The cart")
    for number in range(105):
        await team.world.comment(team.ada, team.repository, issue.number, str(number))
    told = await on.talk.news(on.repo, "comments", "2020-01-01T00:00:00Z", "")
    assert told is not None
    assert [each["body"] for each in told[1]] == [str(number) for number in range(105)]


async def test_a_label_s_history(team: Team, on: Ground) -> None:
    issue = await team.world.issue(team.ada, team.repository, "The cart")
    await team.world.label(team.ben, team.repository, issue.number, "honk")
    found = [each for each in await on.talk.history(on.repo, issue.number) if each["event"] == "labeled"]
    assert [(each["label"]["name"], each["actor"]["id"]) for each in found] == [("honk", team.ben.id)]


async def test_a_review_is_read_answered_and_its_thread_resolved(team: Team, on: Ground) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    remark = {"path": "text", "line": 1, "body": "Why blue?"}
    number = await team.world.review(team.ben, team.repository, pull.number, "COMMENT", "Hm.", [remark])
    assert [each["id"] for each in await on.talk.reviews(repo, pull.number)] == [number]
    assert (await on.talk.review(repo, pull.number, number))["body"] == "Hm."
    first = (await on.talk.remarks(repo, pull.number, number))[0]
    assert (first["path"], first["line"], first["body"]) == ("text", 1, "Why blue?")
    await on.talk.reply(repo, pull.number, first["id"], "It was grey.")
    assert await on.talk.resolve(repo, pull.number, first["id"])
    assert not await on.talk.resolve(repo, pull.number, 10**9)
    there = team.repository.issues[pull.number].pull
    assert there is not None
    assert there.remarks[0].resolved_by is not None
    assert [each["body"] for each in await on.talk.thread(repo, pull.number)] == ["Why blue?", "It was grey."]
    assert await on.talk.changed(repo, base, head) == frozenset({"text"})
    assert (await on.talk.pull(repo, pull.number))["head"]["ref"] == BRANCH


async def test_a_repository_is_followed_by_its_number(team: Team, on: Ground) -> None:
    team.world.rename(team.repository, "store")
    assert (await on.talk.repository(on.repo))["full_name"] == "acme/store"
    issue = await team.world.issue(team.ada, team.repository, "The cart")
    team.world.archive(team.repository)
    with pytest.raises(WorkFailed, match="archived"):
        await on.talk.comment(on.repo, issue.number, "On it.")
    team.world.delete(team.repository)
    with pytest.raises(UsageError):
        await on.talk.repository(on.repo)


async def test_who_may_write_is_asked_now(team: Team, on: Ground) -> None:
    assert await on.talk.may_write(on.repo, team.person(team.ben))
    assert not await on.talk.may_write(on.repo, team.person(team.eve))
    team.world.role(team.repository, team.ben, "read")
    assert not await on.talk.may_write(on.repo, team.person(team.ben))
