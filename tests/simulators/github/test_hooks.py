"""Events: which there are, how they are signed, and all that can happen to them on the way."""

import asyncio

from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubApp
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.workflows import Workflow, passing

from tests.simulators.github.client import by_app
from tests.simulators.github.hooked import Receiver, receiving


async def watched(simulator: GitHubSimulator, receiver: Receiver) -> tuple[Repository, GitHubApp]:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, admins=[ada], writers=[bob])
    app = simulator.app(webhook_url=receiver.url, secret=receiver.secret)
    simulator.install(app, repo)
    await simulator.settled()
    receiver.got.clear()
    return repo, app


async def test_what_people_do_is_told(simulator: GitHubSimulator) -> None:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    async with receiving() as receiver:
        repo, _ = await watched(simulator, receiver)
        await simulator.issue(ada, repo, "Slow", labels=["honk"])
        await simulator.push(ada, repo, "one", {"a": "2\n"})
        await simulator.pull_request(ada, repo, "one", "Faster", draft=True)
        comment = await simulator.comment(bob, repo, 2, "Hm")
        await simulator.edit_comment(bob, repo, comment, "Hm!")
        review = await simulator.review(bob, repo, 2, "COMMENT", "See below", [{"path": "a", "line": 1, "body": "2?"}])
        await simulator.reply(ada, repo, 2, repo.issues[2].pull.remarks[0].id, "2.")  # type: ignore[union-attr]
        await simulator.push(ada, repo, "one", {"a": "3\n"})
        await simulator.close(ada, repo, 2)
        await simulator.reopen(ada, repo, 2)
        await simulator.assign(ada, repo, 1, bob)
        await simulator.close(ada, repo, 1)
        simulator.rename(repo, "store")
        simulator.privatise(repo)
        simulator.archive(repo)
        simulator.delete(repo)
        await simulator.settled()
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


async def test_checks_and_statuses_are_told(simulator: GitHubSimulator) -> None:
    async with receiving() as receiver:
        repo, _ = await watched(simulator, receiver)
        repo.workflows = [Workflow("ci", {"test": passing()}, id=1, created_at=repo.created_at)]
        sha = await simulator.push(simulator.user("ada"), repo, "one", {"a": "2\n"})
        await simulator.settled()
        await simulator.status(simulator.user("ada"), repo, sha, "outside", "success")
        await simulator.settled()
    assert receiver.what == [
        *("push", "check_run.created", "workflow_run.requested", "workflow_run.in_progress"),
        *("check_run.completed", "workflow_run.completed", "check_suite.completed", "status"),
    ]


async def test_events_get_lost_come_twice_late_and_forged(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    async with receiving() as receiver:
        repo, _ = await watched(simulator, receiver)
        await simulator.issue(ada, repo, "Slow")
        simulator.lose("issue_comment")
        await simulator.comment(ada, repo, 1, "lost")
        simulator.double("issue_comment")
        await simulator.comment(ada, repo, 1, "twice")
        simulator.hold()
        await simulator.comment(ada, repo, 1, "first")
        await simulator.comment(ada, repo, 1, "second")
        simulator.release(backwards=True)
        await simulator.settled()
        bodies = [each.payload["comment"]["body"] for each in receiver.got if each.event == "issue_comment"]
        assert bodies == ["twice", "twice", "second", "first"]
        assert receiver.got[1].guid == receiver.got[2].guid
        last = simulator.deliveries[-1]
        simulator.redeliver(last)
        await simulator.settled()
        assert receiver.got[-1].guid == last.guid and simulator.deliveries[-1].redelivery
        forged = await simulator.forge(last, "a guess", action="deleted")
        assert (
            forged.status == 200 and not receiver.got[-1].genuine and receiver.got[-1].what == "issue_comment.deleted"
        )
    assert [each.lost for each in simulator.deliveries if each.event == "issue_comment"][0]


async def test_an_app_sees_how_its_hook_fares_and_github_does_not_try_again(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    async with receiving() as receiver:
        repo, app = await watched(simulator, receiver)
        receiver.status = 500
        await simulator.issue(ada, repo, "Slow")
        await simulator.settled()
        github = by_app(simulator, app)
        listed = (await github.rest.apps.async_list_webhook_deliveries(status="failure")).parsed_data
        assert [(each.event, each.action, each.status_code) for each in listed] == [("issues", "opened", 500)]
        whole = (await github.rest.apps.async_get_webhook_delivery(listed[0].id)).json()
        assert whole["request"]["payload"]["issue"]["title"] == "Slow" and whole["response"]["payload"] == "taken"
        receiver.status = 200
        await github.rest.apps.async_redeliver_webhook_delivery(listed[0].id)
        await simulator.settled()
        assert [each.guid for each in receiver.got] == [listed[0].guid] * 2
    await simulator.issue(ada, repo, "And nobody listens")
    await simulator.settled()
    assert simulator.deliveries[-1].status == 502


async def test_the_hook_of_a_repository_gets_what_it_asked_for(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    async with receiving() as receiver:
        repo = await simulator.repository("acme/shop", files={"a": "1\n"}, admins=[ada])
        given = {"config": {"url": receiver.url, "secret": receiver.secret}, "events": ["issues"]}
        made = await simulator.act(ada, "POST", "/repos/acme/shop/hooks", given)
        await simulator.issue(ada, repo, "Slow")
        await simulator.comment(ada, repo, 1, "Not asked for")
        await simulator.settled()
        sent = await simulator.act(ada, "GET", f"/repos/acme/shop/hooks/{made['id']}/deliveries")
    assert receiver.what == ["issues.opened"] and receiver.got[0].genuine and len(sent) == 1


async def test_the_merge_queue_tests_what_will_be_and_merges_it(simulator: GitHubSimulator) -> None:
    ada, go = simulator.user("ada"), asyncio.Event()
    async with receiving() as receiver:
        repo, _ = await watched(simulator, receiver)
        repo.protections["main"] = Protection(checks=("test",))
        repo.merge_queue = True
        seen: list[str] = []

        async def test(attempt: object) -> object:
            await go.wait()
            return await passing()(attempt)  # type: ignore[arg-type]

        repo.workflows = [Workflow("ci", {"test": test}, id=1, created_at=repo.created_at)]  # type: ignore[dict-item]
        await simulator.push(ada, repo, "one", {"b": "2\n"})
        issue = await simulator.pull_request(ada, repo, "one", "Faster")
        go.set()
        await simulator.settled()
        go.clear()
        query = """mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) {
          mergeQueueEntry { state position } } }"""
        entry = (await simulator.graphql(ada, query, {"id": f"PR_{issue.pull.id}"}))["enqueuePullRequest"]  # type: ignore[union-attr]
        assert entry["mergeQueueEntry"] == {"state": "QUEUED", "position": 1}
        await simulator.until(lambda: bool(issue.pull and issue.pull.queued == "AWAITING_CHECKS"))
        go.set()
        await simulator.until(lambda: issue.state == "closed")
        await simulator.settled()
        seen += receiver.what
    assert issue.pull and issue.pull.merged_at
    for event in (
        "pull_request.enqueued",
        "merge_group.checks_requested",
        "merge_group.destroyed",
        "pull_request.closed",
    ):
        assert event in seen


async def test_an_app_is_told_what_happens_to_it(simulator: GitHubSimulator) -> None:
    async with receiving() as receiver:
        repo, app = await watched(simulator, receiver)
        other = await simulator.repository("acme/other", files={"a": "1\n"})
        found = next(each for each in simulator.state.installations.values() if each.app is app)
        simulator.widen(found, other)
        simulator.narrow(found, without=[other])
        simulator.narrow(found, permissions={"issues": "read"})
        await simulator.issue(simulator.user("ada"), repo, "Slow")
        await simulator.push(simulator.user("ada"), repo, "one", {"a": "2\n"})
        simulator.suspend(found)
        simulator.uninstall(found)
        await simulator.settled()
    assert receiver.what == [
        *("installation_repositories.added", "installation_repositories.removed"),
        *("installation.new_permissions_accepted", "issues.opened", "installation.suspend", "installation.deleted"),
    ], "without the permission there is no push event"
    assert [each["full_name"] for each in receiver.got[0].payload["repositories_added"]] == ["acme/other"]
