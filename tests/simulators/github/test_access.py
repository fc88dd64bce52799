"""Who gets in, and how the others are turned away."""

import base64
import time
from typing import Any

import httpx2
import jwt
import pytest
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.auth import credentials
from honk_simulators.github.state.accounts import GitHubApp
from honk_simulators.github.state.repositories import Repository

from tests.simulators.github.client import by_app, by_installation, by_token, said

AGENT = {"user-agent": "a test"}


async def ask(
    simulator: GitHubSimulator, path: str, token: str = "", method: str = "GET", **more: Any
) -> httpx2.Response:
    headers = {**AGENT, **({"authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
    async with httpx2.AsyncClient(timeout=10) as client:
        return await client.request(method, f"{simulator.url}{path}", headers=headers, **more)


def told(answer: httpx2.Response) -> str:
    return f"{answer.status_code} {answer.json()['message']}" if answer.status_code >= 300 else str(answer.status_code)


async def test_tokens_that_are_not_good(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    revoked, good = simulator.token(ada), simulator.token(ada)
    simulator.revoke(revoked)
    assert told(await ask(simulator, "/user", good)) == "200"
    assert told(await ask(simulator, "/user")) == "401 Requires authentication"
    assert told(await ask(simulator, "/user", "ghp_never")) == "401 Bad credentials"
    assert told(await ask(simulator, "/user", revoked)) == "401 Bad credentials"
    basic = base64.b64encode(f"ada:{good}".encode()).decode()
    assert told(await ask(simulator, "/user", headers={"authorization": f"Basic {basic}"})) == "200"
    assert told(await ask(simulator, "/user", headers={"authorization": "Basic ???"})) == "401 Bad credentials"
    assert told(await ask(simulator, "/user", headers={"authorization": f"Digest {good}"})) == "401 Bad credentials"


async def test_a_request_says_who_sends_it_and_which_version_it_speaks(simulator: GitHubSimulator) -> None:
    def words(answer: httpx2.Response) -> str:
        return told(answer).split(".")[0]

    assert (
        words(await ask(simulator, "/meta", headers={"user-agent": ""}))
        == "403 Request forbidden by administrative rules"
    )
    wrong = await ask(simulator, "/meta", headers={"x-github-api-version": "2021-01-01"})
    assert words(wrong) == "400 2021-01-01 is not a valid API version"
    assert words(await ask(simulator, "/meta", headers={"accept": "text/html"})).startswith(
        "415 Unsupported 'Accept' header"
    )
    right = await ask(simulator, "/meta", headers={"x-github-api-version": "2026-03-10"})
    assert right.headers["x-github-api-version-selected"] == "2026-03-10"


async def test_fields_that_the_newest_version_has_dropped(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada])
    await simulator.push(ada, repo, "change", {"a": "2\n"})
    await simulator.pull_request(ada, repo, "change", "Change a")
    await simulator.merge(ada, repo, 1)
    older = (await ask(simulator, "/repos/acme/shop/pulls/1")).json()
    newer = (await ask(simulator, "/repos/acme/shop/pulls/1", headers={"x-github-api-version": "2026-03-10"})).json()
    assert older["merge_commit_sha"] and older.keys() - newer.keys() == {"merge_commit_sha", "assignee"}


async def test_what_a_token_may_not_see_is_not_there(simulator: GitHubSimulator) -> None:
    ada, eve = simulator.user("ada"), simulator.user("eve")
    repo = await simulator.repository("acme/secret", files={"a": "1\n"}, private=True, writers=[ada])
    other = await simulator.repository("acme/other", files={"a": "1\n"}, private=True, writers=[ada])
    elsewhere = simulator.install(simulator.app("Elsewhere"), other)
    tokens = {
        "nobody": "",
        "a stranger": simulator.token(eve),
        "without the scope": simulator.token(ada, ["public_repo"]),
        "for another repository": simulator.fine_grained(ada, [other], {"contents": "read"}),
        "an App installed elsewhere": simulator.installation_token(elsewhere),
    }
    for who, token in tokens.items():
        for path in ("/repos/acme/secret", f"/repositories/{repo.id}", "/repos/acme/secret/issues"):
            assert told(await ask(simulator, path, token)) == "404 Not Found", (who, path)
    assert told(await ask(simulator, "/repos/acme/secret", simulator.token(ada))) == "200"
    issue = {"title": "Let me in"}
    answer = await ask(simulator, "/repos/acme/secret/issues", tokens["a stranger"], "POST", json=issue)
    assert told(answer) == "404 Not Found"


async def refusals(simulator: GitHubSimulator, repo: Repository, app: GitHubApp) -> dict[str, str]:
    """What each kind of token is told when it wants to comment, label, merge and read the rules of a branch."""
    ada, bob, eve = simulator.user("ada"), simulator.user("bob"), simulator.user("eve")
    found = simulator.install(app, repo)
    tokens = {
        "writer": simulator.token(ada),
        "reader": simulator.token(bob),
        "stranger": simulator.token(eve),
        "no scope": simulator.token(ada, []),
        "nobody": "",
        "fine, issues": simulator.fine_grained(ada, [repo], {"issues": "write"}),
        "app, issues": simulator.installation_token(found),
        "as ada": simulator.user_token(app, ada),
        "as bob": simulator.user_token(app, bob),
    }
    at = f"/repos/{repo.full_name}"
    asked: dict[str, tuple[str, str, Any]] = {
        "comment": ("POST", f"{at}/issues/1/comments", {"body": "hello"}),
        "label": ("POST", f"{at}/issues/1/labels", {"labels": ["bug"]}),
        "merge": ("PUT", f"{at}/pulls/2/merge", {"sha": "0" * 40}),
        "rules": ("GET", f"{at}/branches/main/protection", None),
    }
    answers = {}
    for who, token in tokens.items():
        each = [await ask(simulator, path, token, method, json=body) for method, path, body in asked.values()]
        answers[who] = " ".join(str(answer.status_code) for answer in each)
    return answers


async def test_what_each_kind_of_token_may_do(simulator: GitHubSimulator) -> None:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada], readers=[bob])
    await simulator.push(ada, repo, "change", {"a": "2\n"})
    await simulator.issue(ada, repo, "First")
    await simulator.pull_request(ada, repo, "change", "Change a")
    app = simulator.app(permissions={"issues": "write", "metadata": "read"})
    assert await refusals(simulator, repo, app) == {
        "writer": "201 200 409 403",
        "reader": "201 403 403 403",
        "stranger": "201 403 403 403",
        "no scope": "404 404 404 404",
        "nobody": "401 401 401 401",
        "fine, issues": "201 200 403 403",
        "app, issues": "201 200 403 403",
        "as ada": "201 200 403 403",
        "as bob": "201 403 403 403",
    }


async def test_an_app_that_lacks_a_permission_is_told_which(simulator: GitHubSimulator) -> None:
    repo = await simulator.repository("acme/shop", files={"a": "1\n"})
    token = simulator.installation_token(simulator.install(simulator.app(permissions={"contents": "read"}), repo))
    answer = await ask(simulator, "/repos/acme/shop/issues", token, "POST", json={"title": "x"})
    assert told(answer) == "403 Resource not accessible by integration"
    assert answer.headers["x-accepted-github-permissions"] == "issues=write"
    assert told(await ask(simulator, "/user", token)) == "403 Resource not accessible by integration"


async def test_an_app_signs_for_itself(simulator: GitHubSimulator) -> None:
    app, other = simulator.app(), simulator.app("Other")
    now = int(time.time())

    def signed(claims: dict[str, Any], key: str = app.private_key, algorithm: str = "RS256") -> str:
        return jwt.encode({"iss": str(app.id), "iat": now - 60, "exp": now + 500, **claims}, key, algorithm=algorithm)

    assert told(await ask(simulator, "/app", signed({}))) == "200"
    assert told(await ask(simulator, "/app", signed({"iss": app.client_id}))) == "200"
    late = "401 'Expiration time' claim ('exp')"
    table = {
        signed({"exp": now + 3600}): f"{late} is too far in the future",
        signed({"exp": now - 1}): f"{late} must be a numeric value representing the future time at which the assertion"
        " expires",
        signed({"iat": now + 600}): "401 'Issued at' claim ('iat') must be an Integer representing the time that the"
        " assertion was issued",
        signed({}, other.private_key): "401 A JSON web token could not be decoded",
        signed({}, "x" * 40, "HS256"): "401 A JSON web token could not be decoded",
        signed({"iss": "1"}): "401 Integration not found",
        simulator.token(simulator.user("ada")): "401 A JSON web token could not be decoded",
    }
    for token, wanted in table.items():
        assert told(await ask(simulator, "/app", token)) == wanted
    repo = await simulator.repository("acme/shop", files={"a": "1\n"})
    assert (
        told(await ask(simulator, f"/repos/{repo.full_name}", signed({})))
        == "403 Resource not accessible by integration"
    )


async def test_a_token_for_an_installation_can_be_narrowed(simulator: GitHubSimulator) -> None:
    one = await simulator.repository("acme/one", files={"a": "1\n"}, private=True)
    two = await simulator.repository("acme/two", files={"a": "1\n"}, private=True)
    found = simulator.install(simulator.app(permissions={"contents": "write", "issues": "read"}), one, two)
    github = by_app(simulator, found.app)
    narrow = by_installation(simulator, found, repositories=["one"], permissions={"contents": "read"})
    listed = (await narrow.rest.apps.async_list_repos_accessible_to_installation()).parsed_data
    assert [repo.name for repo in listed.repositories] == ["one"]
    with pytest.raises(RequestFailed) as refused:
        await narrow.rest.repos.async_get("acme", "two")
    assert said(refused.value) == "404 Not Found"
    for wanted in ({"permissions": {"issues": "write"}}, {"repositories": ["three"]}, {"repository_ids": [1]}):
        with pytest.raises(RequestFailed) as refused:
            await github.rest.apps.async_create_installation_access_token(found.id, data=wanted)
        assert refused.value.response.status_code == 422
    with pytest.raises(RequestFailed) as refused:
        await github.rest.apps.async_create_installation_access_token(1)
    assert said(refused.value) == "404 Not Found"


async def test_tokens_expire_and_installations_end(simulator: GitHubSimulator) -> None:
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, private=True)
    found = simulator.install(simulator.app(), repo)
    token = simulator.installation_token(found)
    assert told(await ask(simulator, "/repos/acme/shop", token)) == "200"
    simulator.wait(credentials.HOUR)
    assert told(await ask(simulator, "/repos/acme/shop", token)) == "401 Bad credentials"
    token = simulator.installation_token(found)
    simulator.narrow(found, permissions={"contents": "read"})
    answer = await ask(simulator, "/repos/acme/shop/issues", token, "POST", json={"title": "x"})
    assert told(answer) == "403 Resource not accessible by integration"
    simulator.narrow(found, without=[repo])
    assert told(await ask(simulator, "/repos/acme/shop", token)) == "404 Not Found"
    simulator.suspend(found)
    assert told(await ask(simulator, "/repos/acme/shop", token)) == "403 This installation has been suspended"
    simulator.uninstall(found)
    assert told(await ask(simulator, "/repos/acme/shop", token)) == "401 Bad credentials"


async def test_a_repository_that_moved_was_archived_or_is_gone(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, private=True, writers=[ada])
    token = simulator.token(ada)
    simulator.rename(repo, "store")
    moved = await ask(simulator, "/repos/acme/shop/issues?state=all", token)
    assert moved.status_code == 301
    assert moved.headers["location"] == f"{simulator.url}/repositories/{repo.id}/issues?state=all"
    assert (await ask(simulator, "/repos/acme/shop/issues", token, "POST", json={"title": "x"})).status_code == 307
    assert told(await ask(simulator, "/repos/acme/shop", simulator.token(simulator.user("eve")))) == "404 Not Found"
    github = by_token(simulator, token)
    assert (await github.rest.repos.async_get("acme", "shop")).parsed_data.full_name == "acme/store"
    made = (await github.rest.issues.async_create("acme", "shop", title="Found it")).parsed_data
    assert made.repository_url.endswith("/repos/acme/store")
    simulator.archive(repo)
    assert (await github.rest.repos.async_get("acme", "store")).parsed_data.archived
    answer = await ask(simulator, "/repos/acme/store/issues", token, "POST", json={"title": "x"})
    assert told(answer) == "403 Repository was archived so is read-only."
    simulator.delete(repo)
    for path in ("/repos/acme/store", "/repos/acme/shop", f"/repositories/{repo.id}"):
        assert told(await ask(simulator, path, token)) == "404 Not Found"


async def test_a_repository_says_what_one_may_do(simulator: GitHubSimulator) -> None:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, admins=[ada], triagers=[bob])
    ours, theirs = by_token(simulator, simulator.token(ada)), by_token(simulator, simulator.token(bob))
    seen = (await ours.rest.repos.async_get("acme", "shop")).parsed_data
    assert seen.permissions and seen.permissions.admin and seen.allow_squash_merge is True
    seen = (await theirs.rest.repos.async_get("acme", "shop")).parsed_data
    assert seen.permissions and seen.permissions.triage and not seen.permissions.push
    assert not seen.allow_squash_merge, "merge settings are for those who may push"
    found = by_installation(simulator, simulator.install(simulator.app(), repo))
    role = (await found.rest.repos.async_get_collaborator_permission_level("acme", "shop", "bob")).parsed_data
    assert (role.permission, role.role_name, role.user and role.user.id) == ("read", "triage", bob.id)
    assert (
        await ask(simulator, "/repos/acme/shop/collaborators/nobody/permission", simulator.token(ada))
    ).status_code == 404


async def test_tokens_in_addresses_are_noticed_and_not_kept(simulator: GitHubSimulator) -> None:
    token = simulator.token(simulator.user("ada"))
    await ask(simulator, f"/user?access_token={token}")
    assert len(simulator.leaks) == 1
    assert token not in repr(simulator.requests)
