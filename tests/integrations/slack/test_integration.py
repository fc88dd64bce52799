"""How Slack stands: what doctor says of it, and a Slack that is not there at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator

from honk.core.errors import UsageError
from honk.integrations.slack import integration
from honk.integrations.slack.client import doctor_checks, manifest
from honk.settings import SlackAccess, SlackSettings
from tests.integrations.slack.conftest import Open


async def found(access: SlackAccess, settings: SlackSettings | None = None) -> dict[str, tuple[str, str]]:
    rows = [each async for each in doctor_checks.findings(access, settings or SlackSettings())]
    return {each.name: (each.mark, each.text) for each in rows}


def access(simulator: SlackSimulator) -> SlackAccess:
    return SlackAccess(simulator.url, simulator.bot_token, simulator.app_token, simulator.signing_secret)


@asynccontextmanager
async def lacking(*scopes: str) -> AsyncIterator[SlackSimulator]:
    """A workspace whose app was installed without something."""
    made = manifest.manifest()
    made["oauth_config"]["scopes"]["bot"] = [each for each in manifest.SCOPES if each not in scopes]
    async with slack.serve(made) as simulator:
        yield simulator


async def test_doctor_reports_a_complete_configuration(simulator: SlackSimulator) -> None:
    said = await found(access(simulator))
    assert said["slack"] == ("ok", "Workspace Goose Works, as @honk.")
    assert said["slack scopes"][0] == "ok"
    assert said["slack socket mode"][0] == "ok"
    assert "app_mention" in said["slack events"][1], "what Slack does not tell one has to compare oneself"
    said = await found(replace(access(simulator), app_token=""))
    assert "/slack/events" in said["slack http"][1]


async def test_doctor_names_what_is_missing_and_where_to_get_it(simulator: SlackSimulator) -> None:
    good = access(simulator)
    assert (await found(SlackAccess()))["slack"][0] == "without"
    assert "partly configured" in (await found(SlackAccess(bot_token="xoxb-1")))["slack"][1]
    mark, text = (await found(replace(good, bot_token="xoxb-wrong")))["slack"]
    assert (mark, "SLACK_BOT_TOKEN is refused (invalid_auth)" in text) == ("missing", True)
    mark, text = (await found(replace(good, app_token="xapp-wrong")))["slack socket mode"]
    assert (mark, "connections:write" in text) == ("missing", True)
    async with lacking("files:read", "reactions:write") as poor:
        mark, text = (await found(access(poor)))["slack scopes"]
        assert mark == "missing"
        assert "files:read (files and pictures" in text
        assert "reactions:write" in text
        assert "chat:write" not in text
    await simulator.revoke()
    assert "token_revoked" in (await found(good))["slack"][1]
    said = await found(SlackAccess("http://127.0.0.1:9/api/", "xoxb-1", "xapp-1"))
    assert "does not answer" in said["slack"][1]
    assert good.bot_token not in str(said)


async def test_slack_that_is_away_at_the_start_is_tried_again(simulator: SlackSimulator, connect_slack: Open) -> None:
    simulator.fail("auth.test", "503")
    simulator.fail("apps.connections.open", "internal_error")
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    async with connect_slack() as connected:
        assert "has a fault" in connected.slack.state
        ts = await simulator.say(ada, channel, f"{connected.at} fix it")
        await simulator.until_answered(lambda: connected.session(channel, ts), 20)
        assert connected.slack.state == "Slack: workspace Goose Works as @honk, by Socket Mode."


@pytest.mark.parametrize(
    ("given", "settings", "how"),
    [
        (SlackAccess(), SlackSettings(), None),
        (SlackAccess(bot_token="b", app_token="a"), SlackSettings(), "socket"),
        (SlackAccess(bot_token="b", signing_secret="s"), SlackSettings(), "http"),
        (SlackAccess(bot_token="b", app_token="a", signing_secret="s"), SlackSettings(), "socket"),
        (SlackAccess(bot_token="b", app_token="a", signing_secret="s"), SlackSettings(transport="http"), "http"),
    ],
)
def test_the_transport_follows_from_the_configuration(
    given: SlackAccess, settings: SlackSettings, how: str | None
) -> None:
    assert integration.transport(given, settings) == how


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        (SlackAccess(bot_token="b"), SlackSettings()),
        (SlackAccess(bot_token="b", signing_secret="s"), SlackSettings(transport="socket")),
        (SlackAccess(bot_token="b", app_token="a"), SlackSettings(transport="http")),
        (SlackAccess(app_token="a"), SlackSettings()),
    ],
)
def test_an_incomplete_configuration_is_refused(given: SlackAccess, settings: SlackSettings) -> None:
    with pytest.raises(UsageError, match="partly configured"):
        integration.transport(given, settings)
