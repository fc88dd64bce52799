"""An App made from its manifest, and people who link their accounts."""

import asyncio
import html
import json
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from honk import secrets
from honk import settings as settings_module
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.person import Person
from honk.integrations.github.setup import account_link, app_manifest, from_settings
from honk.integrations.github.setup.accounts import GitHubAccounts
from honk.integrations.github.setup.device_flow import DeviceCode
from honk.integrations.github.setup.token_encryption import TokenCipher, UserToken
from honk.settings import GITHUB_APP, GitHubAccess
from honk.storage.accounts import Account as Linked
from tests.integrations.github.forge.conftest import Team

SLACK = Person("slack:T1/U1", "Ada", "ada@example.org")


def people(team: Team) -> GitHubAccounts:
    return from_settings.people(team.settings, team.store, team.client())


def types(team: Team, allow: bool = True) -> Callable[[DeviceCode], Awaitable[None]]:
    """Ada at GitHub's page."""

    async def tell(code: DeviceCode) -> None:
        assert code.url == f"{team.simulator.web}/login/device"
        team.simulator.sign_in(team.ada, code.user, allow=allow)

    return tell


async def nobody(code: DeviceCode) -> None:
    """A person who does not type it."""


async def test_an_account_is_linked_by_typing_a_code(team: Team) -> None:
    user = await account_link.link(people(team), SLACK, types(team))
    assert (user.number, user.login) == (team.ada.id, "ada")
    kept = await team.store.accounts.of(SLACK.id, "github")
    assert kept is not None and kept.account == team.ada.id
    token = await people(team).token(SLACK)
    assert token in team.simulator.state.tokens and token not in kept.token
    assert (await people(team).token_owner(token)).number == team.ada.id
    assert await account_link.unlink(people(team), SLACK) and not await account_link.unlink(people(team), SLACK)
    assert await people(team).token(SLACK) == ""


async def test_a_person_takes_their_time(team: Team) -> None:
    async def tell(code: DeviceCode) -> None:
        codes.append(code)

    codes: list[DeviceCode] = []
    linking = asyncio.create_task(account_link.link(people(team), SLACK, tell))
    await team.simulator.until(lambda: len(team.waits) > 2)
    team.simulator.sign_in(team.ada, codes[0].user)
    assert (await linking).login == "ada"


async def test_who_says_no_is_not_linked(team: Team) -> None:
    with pytest.raises(WorkFailed, match="cancelled on GitHub; nothing was linked"):
        await account_link.link(people(team), SLACK, types(team, allow=False))
    with pytest.raises(WorkFailed, match="code has expired"):
        await account_link.link(people(team), SLACK, nobody)
    assert await team.store.accounts.on("github") == ()


async def test_an_app_without_the_device_flow_says_so(team: Team) -> None:
    team.app.device_flow = False
    with pytest.raises(WorkFailed, match="tick “Enable Device Flow”"):
        await account_link.link(people(team), SLACK, nobody)


async def test_without_an_app_nobody_can_link(team: Team) -> None:
    team.personal(team.ada)
    with pytest.raises(UsageError, match="`honk github setup` creates one"):
        await account_link.link(people(team), SLACK, nobody)


async def test_an_expired_token_is_renewed(team: Team) -> None:
    await account_link.link(people(team), SLACK, types(team))
    first = await people(team).token(SLACK)
    team.simulator.wait(9 * 3600)
    second = await people(team).token(SLACK)
    assert second != first and (await people(team).token_owner(second)).login == "ada"
    assert await people(team).token(SLACK) == second, "it is kept"
    team.simulator.wait(9 * 3600)
    team.simulator.state.refreshing.clear()
    assert await people(team).token(SLACK) == "", "a link that was withdrawn speaks for nobody"


async def test_a_token_that_never_expires_is_left_alone(team: Team) -> None:
    await team.link(SLACK, team.ada)
    first = await people(team).token(SLACK)
    assert first and await people(team).token(SLACK) == first


def test_a_sealed_token_opens_with_its_own_key_only() -> None:
    sealed = TokenCipher(lambda: b"a" * 32).encrypt(UserToken("ghu_canary", "ghr_canary", 7.0))
    assert "canary" not in sealed and "canary" not in repr(UserToken("ghu_canary", "ghr_canary"))
    assert TokenCipher(lambda: b"a" * 32).decrypt(sealed) == UserToken("ghu_canary", "ghr_canary", 7.0)
    for other in (sealed[:-4], "", "nonsense", sealed.swapcase()):
        assert TokenCipher(lambda: b"a" * 32).decrypt(other) is None
    assert TokenCipher(lambda: b"b" * 32).decrypt(sealed) is None


async def test_an_app_is_made_from_the_manifest(team: Team) -> None:
    team.simulator.state.manifests["c0de"] = team.app
    app = await app_manifest.convert(team.client(), "c0de")
    file = app_manifest.keep(team.settings.home, team.simulator.url, app)
    assert file.stat().st_mode & 0o777 == 0o600
    found = settings_module.load({"HONK_HOME": str(team.settings.home)}).github
    assert (found.url, found.app_id, found.private_key) == (team.simulator.url, str(team.app.id), team.app.private_key)
    team.settings = replace(team.settings, github=found)
    assert (await team.forge().look(team.url, "shop")).default_branch == "main"
    with pytest.raises(UsageError, match="no App for this code"):
        await app_manifest.convert(team.client(), "c0de")


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    app = app_manifest.App(7, "honk", "https://x.test", "PEM", "hook")
    app_manifest.keep(tmp_path, "https://git.example.com/api/v3", app)

    def found(**more: str) -> GitHubAccess:
        return settings_module.load({"HONK_HOME": str(tmp_path), **more}).github

    assert found().app_id == "7" and found().webhook_secret == "hook"
    assert found(GITHUB_WEBHOOK_SECRET="other").webhook_secret == "other"
    assert found(GITHUB_TOKEN="ghp_x").app_id == ""
    assert found(HONK_GITHUB_URL="https://api.github.com").app_id == "", "it is another server's"
    (tmp_path / GITHUB_APP).chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        found()
    assert found(GITHUB_TOKEN="ghp_x").token == "ghp_x"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"url": "x"}', "\xff"])
def test_a_damaged_file_is_said(tmp_path: Path, content: str) -> None:
    file = tmp_path / GITHUB_APP
    file.touch(mode=0o600)
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(HonkError, match="is damaged: .* or make another App: `honk github setup`"):
        settings_module.load({"HONK_HOME": str(tmp_path)})


def test_the_page_holds_the_manifest_and_nothing_that_breaks_out() -> None:
    wanted = app_manifest.manifest('"><script>' + "x" * 60, "https://honk.example.com/", "http://127.0.0.1:1/made")
    page = app_manifest.page("https://api.github.com", "acme/../x", 's"t', wanted)
    assert "<script>" not in page
    assert 'action="https://github.com/organizations/acme%2F..%2Fx/settings/apps/new?state=s%22t"' in page
    assert len(wanted["name"]) <= 34
    assert wanted["hook_attributes"] == {"url": "https://honk.example.com/github/webhooks", "active": True}
    assert "workflows" not in wanted["default_permissions"]
    assert app_manifest.manifest("honk", "", "x")["hook_attributes"]["active"] is False


async def honk(team: Team, *args: str, verb: str = "github") -> asyncio.subprocess.Process:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(team.root), "HONK_HOME": str(team.settings.home)}
    env |= {"HONK_GITHUB_URL": team.simulator.url, "PYTHONUNBUFFERED": "1"}
    if team.settings.github:
        env |= {"GITHUB_APP_ID": str(team.app.id), "GITHUB_APP_PRIVATE_KEY": team.app.private_key}
    argv = (sys.executable, "-m", "honk.cli.main", verb, *args)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*argv, env=env, stdout=pipe, stderr=asyncio.subprocess.STDOUT)


async def test_link_at_the_terminal(team: Team) -> None:
    running = await honk(team, "link")
    assert running.stdout is not None
    said = (await running.stdout.readline()).decode()
    found = re.search(r"Open (\S+) and type: (\S+)", said)
    assert found is not None, said
    team.simulator.sign_in(team.ada, found[2])
    rest = (await running.stdout.read()).decode()
    assert await running.wait() == 0, rest
    assert "is ada on GitHub" in rest
    listing = await honk(team, "accounts")
    told = (await listing.communicate())[0].decode()
    assert "as the App Honk, installed on acme" in told and re.search(rf"local:\d+\s+ada\s+{team.ada.id}", told)
    assert not any(token in said + rest + told for token in team.simulator.state.tokens)


async def test_setup_by_a_browser_on_this_machine(team: Team) -> None:
    running = await honk(team, "setup", "--org", "acme")
    assert running.stdout is not None
    said = (await running.stdout.readline()).decode()
    here = said.split()[-1]
    async with httpx2.AsyncClient(trust_env=False) as browser:
        page = (await browser.get(here)).text
        action = html.unescape(re.search(r'action="([^"]+)"', page)[1])  # type: ignore[index]
        wanted = html.unescape(re.search(r'name="manifest" value="([^"]+)"', page)[1])  # type: ignore[index]
        assert action.startswith(f"{team.simulator.web}/organizations/acme/settings/apps/new?state=")
        assert (await browser.get(f"{here}made?code=evil&state=guessed")).status_code == 403
        shown = await browser.post(action, data={"manifest": wanted})
        assert "Create the App" in shown.text
        form = {"manifest": wanted, "state": action.partition("state=")[2], "create": "1", "name": "shop-honk"}
        sent = await browser.post(action, data=form)
        assert sent.status_code == 302 and sent.headers["location"].startswith(f"{here}made?")
        assert "Done" in (await browser.get(sent.headers["location"])).text
    told = (await running.stdout.read()).decode()
    assert await running.wait() == 0, told
    assert "The App shop-honk is made" in told and "/organizations/acme/settings/apps/shop-honk" in told
    made = json.loads((team.settings.home / GITHUB_APP).read_text())
    app = team.simulator.state.apps[int(made["app_id"])]
    assert app.permissions["pull_requests"] == "write" and "workflows" not in app.permissions
    assert made["private_key"].strip() not in said + told


async def test_setup_at_the_terminal(team: Team, tmp_path: Path) -> None:
    team.simulator.state.manifests["c0de"] = team.app
    page = tmp_path / "page.html"
    asked = await honk(team, "setup", "--page", str(page))
    assert b"--code CODE" in (await asked.communicate())[0]
    assert f'action="{team.simulator.web}/settings/apps/new?state=' in page.read_text()
    made = await honk(team, "setup", "--code", "c0de")
    told = (await made.communicate())[0].decode()
    assert made.returncode == 0 and "Enable Device Flow" in told and "/installations/new" in told
    assert json.loads((team.settings.home / GITHUB_APP).read_text())["app_id"] == str(team.app.id)
    again = await honk(team, "setup", "--code", "c0de")
    assert (await again.communicate())[0].decode().startswith("honk: GitHub finds no App for this code")
    assert again.returncode == 2


async def test_an_address_of_githubs_without_a_credential(team: Team) -> None:
    team.settings = replace(team.settings, github=GitHubAccess(url=team.simulator.url))
    team.repository.private = False
    added = await honk(team, "add", team.url, verb="repo")
    told = (await added.communicate())[0].decode()
    assert added.returncode == 0, told
    assert told.startswith("Added shop (")
    assert "without pull requests: it has no credential for GitHub" in told and "`honk github setup`" in told
    short = await honk(team, "add", "acme/shop", verb="repo")
    told = (await short.communicate())[0].decode()
    assert short.returncode == 2 and told.startswith("honk: There is no directory acme/shop here, and no credential")


async def test_what_was_linked_by_another_machine_is_not_opened(team: Team) -> None:
    sealed = TokenCipher(lambda: b"z" * 32).encrypt(UserToken("ghu_other"))
    await team.store.accounts.link(Linked(SLACK.id, "github", team.ada.id, "ada", sealed))
    assert len(secrets.signing_key(team.settings.home)) == 32
    assert await people(team).token(SLACK) == ""
    assert await people(team).number(SLACK) == team.ada.id
