"""git itself against the stand-in: who may clone and push, and what a push brings about."""

from pathlib import Path

from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.repositories import Protection

from tests.simulators.github.client import address, clone, commit, git, push

FILES = {"a.txt": "a\n", ".github/workflows/ci.yml": "on: push\n"}


async def test_who_may_clone(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada, eve = simulator.user("ada"), simulator.user("eve")
    repo = await simulator.repository("acme/shop", files=FILES, private=True, readers=[ada])
    other = await simulator.repository("acme/other", files=FILES, private=True)
    found = simulator.install(simulator.app(permissions={"contents": "read"}), repo)
    weak = simulator.install(simulator.app("Weak", permissions={"issues": "write"}), repo)

    async def tried(token: str) -> str:
        done = await git("ls-remote", address(simulator, "acme/shop", token))
        return "cloned" if done.ok else done.stderr.decode().splitlines()[0]

    assert await tried(simulator.token(ada)) == "cloned"
    assert await tried(simulator.installation_token(found)) == "cloned"
    assert await tried(simulator.fine_grained(ada, [repo], {"contents": "read"})) == "cloned"
    assert await tried(simulator.token(eve)) == "remote: Repository not found."
    assert await tried(simulator.fine_grained(ada, [other], {"contents": "read"})) == "remote: Repository not found."
    assert await tried(simulator.installation_token(weak)) == "remote: Write access to repository not granted."
    assert "terminal prompts disabled" in await tried("")
    assert await tried("ghp_wrong") in ("remote: Bad credentials",)
    assert (await git("ls-remote", address(simulator, "acme/shop", simulator.token(ada), "ada"))).ok, (
        "the name does not matter"
    )


async def test_a_public_repository_needs_no_token_but_for_a_push(simulator: GitHubSimulator, tmp_path: Path) -> None:
    bob = simulator.user("bob")
    repo = await simulator.repository("acme/open", files=FILES, readers=[bob])
    tree = await clone(simulator, "acme/open", "", tmp_path / "open")
    await commit(tree, {"b.txt": "b\n"}, "b")
    assert "terminal prompts disabled" in (await push(tree, "b"))[1]
    await git("remote", "set-url", "origin", address(simulator, "acme/open", simulator.token(bob)), cwd=tree)
    assert "remote: Permission to acme/open.git denied to bob." in (await push(tree, "b"))[1]
    reading = simulator.installation_token(simulator.install(simulator.app(permissions={"contents": "read"}), repo))
    await git("remote", "set-url", "origin", address(simulator, "acme/open", reading), cwd=tree)
    assert "remote: Write access to repository not granted." in (await push(tree, "b"))[1]


async def test_a_partial_clone_and_a_commit_by_its_id(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files=FILES, private=True, readers=[ada])
    token = simulator.token(ada)
    tree = await clone(simulator, "acme/shop", token, tmp_path / "part", "--filter=blob:none", "--no-checkout")
    missing = await git("rev-list", "--objects", "--all", "--missing=print", cwd=tree)
    assert any(line.startswith("?") for line in missing.text.splitlines())
    head = (await git("rev-parse", "HEAD", cwd=tree)).text.strip()
    await git("init", "--quiet", str(tmp_path / "new"))
    fetched = await git("fetch", "--depth=1", address(simulator, repo.full_name, token), head, cwd=tmp_path / "new")
    assert fetched.ok, fetched.stderr.decode()


async def test_a_protected_branch_refuses_a_push(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada, root = simulator.user("ada"), simulator.user("root")
    rules = Protection(reviews=1, checks=("test",))
    repo = await simulator.repository("acme/shop", files=FILES, writers=[ada], admins=[root], protection=rules)
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    await commit(tree, {"a.txt": "b\n"})
    ok, error = await push(tree, "HEAD:main", "HEAD:aside")
    assert not ok and "GH006: Protected branch update failed for refs/heads/main." in error
    assert "Changes must be made through a pull request." in error
    refs = (await git("ls-remote", "--heads", "origin", cwd=tree)).text
    assert "refs/heads/aside" in refs, "the other ref is taken all the same"
    await git("remote", "set-url", "origin", address(simulator, "acme/shop", simulator.token(root)), cwd=tree)
    assert (await push(tree, "HEAD:main"))[0], "administrators may, unless the rules hold for them too"
    await git("commit", "--quiet", "--amend", "-m", "Again", cwd=tree)
    ok, error = await push(tree, "+HEAD:main")
    assert not ok and "Cannot force-push to this branch" in error
    ok, error = await push(tree, ":main")
    assert not ok and "refusing to delete the current branch" in error
    repo.protections["main"] = Protection(enforce_admins=True, reviews=1)
    await git("reset", "--quiet", "--hard", "origin/main", cwd=tree)
    await commit(tree, {"a.txt": "c\n"})
    assert not (await push(tree, "HEAD:main"))[0]


async def test_workflow_files_need_a_permission_of_their_own(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files=FILES, writers=[ada])
    app = simulator.install(simulator.app(permissions={"contents": "write"}), repo)
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    await commit(tree, {".github/workflows/ci.yml": "on: never\n"}, "ci")
    tokens = {
        simulator.installation_token(app): "refusing to allow a GitHub App to create or update workflow"
        " `.github/workflows/ci.yml` without `workflows` permission",
        simulator.token(ada, ["repo"]): "refusing to allow an OAuth App to create or update workflow"
        " `.github/workflows/ci.yml` without `workflow` scope",
    }
    for token, wanted in tokens.items():
        await git("remote", "set-url", "origin", address(simulator, "acme/shop", token), cwd=tree)
        ok, error = await push(tree, "ci")
        assert not ok and wanted in error
    await commit(tree, {"a.txt": "b\n"}, "other")
    await git("reset", "--quiet", "--hard", "origin/main", cwd=tree)
    await commit(tree, {"a.txt": "b\n"}, "other")
    await git(
        "remote", "set-url", "origin", address(simulator, "acme/shop", simulator.installation_token(app)), cwd=tree
    )
    assert (await push(tree, "other"))[0], "other files are no matter"


async def test_a_push_moves_pull_requests_and_events_follow(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files=FILES, writers=[ada])
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    first = await commit(tree, {"a.txt": "b\n"}, "b")
    await push(tree, "b")
    issue = await simulator.pull_request(ada, repo, "b", "Change a")
    await commit(tree, {"a.txt": "c\n"})
    await git("commit", "--quiet", "--amend", "-m", "Forced", cwd=tree)
    second = (await git("rev-parse", "HEAD", cwd=tree)).text.strip()
    await push(tree, "+b")
    assert issue.pull and issue.pull.head_sha == second
    fetched = await git("fetch", "--quiet", "origin", "refs/pull/1/head", cwd=tree)
    assert fetched.ok and (await git("rev-parse", "FETCH_HEAD", cwd=tree)).text.strip() == second
    await git("checkout", "--quiet", "main", cwd=tree)
    await git("merge", "--quiet", "--ff-only", "b", cwd=tree)
    await push(tree, "main")
    assert issue.state == "closed" and issue.pull.merged_at, "all of its commits have arrived"
    assert first != second


async def test_a_head_branch_that_is_deleted_closes_its_pull_request(
    simulator: GitHubSimulator, tmp_path: Path
) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files=FILES, writers=[ada])
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    await commit(tree, {"a.txt": "b\n"}, "b")
    await push(tree, "b")
    issue = await simulator.pull_request(ada, repo, "b", "Change a")
    await push(tree, ":b")
    assert issue.state == "closed" and issue.pull and issue.pull.merged_at is None


async def test_a_renamed_repository_is_found_and_an_archived_one_read_only(
    simulator: GitHubSimulator, tmp_path: Path
) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files=FILES, private=True, writers=[ada])
    tree = await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    simulator.rename(repo, "store")
    await commit(tree, {"a.txt": "b\n"}, "b")
    ok, error = await push(tree, "b")
    assert ok, error
    simulator.archive(repo)
    assert "remote: This repository was archived so it is read-only." in (await push(tree, "b:c"))[1]
    assert (await git("fetch", "origin", cwd=tree)).ok


async def test_no_token_is_in_an_address(simulator: GitHubSimulator, tmp_path: Path) -> None:
    ada = simulator.user("ada")
    await simulator.repository("acme/shop", files=FILES, private=True, writers=[ada])
    await clone(simulator, "acme/shop", simulator.token(ada), tmp_path / "shop")
    assert simulator.leaks == []
