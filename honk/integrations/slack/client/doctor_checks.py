"""Checks of the Slack configuration for `honk doctor`: they ask Slack and change nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace

from honk.core.diagnosis import Diagnosis
from honk.core.errors import HonkError, UsageError
from honk.integrations.slack import integration
from honk.integrations.slack.client import client, manifest, team
from honk.integrations.slack.client.client import SlackClient, SlackRefused, SlackTokenRevoked
from honk.settings import SlackAccess, SlackSettings

PAGE = "api.slack.com/apps"


async def findings(access: SlackAccess, settings: SlackSettings, proxy: str = "") -> AsyncIterator[Diagnosis]:
    """Findings about tokens, scopes and the transport."""
    try:
        how = integration.transport(access, settings)
    except UsageError as error:
        yield Diagnosis("slack", "missing", str(error))
        return
    if how is None:
        yield Diagnosis(
            "slack", "without", "Not set up. `honk slack manifest` prints the app; then set SLACK_BOT_TOKEN."
        )
        return
    async with client.connected(access, proxy=proxy) as slack:
        try:
            workspace = await team.read(slack)
        except HonkError as error:
            yield Diagnosis("slack", "missing", _token(error))
            return
        yield Diagnosis("slack", "ok", f"Workspace {workspace.name}, as @{workspace.bot_name}.")
        yield scopes(workspace.scopes)
        yield await _socket_mode(slack, access) if how == "socket" else _http()
    yield events()


def scopes(given: frozenset[str]) -> Diagnosis:
    """Whether the token has all scopes that Honk uses. Pure."""
    lacking = [f"{scope} ({why})" for scope, why in manifest.SCOPES.items() if scope not in given]
    if not given:
        return Diagnosis("slack scopes", "without", "Slack does not say which scopes the token has.")
    if lacking:
        hint = f"Add them at {PAGE}, “OAuth & Permissions”, and install the app again"
        return Diagnosis("slack scopes", "missing", f"Missing: {'; '.join(lacking)}. {hint}.")
    return Diagnosis("slack scopes", "ok", f"All {len(manifest.SCOPES)} are there.")


def events() -> Diagnosis:
    """What to compare by hand: Slack lists an app's events only with a configuration token of its developer."""
    listed = ", ".join(manifest.EVENTS)
    return Diagnosis(
        "slack events", "without", f"Slack does not say. Compare {PAGE}, “Event Subscriptions”, with: {listed}."
    )


async def _socket_mode(slack: SlackClient, access: SlackAccess) -> Diagnosis:
    try:
        await replace(slack, token=access.app_token).call("apps.connections.open")
    except (SlackRefused, SlackTokenRevoked) as error:
        hint = f"Make a token with connections:write at {PAGE}, “App-Level Tokens”, and switch Socket Mode on."
        return Diagnosis("slack socket mode", "missing", f"SLACK_APP_TOKEN is refused ({_code(error)}). {hint}")
    except HonkError as error:
        return Diagnosis("slack socket mode", "missing", str(error))
    return Diagnosis("slack socket mode", "ok", "The app-level token opens a connection.")


def _http() -> Diagnosis:
    text = (
        "SLACK_SIGNING_SECRET is set; the first request shows whether it is right."
        f" At {PAGE} the request URLs must be this server's public address with {manifest.EVENTS_PATH}."
    )
    return Diagnosis("slack http", "ok", text)


def _token(error: HonkError) -> str:
    if isinstance(error, SlackTokenRevoked):
        return f"SLACK_BOT_TOKEN is refused ({error.reason}). Take the one at {PAGE}, “Install App”."
    return str(error)


def _code(error: SlackRefused | SlackTokenRevoked) -> str:
    if isinstance(error, SlackTokenRevoked):
        return error.reason
    return f"{error.error}, it lacks {error.needed}" if error.needed else error.error
