"""The device flow, tokens of people, and an App out of a manifest."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from githubkit import GitHub, OAuthDeviceAuthStrategy
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.auth import app_manifest
from honk_simulators.github.refusal import GitHubRefusal

from tests.simulators.github.client import by_app, by_token

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def post(simulator: GitHubSimulator, path: str, **given: Any) -> dict[str, Any]:
    async with httpx2.AsyncClient(headers={"accept": "application/json"}) as client:
        return (await client.post(f"{simulator.web}{path}", data=given)).json()  # type: ignore[no-any-return]


async def test_a_person_types_the_code(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, private=True, writers=[ada])
    app = simulator.app(permissions={"issues": "write"})
    simulator.install(app, repo)
    begun = await post(simulator, "/login/device/code", client_id=app.client_id)
    given = {"client_id": app.client_id, "device_code": begun["device_code"], "grant_type": GRANT}

    async def poll() -> str:
        answer = await post(simulator, "/login/oauth/access_token", **given)
        return str(answer.get("error") or answer["access_token"])

    assert await poll() == "authorization_pending"
    assert await poll() == "slow_down", "sooner than the interval"
    simulator.wait(11)
    assert await poll() == "authorization_pending"
    simulator.sign_in(ada, begun["user_code"].lower())
    simulator.wait(11)
    token = await poll()
    assert token.startswith("ghu_")
    assert await poll() == "incorrect_device_code", "it is good for once"
    github = by_token(simulator, token)
    assert (await github.rest.users.async_get_authenticated()).parsed_data.login == "ada"
    made = (await github.rest.issues.async_create("acme", "shop", title="As ada")).parsed_data
    assert made.user and made.user.login == "ada" and made.performed_via_github_app


async def test_other_ends_of_signing_in(simulator: GitHubSimulator) -> None:
    app = simulator.app()
    start = {"client_id": app.client_id}
    refused, late = [await post(simulator, "/login/device/code", **start) for _ in range(2)]

    async def poll(code: str, **more: str) -> str:
        given = {**start, "device_code": code, "grant_type": GRANT, **more}
        return str((await post(simulator, "/login/oauth/access_token", **given))["error"])

    simulator.sign_in(simulator.user("ada"), refused["user_code"], allow=False)
    assert await poll(refused["device_code"]) == "access_denied"
    assert await poll(late["device_code"], grant_type="password") == "unsupported_grant_type"
    assert await poll(late["device_code"], client_id="nobody") == "incorrect_client_credentials"
    simulator.wait(900)
    assert await poll(late["device_code"]) == "expired_token"
    app.device_flow = False
    assert (await post(simulator, "/login/device/code", **start))["error"] == "device_flow_disabled"
    assert (await post(simulator, "/login/device/code", client_id="x"))["error"] == "incorrect_client_credentials"


async def test_githubkit_signs_in_by_device(simulator: GitHubSimulator) -> None:
    ada, app = simulator.user("ada"), simulator.app()

    async def shown(data: dict[str, Any]) -> None:
        assert data["verification_uri"] == f"{simulator.web}/login/device"
        simulator.sign_in(ada, data["user_code"])

    github = GitHub(OAuthDeviceAuthStrategy(app.client_id, shown), base_url=simulator.url, auto_retry=False)
    assert (await github.rest.users.async_get_authenticated()).parsed_data.id == ada.id


async def test_an_app_out_of_a_manifest(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    manifest = {
        "name": "Honk for Acme",
        "url": "https://honk.example",
        "redirect_url": "https://honk.example/made",
        "hook_attributes": {"url": "https://honk.example/hook"},
        "default_permissions": {"contents": "write", "issues": "write"},
        "default_events": ["issues", "push"],
    }
    async with httpx2.AsyncClient() as client:
        page = await client.post(
            f"{simulator.web}/settings/apps/new?state=abc", data={"manifest": json.dumps(manifest)}
        )
        assert page.status_code == 200 and "Honk for Acme" in page.text
        made = {"manifest": json.dumps(manifest), "state": "abc", "as": ada.login, "create": "1"}
        sent = await client.post(f"{simulator.web}/settings/apps/new", data=made)
        assert sent.status_code == 302
        address = urlsplit(sent.headers["location"])
        assert f"{address.scheme}://{address.netloc}{address.path}" == manifest["redirect_url"]
        query = parse_qs(address.query)
        assert query["state"] == ["abc"]
        bad = await client.post(f"{simulator.web}/settings/apps/new", data={"manifest": "{}"})
        assert bad.status_code == 422
    github = GitHub(base_url=simulator.url, auto_retry=False)
    found = (await github.rest.apps.async_create_from_manifest(query["code"][0])).parsed_data
    assert found.webhook_secret and found.pem.startswith("-----BEGIN RSA PRIVATE KEY-----")
    app = simulator.state.apps[found.id]
    assert (app.owner, app.webhook_url, app.events) == (ada, "https://honk.example/hook", ["issues", "push"])
    ours = by_app(simulator, app)
    assert (await ours.rest.apps.async_get_authenticated()).parsed_data.name == "Honk for Acme"
    with pytest.raises(RequestFailed):
        await github.rest.apps.async_create_from_manifest(query["code"][0])


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"default_events": ["installation"]}, "Default events unsupported: installation"),
        ({"default_events": ["merge_group"]}, "Default events are not supported by permissions: merge_group"),
        ({"default_events": ["issue_comment"]}, "Default events are not supported by permissions: issue_comment"),
        ({"default_permissions": {"everything": "write"}}, "resource is not included in the list: everything"),
        ({"default_permissions": {"contents": "admin"}}, "action is not included in the list: contents"),
        ({"url": ""}, "url can't be blank"),
        ({"hook_attributes": {"active": True}}, "hook_attributes needs a url"),
        ({"colour": "red"}, "unknown colour"),
    ],
)
def test_a_manifest_that_github_would_not_take(changed: dict[str, Any], wanted: str) -> None:
    given = {
        "name": "Honk",
        "url": "https://honk.example",
        "default_permissions": {"pull_requests": "write"},
        **changed,
    }
    with pytest.raises(GitHubRefusal, match=re.escape(wanted)):
        app_manifest.read(json.dumps(given))
