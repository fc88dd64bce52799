"""What `honk doctor` says of GitHub."""

from dataclasses import replace

from honk.core.repo import Repo
from honk.integrations.github.setup import app_manifest, doctor_checks
from honk.settings import GitHubAccess
from tests.integrations.github.forge.conftest import Team


async def found(team: Team, *known: Repo) -> dict[str, tuple[str, str]]:
    rows = [each async for each in doctor_checks.findings(team.forge(), known)]
    assert team.app.private_key not in str(rows)
    return {each.name: (each.mark, each.text) for each in rows}


async def shop(team: Team) -> Repo:
    return await team.forge().look(team.url, "shop")


async def test_an_app_in_order(team: Team) -> None:
    team.installation.permissions.update(app_manifest.PERMISSIONS)
    said = await found(team, await shop(team), Repo("here", "/srv/here", "local", "main"))
    host = team.simulator.web.partition("://")[2]
    assert said["github"] == ("ok", f"{host}, as the App Honk.")
    assert said["github permissions"][0] == "ok", said
    assert said["github: shop"] == ("ok", "acme/shop can be written to.")
    assert "Honk polls GitHub" in said["github webhooks"][1]
    assert "github: here" not in said
    team.settings = replace(team.settings, github=replace(team.settings.github, webhook_secret="s"))
    assert "/github/webhooks" in (await found(team))["github webhooks"][1]


async def test_what_an_app_lacks_is_named_with_where_to_grant_it(team: Team) -> None:
    repo = await shop(team)
    team.installation.permissions.update({**app_manifest.PERMISSIONS, "contents": "read"})
    del team.installation.permissions["checks"]
    said = await found(team, repo)
    mark, text = said["github permissions"]
    assert mark == "missing" and "on acme: it lacks contents: write, checks: read." in text
    assert f"/settings/installations/{team.installation.id}" in text
    assert said["github: shop"][0] == "missing" and "contents: write" in said["github: shop"][1]
    team.installation.suspended_at = "2026-01-01T00:00:00Z"
    assert "suspended" in (await found(team))["github permissions"][1]
    team.simulator.state.installations.clear()
    mark, text = (await found(team))["github"]
    assert mark == "missing" and "not installed anywhere" in text and "/installations/new" in text


async def test_a_personal_token(team: Team) -> None:
    team.personal(team.ada)
    repo = await shop(team)
    said = await found(team, repo)
    assert said["github"][1].endswith("with the personal token of ada.")
    assert said["github token"] == ("ok", "It has the scopes repo and workflow.")
    assert said["github: shop"][0] == "ok"
    team.settings = replace(
        team.settings, github=GitHubAccess(url=team.simulator.url, token=team.simulator.token(team.ada, ["repo"]))
    )
    assert (await found(team))["github token"][0] == "without"
    team.settings = replace(
        team.settings, github=GitHubAccess(url=team.simulator.url, token=team.simulator.token(team.ada, ["gist"]))
    )
    mark, text = (await found(team))["github token"]
    assert mark == "missing" and "repo (code, pull requests and checks) and workflow" in text
    team.personal(team.eve)
    assert (await found(team, repo))["github: shop"] == (
        "missing",
        "eve may not write to acme/shop; its owner can grant that.",
    )
    fine = team.simulator.fine_grained(team.ada, [team.repository], {"contents": "write", "metadata": "read"})
    team.settings = replace(team.settings, github=GitHubAccess(url=team.simulator.url, token=fine))
    mark, text = (await found(team))["github token"]
    assert mark == "without" and "pull_requests: write" in text


async def test_what_does_not_work_at_all(team: Team) -> None:
    team.settings = replace(team.settings, github=GitHubAccess(url=team.simulator.url))
    assert (await found(team))["github"][0] == "without"
    team.settings = replace(team.settings, github=GitHubAccess(url=team.simulator.url, token="ghp_wrong"))
    mark, text = (await found(team))["github"]
    assert mark == "missing" and "refuses the credential" in text
