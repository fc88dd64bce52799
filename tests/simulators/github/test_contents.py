"""Files, refs and branches over the API."""

import base64
from typing import Any

import pytest
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.git_repository import git
from honk_simulators.github.state.repositories import Protection

from tests.simulators.github.client import by_installation, by_token, said


async def refused(asked: Any) -> str:
    with pytest.raises(RequestFailed) as failed:
        await asked
    return said(failed.value)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_files_are_read_and_written(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a.txt": "a\n", "sub/b.txt": "b\n"}, writers=[ada])
    github = by_token(simulator, simulator.token(ada))
    repos = github.rest.repos
    listed = (await repos.async_get_content("acme", "shop", "")).json()
    assert [(each["name"], each["type"]) for each in listed] == [("a.txt", "file"), ("sub", "dir")]
    assert [each["path"] for each in (await repos.async_get_content("acme", "shop", "sub")).json()] == ["sub/b.txt"]
    found = (await repos.async_get_content("acme", "shop", "a.txt")).json()
    assert base64.b64decode(found["content"]) == b"a\n"
    raw = await github.arequest(
        "GET", "/repos/acme/shop/contents/a.txt", headers={"accept": "application/vnd.github.raw+json"}
    )
    assert raw.content == b"a\n"
    assert await refused(repos.async_get_content("acme", "shop", "no.txt")) == "404 Not Found"

    def put(**more: Any) -> Any:
        given = {"message": "Change", "content": encoded("new\n"), **more}
        return repos.async_create_or_update_file_contents("acme", "shop", "a.txt", data=given)

    assert "sha" in await refused(put())
    assert await refused(put(sha="0" * 40)) == f"409 a.txt does not match {'0' * 40}"
    done = await put(sha=found["sha"])
    assert done.status_code == 200 and await git.show(repo.git_dir, "main", "a.txt") == b"new\n"
    repo.protections["main"] = Protection(reviews=1)
    assert (await refused(put(sha=done.json()["content"]["sha"]))).startswith("409 Repository rule violations found")
    app = by_installation(simulator, simulator.install(simulator.app(permissions={"contents": "write"}), repo))
    flow = app.rest.repos.async_create_or_update_file_contents(
        "acme", "shop", ".github/workflows/ci.yml", data={"message": "x", "content": "", "branch": "main"}
    )
    assert "without `workflows` permission" in await refused(flow)


async def test_refs_are_made_moved_and_removed(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository(
        "acme/shop", files={"a.txt": "a\n"}, writers=[ada], protection=Protection(reviews=1)
    )
    first = (await git.branches(repo.git_dir))["main"]
    second = await simulator.push(ada, repo, "feature/two", {"a.txt": "b\n"})
    github = by_token(simulator, simulator.token(ada))
    refs = github.rest.git

    def create(ref: str, sha: str) -> Any:
        return refs.async_create_ref("acme", "shop", ref=ref, sha=sha)

    assert (await create("refs/heads/one", first)).parsed_data.object_.sha == first
    assert await refused(create("refs/heads/one", first)) == "422 Reference already exists"
    assert (await refused(create("one", first))).startswith("422 Reference name must start with 'refs/'")
    assert (await refused(create("refs/heads/a..b", first))).startswith("422 Reference name")
    assert await refused(create("refs/heads/x", "0" * 40)) == "422 Object does not exist"

    def update(ref: str, sha: str, **more: Any) -> Any:
        return refs.async_update_ref("acme", "shop", ref, sha=sha, **more)

    await update("heads/one", second)
    assert await refused(update("heads/one", first)) == "422 Update is not a fast forward"
    await update("heads/one", first, force=True)
    assert await refused(update("heads/none", first)) == "422 Reference does not exist"
    assert (await refused(update("heads/main", second))).startswith("422 Repository rule violations found")
    assert (await refs.async_get_ref("acme", "shop", "heads/feature/two")).parsed_data.object_.sha == second
    await refs.async_delete_ref("acme", "shop", "heads/one")
    assert await refused(refs.async_get_ref("acme", "shop", "heads/one")) == "404 Not Found"
    assert await refused(refs.async_delete_ref("acme", "shop", "heads/one")) == "422 Reference does not exist"
    assert await refused(refs.async_delete_ref("acme", "shop", "heads/main")) == "422 Cannot delete the default branch"
    branch = (await github.rest.repos.async_get_branch("acme", "shop", "feature/two")).parsed_data
    assert (branch.name, branch.protected, branch.commit.sha) == ("feature/two", False, second)
    assert await refused(github.rest.repos.async_get_branch("acme", "shop", "none")) == "404 Branch not found"
    assert (
        await refused(github.rest.repos.async_get_commit("acme", "shop", "none")) == "422 No commit found for SHA: none"
    )
    empty = await simulator.repository("acme/empty", writers=[ada])
    assert (
        empty
        and await refused(refs.async_create_ref("acme", "empty", ref="refs/heads/a", sha=first))
        == "409 Git Repository is empty."
    )


async def test_rules_of_a_branch_are_set_and_read(simulator: GitHubSimulator) -> None:
    root = simulator.user("root")
    repo = await simulator.repository("acme/shop", files={"a.txt": "a\n"}, admins=[root])
    github = by_token(simulator, simulator.token(root))
    repos = github.rest.repos
    assert await refused(repos.async_get_branch_protection("acme", "shop", "main")) == "404 Branch not protected"
    wanted: Any = {
        "required_status_checks": {"strict": True, "contexts": ["test"]},
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 2, "dismiss_stale_reviews": True},
        "restrictions": None,
    }
    await repos.async_update_branch_protection("acme", "shop", "main", data=wanted)
    assert repo.protections["main"] == Protection(2, ("test",), strict=True, enforce_admins=True, dismiss_stale=True)
    found = (await repos.async_get_branch_protection("acme", "shop", "main")).parsed_data
    assert found.required_status_checks and found.required_status_checks.contexts == ["test"]
    assert (await repos.async_get_branch("acme", "shop", "main")).parsed_data.protected
    await repos.async_delete_branch_protection("acme", "shop", "main")
    assert repo.protections == {}
