"""Rule sets: told as GitHub tells them, and kept at pushes, at merges and in what is said of a pull request."""

from pathlib import Path

import pytest
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Protection, Repository

from tests.simulators.github.client import address, by_token, clone, commit, git, push, said

FILES = {"a.txt": "a\n", "CODEOWNERS": "*.txt @ben\n"}
OPEN = {"force_pushes": True, "deletions": True}


async def shop(simulator: GitHubSimulator) -> tuple[Repository, GitHubAccount, GitHubAccount]:
    ada, ben = simulator.user("ada"), simulator.user("ben")
    return (
        await simulator.repository("acme/shop", files=FILES, writers=[ada, ben], admins=[simulator.user("root")]),
        ada,
        ben,
    )


async def pull(simulator: GitHubSimulator, repo: Repository, by: GitHubAccount) -> IssueRecord:
    await simulator.push(by, repo, "b", {"a.txt": "b\n"})
    return await simulator.pull_request(by, repo, "b", "Change a")


async def merged(simulator: GitHubSimulator, by: GitHubAccount, method: str = "merge") -> str:
    client = by_token(simulator, simulator.token(by))
    try:
        await client.rest.pulls.async_merge("acme", "shop", 1, merge_method=method)  # type: ignore[arg-type]
    except RequestFailed as failed:
        return " ".join(said(failed).split())
    return "merged"


async def state(simulator: GitHubSimulator, by: GitHubAccount) -> str:
    client = by_token(simulator, simulator.token(by))
    told = await client.rest.pulls.async_get("acme", "shop", 1)
    return told.parsed_data.mergeable_state


async def test_the_rules_of_a_branch_are_told_page_by_page(simulator: GitHubSimulator) -> None:
    repo, ada, _ = await shop(simulator)
    asks = Protection(reviews=2, checks=("test",), strict=True, linear=True, signatures=True, deployments=("staging",))
    simulator.ruleset(repo, asks)
    simulator.ruleset(simulator.organization("acme"), Protection(creations=False, updates=False, **OPEN), "honk/**")
    client = by_token(simulator, simulator.token(ada))
    rest = client.rest.repos
    told = (await rest.async_get_branch_rules("acme", "shop", "main")).parsed_data
    assert sorted(rule.type for rule in told) == [
        *("deletion", "non_fast_forward", "pull_request", "required_deployments", "required_linear_history"),
        *("required_signatures", "required_status_checks"),
    ]
    for branch, types in {"honk/x": ["creation", "update"], "honk/x/y": [], "other": []}.items():
        there = (await rest.async_get_branch_rules("acme", "shop", branch)).parsed_data
        assert [rule.type for rule in there] == types
    assert all(rule.ruleset_source == "acme/shop" for rule in told)
    page = await rest.async_get_branch_rules("acme", "shop", "main", per_page=3, page=3)
    assert len(page.parsed_data) == 1 and 'rel="prev"' in page.headers["link"]
    assert (await rest.async_get_branch("acme", "shop", "main")).parsed_data.protected


async def test_a_push_is_refused_as_github_does(simulator: GitHubSimulator, tmp_path: Path) -> None:
    repo, ada, ben = await shop(simulator)
    simulator.ruleset(repo, Protection(reviews=1, signatures=True, linear=True), bypass=[ben])
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    sha = await commit(tree, {"a.txt": "b\n"})
    ok, error = await push(tree, "HEAD:main")
    lines = [line.removeprefix("remote: ").strip() for line in error.splitlines() if line.startswith("remote: ")]
    assert not ok and [line for line in lines if line] == [
        "error: GH013: Repository rule violations found for refs/heads/main.",
        f"Review all repository rules at {simulator.web}/acme/shop/rules?ref=refs%2Fheads%2Fmain",
        "- Changes must be made through a pull request.",
        "- Commits must have verified signatures.",
        "Found 1 violation:",
        sha,
        "error: hook declined to update refs/heads/main",
    ]
    assert (await push(tree, "HEAD:aside"))[0], "other branches are free"
    await git("remote", "set-url", "origin", address(simulator, "acme/shop", simulator.token(ben)), cwd=tree)
    assert (await push(tree, "HEAD:main"))[0], "who may bypass does"


@pytest.mark.parametrize(
    ("asks", "refs", "says"),
    [
        (Protection(creations=False, **OPEN), "HEAD:honk/new", "Cannot create ref due to creations being restricted."),
        (Protection(updates=False, **OPEN), "HEAD:honk/old", "Cannot update this protected ref."),
        (Protection(), "+HEAD~2:honk/old", "Cannot force-push to this branch"),
        (Protection(), ":honk/old", "Cannot delete this branch"),
        (Protection(checks=("ci",), **OPEN), "HEAD:honk/new", 'Required status check "ci" is expected.'),
        (Protection(linear=True, **OPEN), "merge:honk/old", "This branch must not contain merge commits."),
        (Protection(reviews=1, **OPEN), "HEAD:honk/new", ""),
    ],
)
async def test_what_may_become_of_a_branch(
    simulator: GitHubSimulator, tmp_path: Path, asks: Protection, refs: str, says: str
) -> None:
    repo, ada, _ = await shop(simulator)
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    await commit(tree, {"a.txt": "b\n"})
    assert (await push(tree, "HEAD:honk/old"))[0]
    await git("checkout", "--quiet", "-b", "merge", cwd=tree)
    await git("merge", "--quiet", "--no-ff", "-m", "Merge", await commit(tree, {"c.txt": "c\n"}, "c"), cwd=tree)
    await git("checkout", "--quiet", "merge", cwd=tree)
    await git("merge", "--quiet", "--no-ff", "-m", "Merge", "c", cwd=tree)
    await git("checkout", "--quiet", "main", cwd=tree)
    simulator.ruleset(repo, asks, "honk/**")
    await commit(tree, {"a.txt": "d\n"})
    ok, error = await push(tree, refs)
    assert (says in error and not ok) if says else ok, error


async def test_a_merge_is_refused_as_github_does(simulator: GitHubSimulator) -> None:
    repo, ada, ben = await shop(simulator)
    await pull(simulator, repo, ada)
    assert repo.issues[1].pull is not None
    head = repo.issues[1].pull.head_sha
    simulator.ruleset(repo, Protection(reviews=1, checks=("ci",), code_owners=True, last_push=True))
    simulator.ruleset(simulator.organization("acme"), Protection(checks=("audit",), deployments=("staging",)))
    begin = "405 Repository rule violations found "
    assert await merged(simulator, ada) == begin + " ".join(
        (
            "At least 1 approving review is required by reviewers with write access.",
            "The most recent push must be approved by someone other than the person who pushed it.",
            "Waiting on code owner review from ben.",
            'Required status check "ci" is expected.',
            'Required status check "audit" is expected.',
            "Missing successful active staging deployment.",
        )
    )
    assert await merged(simulator, simulator.user("root")) != "merged", "administrators are no exception by themselves"
    assert await state(simulator, ada) == "blocked"
    await simulator.approve(ben, repo, 1)
    for name in ("ci", "audit"):
        await simulator.status(ada, repo, head, name, "success")
    assert await merged(simulator, ada) == begin + "Missing successful active staging deployment."
    client = by_token(simulator, simulator.token(ben))
    rest = client.rest.repos
    data = {"ref": "b", "environment": "staging", "required_contexts": []}
    made = (await rest.async_create_deployment("acme", "shop", data=data)).parsed_data  # type: ignore[call-overload]
    await rest.async_create_deployment_status("acme", "shop", made.id, data={"state": "success"})
    assert await state(simulator, ada) == "clean"
    assert await merged(simulator, ada) == "merged"


@pytest.mark.parametrize(
    ("asks", "method", "says"),
    [
        (Protection(methods=("squash",)), "merge", "405 Merge commits are not allowed on this repository."),
        (Protection(methods=("squash",)), "squash", "merged"),
        (
            Protection(linear=True),
            "merge",
            "405 Repository rule violations found This branch must not contain merge commits.",
        ),
        (Protection(linear=True), "rebase", "merged"),
        (
            Protection(signatures=True),
            "rebase",
            "405 Repository rule violations found Commits must have verified signatures.",
        ),
        (Protection(signatures=True), "squash", "merged"),
        (
            Protection(updates=False),
            "merge",
            "405 Repository rule violations found Cannot update this protected ref.",
        ),
    ],
)
async def test_the_ways_to_merge(simulator: GitHubSimulator, asks: Protection, method: str, says: str) -> None:
    repo, ada, ben = await shop(simulator)
    await pull(simulator, repo, ada)
    simulator.ruleset(repo, asks, bypass=[ben])
    assert await merged(simulator, ada, method) == says
    if says != "merged":
        assert await merged(simulator, ben, method) == "merged", "who may bypass does"


async def test_a_stale_review_is_dismissed_and_a_base_behind_is_said(simulator: GitHubSimulator) -> None:
    repo, ada, ben = await shop(simulator)
    await pull(simulator, repo, ada)
    simulator.ruleset(repo, Protection(reviews=1, dismiss_stale=True, checks=("ci",), strict=True))
    await simulator.approve(ben, repo, 1)
    head = await simulator.push(ada, repo, "b", {"a.txt": "c\n"})
    assert "approving review" in await merged(simulator, ada)
    await simulator.approve(ben, repo, 1)
    await simulator.status(ada, repo, head, "ci", "success")
    await simulator.push(repo.owner, repo, "main", {"other.txt": "x\n"})
    assert "not up to date with the base branch" in await merged(simulator, ada)
    assert await state(simulator, ada) == "behind"
