"""Issues, comments, labels, reactions; lists with pages and what has not changed."""

from typing import Any

import httpx2
import pytest
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator

from tests.simulators.github.client import by_installation, by_token, said


async def refused(asked: Any) -> str:
    with pytest.raises(RequestFailed) as failed:
        await asked
    return said(failed.value)


async def test_comments_are_written_changed_and_found(simulator: GitHubSimulator) -> None:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, readers=[ada, bob])
    issue = await simulator.issue(ada, repo, "It is slow", "Very.")
    hers, his = by_token(simulator, simulator.token(ada)), by_token(simulator, simulator.token(bob))
    first = (await hers.rest.issues.async_create_comment("acme", "shop", 1, body="One")).parsed_data
    app = simulator.install(simulator.app(), repo)
    bot = by_installation(simulator, app)
    second = (await bot.rest.issues.async_create_comment("acme", "shop", 1, body="Two")).parsed_data
    assert second.performed_via_github_app and second.author_association == "NONE"
    edited = await bot.rest.issues.async_update_comment("acme", "shop", second.id, body="Two, done")
    assert edited.parsed_data.body == "Two, done"
    theirs = bot.rest.issues.async_update_comment("acme", "shop", first.id, body="Mine now")
    assert await refused(theirs) == "403 Resource not accessible by integration"
    assert (
        await refused(his.rest.issues.async_update_comment("acme", "shop", first.id, body="x"))
        == "403 Must have push access to Repository."
    )
    assert (
        await refused(hers.rest.issues.async_create_comment("acme", "shop", 1, body=" "))
        == "422 Validation Failed body missing_field"
    )
    long = "x" * 65537
    assert "body is too long (maximum is 65536 characters)" in await refused(
        hers.rest.issues.async_create_comment("acme", "shop", 1, body=long)
    )
    assert await refused(hers.rest.issues.async_create_comment("acme", "shop", 9, body="x")) == "404 Not Found"
    bodies = [each.body for each in (await his.rest.issues.async_list_comments("acme", "shop", 1)).parsed_data]
    assert bodies == ["One", "Two, done"] and len(issue.comments) == 2


async def test_labels_and_assignees_need_more_than_reading(simulator: GitHubSimulator) -> None:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, triagers=[ada], readers=[bob])
    await simulator.issue(bob, repo, "Slow", labels=["bug"])
    assert repo.issues[1].labels == []
    github = by_token(simulator, simulator.token(ada))
    issues = github.rest.issues
    labels = (await issues.async_add_labels("acme", "shop", 1, data={"labels": ["BUG", "honk"]})).parsed_data
    assert [each.name for each in labels] == ["bug", "honk"]
    await issues.async_remove_label("acme", "shop", 1, "bug")
    assert await refused(issues.async_remove_label("acme", "shop", 1, "bug")) == "404 Label does not exist"
    await issues.async_set_labels("acme", "shop", 1, data={"labels": ["question"]})
    assert repo.issues[1].labels == ["question"]
    assert (
        await refused(issues.async_create_label("acme", "shop", name="bug"))
        == "403 Must have push access to Repository."
    )
    seen = (await issues.async_add_assignees("acme", "shop", 1, assignees=["bob", "nobody", "eve"])).parsed_data
    assert [each.login for each in seen.assignees or []] == ["bob"], "who has nothing to do with it is passed over"
    found = (await issues.async_list_for_repo("acme", "shop", labels="question", assignee="bob")).parsed_data
    assert [each.number for each in found] == [1]
    happened = (await issues.async_list_events("acme", "shop", 1)).json()
    assert [each["event"] for each in happened] == ["labeled", "labeled", "unlabeled", "unlabeled", "labeled"]


async def test_reactions_count_once(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, readers=[ada])
    await simulator.issue(ada, repo, "Slow")
    comment = await simulator.comment(ada, repo, 1, "@honk go")
    bot = by_installation(simulator, simulator.install(simulator.app(), repo))
    reactions = bot.rest.reactions
    made = await reactions.async_create_for_issue_comment("acme", "shop", comment, content="eyes")
    again = await reactions.async_create_for_issue_comment("acme", "shop", comment, content="eyes")
    assert (made.status_code, again.status_code) == (201, 200)
    seen = (await bot.rest.issues.async_get_comment("acme", "shop", comment)).parsed_data
    assert seen.reactions and (seen.reactions.eyes, seen.reactions.total_count) == (1, 1)
    await reactions.async_delete_for_issue_comment("acme", "shop", comment, made.parsed_data.id)
    assert (await reactions.async_list_for_issue_comment("acme", "shop", comment)).parsed_data == []


async def test_pages_since_and_what_has_not_changed(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, readers=[ada])
    await simulator.issue(ada, repo, "Slow")
    for number in range(5):
        await simulator.comment(ada, repo, 1, f"Comment {number}")
        simulator.wait(60)
    github = by_token(simulator, simulator.token(ada))
    pages = github.rest.paginate(
        github.rest.issues.async_list_comments, owner="acme", repo="shop", issue_number=1, per_page=2
    )
    assert [each.body async for each in pages] == [f"Comment {number}" for number in range(5)]
    url = f"{simulator.url}/repos/acme/shop/issues/1/comments"
    headers = {"authorization": f"Bearer {simulator.token(ada)}", "user-agent": "a test"}
    async with httpx2.AsyncClient(headers=headers) as client:
        page = await client.get(url, params={"per_page": 2, "page": 2})
        assert {name: link["url"][-1] for name, link in page.links.items()} == {
            "next": "3",
            "last": "3",
            "prev": "1",
            "first": "1",
        }
        since = repo.issues[1].comments[3].created_at
        assert len((await client.get(url, params={"since": since})).json()) == 2
        simulator.limits.hourly = 100
        left = int((await client.get(url)).headers["x-ratelimit-remaining"])
        same = await client.get(url, headers={"if-none-match": (await client.get(url)).headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        assert int(same.headers["x-ratelimit-remaining"]) == left - 1, "only the one in between has counted"
        await simulator.comment(ada, repo, 1, "One more")
        assert (await client.get(url, headers={"if-none-match": same.headers["etag"]})).status_code == 200
