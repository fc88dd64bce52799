"""Events: which there are, how they are signed, and all that can happen to them on the way."""

import asyncio

from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubApp
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.workflows import Workflow, passing

from tests.simulators.github.client import by_app
from tests.simulators.github.hooked import Receiver, receiving


async def watched(world: GitHubSimulator, receiver: Receiver) -> tuple[Repository, GitHubApp]:
    ada, bob = world.user("ada"), world.user("bob")
    repo = await world.repository("acme/shop", files={"a": "1\n"}, admins=[ada], writers=[bob])
    app = world.app(webhook_url=receiver.url, secret=receiver.secret)
    world.install(app, repo)
    await world.settled()
    receiver.got.clear()
    return repo, app


async def test_what_people_do_is_told(world: GitHubSimulator) -> None:
    ada, bob = world.user("ada"), world.user("bob")
    async with receiving() as receiver:
        repo, _ = await watched(world, receiver)
        await world.issue(ada, repo, "Slow", labels=["honk"])
        await world.push(ada, repo, "one", {"a": "2\n"})
        await world.pull_request(ada, repo, "one", "Faster", draft=True)
        comment = await world.comment(bob, repo, 2, "Hm")
        await world.edit_comment(bob, repo, comment, "Hm!")
        review = await world.review(bob, repo, 2, "COMMENT", "See below", [{"path": "a", "line": 1, "body": "2?"}])
        await world.reply(ada, repo, 2, repo.issues[2].pull.remarks[0].id, "2.")  # type: ignore[union-attr]
        await world.push(ada, repo, "one", {"a": "3\n"})
        await world.close(ada, repo, 2)
        await world.reopen(ada, repo, 2)
        await world.assign(ada, repo, 1, bob)
        await world.close(ada, repo, 1)
        world.rename(repo, "store")
        world.privatise(repo)
        world.archive(repo)
        world.delete(repo)
        await world.settled()
    assert receiver.what == [
        *("issues.opened", "issues.labeled", "push", "pull_request.opened"),
        *("issue_comment.created", "issue_comment.edited"),
        *("pull_request_review.submitted", "pull_request_review_comment.created"),
        *("pull_request_review_comment.created", "push", "pull_request.synchronize"),
        *("pull_request.closed", "pull_request.reopened", "issues.assigned", "issues.closed"),
        *("repository.renamed", "repository.privatized", "repository.archived", "repository.deleted"),
    ]
    assert all(each.genuine for each in receiver.got) and review
    assert len({each.guid for each in receiver.got}) == len(receiver.got)
    sync = next(each.payload for each in receiver.got if each.what == "pull_request.synchronize")
    assert sync["after"] == sync["pull_request"]["head"]["sha"] != sync["before"]
    assert receiver.got[4].payload["issue"]["pull_request"]["url"].endswith("/pulls/2")


async def test_checks_and_statuses_are_told(world: GitHubSimulator) -> None:
    async with receiving() as receiver:
        repo, _ = await watched(world, receiver)
        repo.workflows = [Workflow("ci", {"test": passing()}, id=1, created_at=repo.created_at)]
        sha = await world.push(world.user("ada"), repo, "one", {"a": "2\n"})
        await world.settled()
        await world.status(world.user("ada"), repo, sha, "outside", "success")
        await world.settled()
    assert receiver.what == [
        *("push", "check_run.created", "workflow_run.requested", "workflow_run.in_progress"),
        *("check_run.completed", "workflow_run.completed", "check_suite.completed", "status"),
    ]


async def test_events_get_lost_come_twice_late_and_forged(world: GitHubSimulator) -> None:
    ada = world.user("ada")
    async with receiving() as receiver:
        repo, _ = await watched(world, receiver)
        await world.issue(ada, repo, "Slow")
        world.lose("issue_comment")
        await world.comment(ada, repo, 1, "lost")
        world.double("issue_comment")
        await world.comment(ada, repo, 1, "twice")
        world.hold()
        await world.comment(ada, repo, 1, "first")
        await world.comment(ada, repo, 1, "second")
        world.release(backwards=True)
        await world.settled()
        bodies = [each.payload["comment"]["body"] for each in receiver.got if each.event == "issue_comment"]
        assert bodies == ["twice", "twice", "second", "first"]
        assert receiver.got[1].guid == receiver.got[2].guid
        last = world.deliveries[-1]
        world.redeliver(last)
        await world.settled()
        assert receiver.got[-1].guid == last.guid and world.deliveries[-1].redelivery
        forged = await world.forge(last, "a guess", action="deleted")
        assert (
            forged.status == 200 and not receiver.got[-1].genuine and receiver.got[-1].what == "issue_comment.deleted"
        )
    assert [each.lost for each in world.deliveries if each.event == "issue_comment"][0]


async def test_an_app_sees_how_its_hook_fares_and_github_does_not_try_again(world: GitHubSimulator) -> None:
    ada = world.user("ada")
    async with receiving() as receiver:
        repo, app = await watched(world, receiver)
        receiver.status = 500
        await world.issue(ada, repo, "Slow")
        await world.settled()
        github = by_app(world, app)
        listed = (await github.rest.apps.async_list_webhook_deliveries(status="failure")).parsed_data
        assert [(each.event, each.action, each.status_code) for each in listed] == [("issues", "opened", 500)]
        whole = (await github.rest.apps.async_get_webhook_delivery(listed[0].id)).json()
        assert whole["request"]["payload"]["issue"]["title"] == "Slow" and whole["response"]["payload"] == "taken"
        receiver.status = 200
        await github.rest.apps.async_redeliver_webhook_delivery(listed[0].id)
        await world.settled()
        assert [each.guid for each in receiver.got] == [listed[0].guid] * 2
    await world.issue(ada, repo, "And nobody listens")
    await world.settled()
    assert world.deliveries[-1].status == 502


async def test_the_hook_of_a_repository_gets_what_it_asked_for(world: GitHubSimulator) -> None:
    ada = world.user("ada")
    async with receiving() as receiver:
        repo = await world.repository("acme/shop", files={"a": "1\n"}, admins=[ada])
        given = {"config": {"url": receiver.url, "secret": receiver.secret}, "events": ["issues"]}
        made = await world.act(ada, "POST", "/repos/acme/shop/hooks", given)
        await world.issue(ada, repo, "Slow")
        await world.comment(ada, repo, 1, "Not asked for")
        await world.settled()
        sent = await world.act(ada, "GET", f"/repos/acme/shop/hooks/{made['id']}/deliveries")
    assert receiver.what == ["issues.opened"] and receiver.got[0].genuine and len(sent) == 1


async def test_the_merge_queue_tests_what_will_be_and_merges_it(world: GitHubSimulator) -> None:
    ada, go = world.user("ada"), asyncio.Event()
    async with receiving() as receiver:
        repo, _ = await watched(world, receiver)
        repo.protections["main"] = Protection(checks=("test",))
        repo.merge_queue = True
        seen: list[str] = []

        async def test(attempt: object) -> object:
            await go.wait()
            return await passing()(attempt)  # type: ignore[arg-type]

        repo.workflows = [Workflow("ci", {"test": test}, id=1, created_at=repo.created_at)]  # type: ignore[dict-item]
        await world.push(ada, repo, "one", {"b": "2\n"})
        issue = await world.pull_request(ada, repo, "one", "Faster")
        go.set()
        await world.settled()
        go.clear()
        query = """mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) {
          mergeQueueEntry { state position } } }"""
        entry = (await world.graphql(ada, query, {"id": f"PR_{issue.pull.id}"}))["enqueuePullRequest"]  # type: ignore[union-attr]
        assert entry["mergeQueueEntry"] == {"state": "QUEUED", "position": 1}
        await world.until(lambda: bool(issue.pull and issue.pull.queued == "AWAITING_CHECKS"))
        go.set()
        await world.until(lambda: issue.state == "closed")
        await world.settled()
        seen += receiver.what
    assert issue.pull and issue.pull.merged_at
    for event in (
        "pull_request.enqueued",
        "merge_group.checks_requested",
        "merge_group.destroyed",
        "pull_request.closed",
    ):
        assert event in seen


async def test_an_app_is_told_what_happens_to_it(world: GitHubSimulator) -> None:
    async with receiving() as receiver:
        repo, app = await watched(world, receiver)
        other = await world.repository("acme/other", files={"a": "1\n"})
        found = next(each for each in world.state.installations.values() if each.app is app)
        world.widen(found, other)
        world.narrow(found, without=[other])
        world.narrow(found, permissions={"issues": "read"})
        await world.issue(world.user("ada"), repo, "Slow")
        await world.push(world.user("ada"), repo, "one", {"a": "2\n"})
        world.suspend(found)
        world.uninstall(found)
        await world.settled()
    assert receiver.what == [
        *("installation_repositories.added", "installation_repositories.removed"),
        *("installation.new_permissions_accepted", "issues.opened", "installation.suspend", "installation.deleted"),
    ], "without the permission there is no push event"
    assert [each["full_name"] for each in receiver.got[0].payload["repositories_added"]] == ["acme/other"]
