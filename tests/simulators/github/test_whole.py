"""The whole way once: a token, a clone, a push, a pull request, a signed event, a merge."""

from pathlib import Path

from honk_simulators.github import GitHubSimulator

from tests.simulators.github.client import by_installation, by_token, clone, commit, push
from tests.simulators.github.hooked import receiving


async def test_a_clone_becomes_a_merged_pull_request(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"shop.txt": "closed\n"}, private=True, writers=[ada])
    token = simulator.token(ada)
    github = by_token(simulator, token)
    tree = await clone(simulator, "acme/shop", token, tmp_path / "shop")
    head = await commit(tree, {"shop.txt": "open\n"}, "open")
    assert (await push(tree, "open"))[0]

    body = {"title": "Open the shop", "head": "open", "base": "main", "body": "It is time."}
    pull = (await github.rest.pulls.async_create("acme", "shop", data=body)).parsed_data
    assert (pull.number, pull.head.sha, pull.additions, pull.deletions) == (1, head, 1, 1)
    assert pull.mergeable is None, "it is found out only when somebody asks"
    pull = (await github.rest.pulls.async_get("acme", "shop", 1)).parsed_data
    assert (pull.mergeable, pull.mergeable_state) == (True, "clean")

    merged = (await github.rest.pulls.async_merge("acme", "shop", 1, sha=head)).parsed_data
    files = (await github.rest.repos.async_get_content("acme", "shop", "shop.txt", ref=merged.sha)).json()
    assert files["content"] == "b3Blbgo=\n"
    assert repo.issues[1].state == "closed"
    assert simulator.leaks == [] and {seen.kind for seen in simulator.requests} == {"anonymous", "classic"}


async def test_an_app_is_told_what_people_say_and_answers(simulator: GitHubSimulator) -> None:
    async with receiving() as receiver:
        ada, bob = simulator.user("ada"), simulator.user("bob")
        repo = await simulator.repository("acme/shop", files={"a.txt": "a\n"}, writers=[ada], readers=[bob])
        found = simulator.install(simulator.app(webhook_url=receiver.url, secret=receiver.secret), repo)
        github = by_installation(simulator, found)
        issue = await simulator.issue(bob, repo, "The shop is closed", labels=["bug"])
        await simulator.comment(ada, repo, issue.number, "@honk open it")
        said = (await github.rest.issues.async_create_comment("acme", "shop", issue.number, body="On it.")).parsed_data
        await simulator.settled()
    assert said.user and said.user.login == "honk[bot]"
    assert receiver.what == ["installation.created", "issues.opened", "issue_comment.created", "issue_comment.created"]
    assert all(each.genuine for each in receiver.got), "readers' labels are dropped, so no `labeled`"
    assert receiver.got[2].payload["comment"]["user"]["id"] == ada.id
    assert receiver.got[2].payload["installation"]["id"] == found.id
