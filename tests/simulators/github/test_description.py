"""What the server does is what GitHub's description says there is."""

import re

import httpx2
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.api.table import ROUTES
from honk_simulators.github.requests import openapi
from honk_simulators.github.state.repositories import Protection
from honk_simulators.github.state.workflows import Workflow, passing


def test_every_operation_is_described() -> None:
    assert [route.operation for route in ROUTES if openapi.operation(route.method, route.template) is None] == []
    assert len({route.operation for route in ROUTES}) == len(ROUTES)


def test_an_event_that_is_wrong_is_found_out() -> None:
    assert "no event issues exploded" in openapi.check_event("issues", {"action": "exploded"})
    assert "Field required" in openapi.check_event("issues", {"action": "opened"})


async def test_every_answer_is_as_described(simulator: GitHubSimulator) -> None:
    """Each operation that reads, once, on a simulator with something of everything. The server checks each answer."""
    ada, bob = simulator.user("ada"), simulator.user("bob")
    flow = Workflow("ci", {"test": passing(artifacts={"app": {"a": b"1"}})})
    rules = Protection(reviews=1, checks=("test",))
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, admins=[ada], writers=[bob], workflows=[flow])
    sha = await simulator.push(ada, repo, "one", {"a": "2\n"})
    await simulator.pull_request(ada, repo, "one", "Faster")
    await simulator.settled()
    repo.protections["main"] = rules
    comment = await simulator.comment(bob, repo, 1, "Hm")
    await simulator.react(ada, repo, comment)
    await simulator.label(ada, repo, 1, "bug")
    review = await simulator.review(bob, repo, 1, "COMMENT", "", [{"path": "a", "line": 1, "body": "2?"}])
    await simulator.act(ada, "POST", "/repos/acme/shop/hooks", {"config": {"url": "http://127.0.0.1:9/"}})
    await simulator.status(ada, repo, sha, "ci", "success")
    wanted = {"ref": "one", "required_contexts": []}
    deployment = await simulator.act(ada, "POST", "/repos/acme/shop/deployments", wanted)
    status = await simulator.act(
        ada, "POST", f"/repos/acme/shop/deployments/{deployment['id']}/statuses", {"state": "success"}
    )
    run = next(each for each in repo.runs.values() if each.head_sha == sha)
    pull = repo.issues[1].pull
    assert pull
    known = {
        "owner": "acme",
        "repo": "shop",
        "branch": "main",
        "ref": "heads/main",
        "basehead": "main...one",
        "path": "a",
        "username": "bob",
        "account_id": bob.id,
        "pull_number": 1,
        "issue_number": 1,
        "comment_id": comment,
        "review_id": review,
        "commit_sha": sha,
        "sha": sha,
        "name": "bug",
        "hook_id": next(iter(repo.hooks)),
        "run_id": run.id,
        "job_id": run.jobs[0].id,
        "artifact_id": run.artifacts[0].id,
        "archive_format": "zip",
        "workflow_id": flow.id,
        "attempt_number": 1,
        "check_run_id": run.jobs[0].check.id,
        "check_suite_id": run.suite.id,
        "deployment_id": deployment["id"],
        "status_id": status["id"],
        "app_slug": "github-actions",
    }
    headers = {"user-agent": "a test", "authorization": f"Bearer {simulator.token(ada)}"}
    answers = {}
    async with httpx2.AsyncClient(headers=headers, timeout=20) as client:
        for route in ROUTES:
            if (
                route.method != "GET"
                or route.audience == "app"
                or re.search("delivery|uuid|/installation", route.template)
            ):
                continue
            values = dict(known)
            if "/pulls/comments" in route.template:
                values["comment_id"] = pull.remarks[0].id
            if "/commits/{ref}" in route.template:
                values["ref"] = "one"
            answers[route.template] = (await client.get(simulator.url + route.template.format(**values))).status_code
    gone = {path for path, status in answers.items() if status == 404}
    assert gone == {"/repos/{owner}/{repo}/pulls/{pull_number}/merge"}, "it is not merged"
    assert set(answers.values()) <= {200, 204, 302, 404} and len(answers) >= 69
