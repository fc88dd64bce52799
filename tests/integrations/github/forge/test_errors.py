"""What GitHub's no becomes: one sentence that says what happened, of the right kind, without a token in it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from honk_simulators.github import RequestFault
from honk_simulators.github.state.repositories import Protection

from honk.core.errors import HonkError, Unavailable, UsageError, WorkFailed
from honk.git import command, remote
from honk.git.command import GitDirs, Login
from honk.settings import GitHubAccess
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import Team

Happens = Callable[[Team], object]

BEFALLS: list[tuple[str, Happens, type[HonkError], str]] = [
    ("revoked", lambda team: team.simulator.uninstall(team.installation), UsageError, "not installed on acme/shop"),
    ("deleted", lambda team: team.simulator.delete(team.repository), UsageError, "has no access to acme/shop"),
    (
        "taken away",
        lambda team: team.simulator.narrow(team.installation, without=[team.repository]),
        UsageError,
        "has no access to acme/shop",
    ),
    ("suspended", lambda team: team.simulator.suspend(team.installation), WorkFailed, "suspended"),
    ("archived", lambda team: team.simulator.archive(team.repository), WorkFailed, "acme/shop is archived"),
    (
        "narrowed",
        lambda team: team.simulator.narrow(team.installation, permissions={}),
        WorkFailed,
        "pull_requests: write",
    ),
    (
        "out of order",
        lambda team: team.simulator.strike(RequestFault("503", "GET", None)),
        Unavailable,
        "out of order .status 503",
    ),
    (
        "cut",
        lambda team: team.simulator.strike(RequestFault("cut", "GET /repositories", None)),
        Unavailable,
        "cannot be reached",
    ),
    ("401", lambda team: team.simulator.strike(RequestFault("401", "", None)), Unavailable, "refuses the credential"),
    (
        "422",
        lambda team: team.simulator.strike(RequestFault("422", "POST .*/pulls", None)),
        WorkFailed,
        "Validation Failed",
    ),
]


@pytest.mark.parametrize(("befalls", "kind", "says"), [row[1:] for row in BEFALLS], ids=[row[0] for row in BEFALLS])
async def test_what_befalls_a_session_is_said(team: Team, befalls: Happens, kind: type[HonkError], says: str) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    head = await team.commit({"text": "blue"}, base)
    await forge.push(repo, team.mirror, BRANCH, head, "")
    befalls(team)
    with pytest.raises(kind, match=says) as refused:
        await team.propose(forge, repo, base, head)
    _holds_no_token(team, str(refused.value))


def _holds_no_token(team: Team, text: str) -> None:
    assert not any(token in text for token in team.simulator.state.tokens)
    assert team.app.private_key not in text


async def test_a_token_that_was_revoked_in_the_middle_is_replaced(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    for token in list(team.simulator.state.tokens):
        team.simulator.revoke(token)
    assert await forge.may_write(repo, team.person(team.ada))
    for token in list(team.simulator.state.tokens):
        team.simulator.revoke(token)
    assert await forge.fetch(repo, team.mirror) == base


async def test_an_app_that_was_installed_anew_is_found(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    team.simulator.uninstall(team.installation)
    with pytest.raises(UsageError, match="not installed on acme/shop"):
        await forge.fetch(repo, team.mirror)
    team.simulator.install(team.app, team.repository)
    assert await forge.fetch(repo, team.mirror)


@pytest.mark.parametrize("befalls", ["delete", "privatise"])
async def test_a_personal_token_that_sees_it_no_more(team: Team, befalls: str) -> None:
    team.repository.private = False
    team.personal(team.simulator.user("zoe"))
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    getattr(team.simulator, befalls)(team.repository)
    with pytest.raises(UsageError, match="no repository acme/shop: it was renamed, made private or deleted"):
        await forge.fetch(repo, team.mirror)


async def test_a_token_is_asked_for_again_before_it_expires(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    await forge.fetch(repo, team.mirror)

    def made() -> int:
        return sum(seen.path.endswith("/access_tokens") for seen in team.simulator.requests)

    before = made()
    await forge.fetch(repo, team.mirror)
    assert made() == before, "within the hour it is kept"
    team.simulator.wait(3400)
    await forge.fetch(repo, team.mirror)
    assert made() == before + 1


async def test_each_token_is_for_one_repository_and_one_step(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    asked = [seen.body for seen in team.simulator.requests if seen.path.endswith("/access_tokens")]
    assert {tuple(sorted(body["permissions"].items())) for body in asked} == {
        (("metadata", "read"),),
        (("contents", "read"),),
        (("contents", "write"),),
        (("contents", "read"), ("pull_requests", "write")),
    }
    assert asked[0]["repositories"] == ["shop"], "its number is not known yet"
    assert all(body["repository_ids"] == [team.repository.id] for body in asked[1:])


@pytest.mark.parametrize("status", ["500", "502", "503"])
async def test_one_failure_of_githubs_is_no_failure_of_ours(team: Team, status: str) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    team.simulator.strike(RequestFault(status, "GET /repositories/"))  # type: ignore[arg-type]
    assert await forge.may_write(repo, team.person(team.ada))


async def test_a_personal_token_that_is_refused(team: Team) -> None:
    team.personal(team.ada)
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    await forge.fetch(repo, team.mirror)
    team.simulator.revoke(team.settings.github.token)
    with pytest.raises(Unavailable, match="refuses the credential .Bad credentials.: check GITHUB_TOKEN"):
        await forge.fetch(repo, team.mirror)


async def test_a_key_that_is_none(team: Team) -> None:
    for key, says in (
        ("-----BEGIN nonsense", "not a PEM key"),
        (team.simulator.app("Other").private_key, "refuses the cred"),
    ):
        team.settings = replace(team.settings, github=replace(team.settings.github, private_key=key))
        with pytest.raises(HonkError, match=says) as refused:
            await team.forge().look(team.url, "shop")
        _holds_no_token(team, str(refused.value))


async def test_no_credential_hosts_nothing_and_says_so(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    assert forge.hosts(team.url) and forge.hosts("acme/shop")
    team.settings = replace(team.settings, github=GitHubAccess(url=team.simulator.url))
    without = team.forge()
    assert not without.hosts(team.url), "git may reach it all the same"
    assert without.hosts("acme/shop")
    with pytest.raises(UsageError, match="no directory acme/shop here, and no credential to look for it on GitHub"):
        await without.look("acme/shop", "shop")
    with pytest.raises(UsageError, match="set GITHUB_TOKEN, or create an App with `honk github setup`"):
        await without.fetch(repo, team.mirror)


async def test_a_directory_of_that_name_is_the_directory(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme" / "shop").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert not team.forge().hosts("acme/shop")
    assert team.forge().hosts("acme/other")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("acme/nothing", "not installed on acme/nothing, or there is no such repository"),
        ("https://elsewhere.example/acme/shop", "is not a repository of http"),
        ("https://ada:ghp_secret@elsewhere.example/acme/shop", "elsewhere.example/acme/shop is not a repository"),
    ],
)
async def test_what_is_not_there_is_not_found(team: Team, url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        await team.forge().look(url, "shop")
    assert "secret" not in str(refused.value)


async def test_an_empty_repository_is_refused(team: Team) -> None:
    empty = await team.simulator.repository("acme/empty")
    team.simulator.widen(team.installation, empty)
    with pytest.raises(UsageError, match="acme/empty has no commits yet"):
        await team.forge().look("acme/empty", "empty")


async def test_a_rename_loses_nothing(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    team.simulator.rename(team.repository, "store")
    assert await forge.fetch(repo, team.mirror) == base
    assert (await team.store.repo("shop")).url == f"{team.simulator.web}/acme/store"
    # a run that has the old address in hand finds it all the same, and so does a worker that has just started
    for known in (repo, await team.store.repo("shop")):
        assert (await team.forge().pull(known, pull.number)).head == head
    sha = await team.merge(forge, repo, base, head, pull.number)
    assert await forge.fetch(repo, team.mirror) == sha


async def test_another_repository_under_the_old_name_is_not_mistaken_for_it(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    await team.store.add_repo(repo)
    base = await forge.fetch(repo, team.mirror)
    team.simulator.rename(team.repository, "store")
    impostor = await team.simulator.repository("acme/shop", files={"text": "evil"})
    team.simulator.widen(team.installation, impostor)
    assert await forge.fetch(repo, team.mirror) == base
    assert await team.forge().fetch(await team.store.repo("shop"), team.mirror) == base


async def test_what_githubs_description_is_about_becomes_ours(team: Team) -> None:
    team.repository.description = "Where people buy"
    found = await team.forge().look("acme/shop", "shop")
    assert (found.name, found.about, found.url) == ("shop", "Where people buy", f"{team.simulator.web}/acme/shop")


async def test_the_mirror_keeps_no_credential(team: Team) -> None:
    forge = team.forge()
    await team.proposed(forge)
    config = await command.out(GitDirs(team.mirror), "config", "--list", "--local")
    assert "credential" not in config and "remote" not in config


async def test_the_users_own_git_has_no_part_in_it(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    home = team.root / "user"
    home.mkdir()
    elsewhere = f'[url "ssh://git@evil.example/"]\n\tinsteadOf = {team.simulator.web}/\n'
    (home / ".gitconfig").write_text(f"{elsewhere}[credential]\n\thelper = store\n")
    (home / ".netrc").write_text("machine 127.0.0.1 login eve password wrong\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    forge = team.forge()
    _, _, head, pull = await team.proposed(forge)
    assert pull.head == head
    assert not (home / ".git-credentials").exists()


async def test_a_token_goes_to_no_other_host(team: Team) -> None:
    login = Login("http://127.0.0.1:1", "x-access-token", team.simulator.token(team.ada))
    url = f"{team.simulator.web}/acme/shop.git"
    with pytest.raises(Unavailable, match="refuses Honk's credential for git"):
        await remote.fetch(team.mirror, url, login)
    seen = [each for each in team.simulator.requests if "info/refs" in each.path]
    assert seen and all(each.kind == "anonymous" for each in seen)


async def test_a_push_that_the_app_may_not_do_is_said(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    team.simulator.narrow(team.installation, permissions={"contents": "read", "pull_requests": "write"})
    with pytest.raises(WorkFailed, match="it needs contents: write. Grant that in the App's settings"):
        await forge.push(repo, team.mirror, BRANCH, base, "")


async def test_a_protected_branch_takes_no_push(team: Team) -> None:
    team.repository.protections["main"] = Protection(reviews=1)
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    ours = await team.commit({"text": "blue"}, base)
    with pytest.raises(WorkFailed, match="refused the push to `main`"):
        await forge.push(repo, team.mirror, "main", ours, base)
