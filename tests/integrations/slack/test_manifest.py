"""The app as Slack would install it: taken by a workspace that refuses what the real one refuses, and no scope idle."""

import json

import pytest
from click.testing import CliRunner
from honk_simulators.slack.state import app_manifest as installed

from honk.cli.commands import slack
from honk.core.errors import UsageError
from honk.integrations.slack.client import manifest

BY_METHODS = {
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "reactions:write",
    "users:read",
    "users:read.email",
}
"""Scopes that no event needs, but something that Honk does."""


@pytest.mark.parametrize("url", ["", "https://honk.example.com"])
def test_slack_takes_it(url: str) -> None:
    app = installed.parse(manifest.manifest(url))
    assert app.socket_mode == (not url)
    assert app.events_url == app.interactivity_url == app.options_url == (url and f"{url}/slack/events")
    assert app.commands == ("/honk",)
    assert [shortcut.callback_id for shortcut in app.shortcuts] == ["honk_do"]
    assert app.messages_tab


def test_every_scope_has_its_use() -> None:
    by_events = {scope for event in manifest.EVENTS for scope in installed.EVENT_SCOPES[event]}
    assert set(manifest.SCOPES) == by_events | BY_METHODS | {"im:read"}


def test_it_is_printed() -> None:
    said = CliRunner().invoke(slack.command, ["manifest", "--http", "https://honk.example.com/"], standalone_mode=False)
    printed = json.loads(said.output)
    assert printed["settings"]["event_subscriptions"]["request_url"] == "https://honk.example.com/slack/events"
    reasons = CliRunner().invoke(slack.command, ["manifest", "--why"], standalone_mode=False).output
    assert "files:read           files and pictures that come with a request" in reasons
    with pytest.raises(UsageError, match="https addresses alone"):
        CliRunner().invoke(
            slack.command, ["manifest", "--http", "http://x"], standalone_mode=False, catch_exceptions=False
        )
