"""What is right and what is missing in how Slack is set up: asked of Slack itself, changing nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace

from honk.core.checkup import Diagnosis
from honk.core.errors import HonkError, UsageError
from honk.integrations.slack import integration
from honk.integrations.slack.client import client, manifest, team
from honk.integrations.slack.client.client import SlackClient, SlackRefused, SlackTokenRevoked
from honk.settings import SlackAccess, SlackSettings

PAGE = "api.slack.com/apps"


async def findings(access: SlackAccess, settings: SlackSettings, proxy: str = "") -> AsyncIterator[Diagnosis]:
    """Tokens, scopes, the way in which Slack is heard."""
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
            where = await team.read(slack)
        except HonkError as error:
            yield Diagnosis("slack", "missing", _token(error))
            return
        yield Diagnosis("slack", "ok", f"Workspace {where.name}, as @{where.bot_name}.")
        yield scopes(where.scopes)
        yield await _line(slack, access) if how == "socket" else _http()
    yield events()


def scopes(given: frozenset[str]) -> Diagnosis:
    """Which of the scopes are there. Pure."""
    lacking = [f"{scope} ({why})" for scope, why in manifest.SCOPES.items() if scope not in given]
    if not given:
        return Diagnosis("slack scopes", "without", "Slack does not say which the token has.")
    if lacking:
        where = f"Add them at {PAGE}, “OAuth & Permissions”, and install the app again"
        return Diagnosis("slack scopes", "missing", f"Missing: {'; '.join(lacking)}. {where}.")
    return Diagnosis("slack scopes", "ok", f"All {len(manifest.SCOPES)} are there.")


def events() -> Diagnosis:
    """Slack does not tell an app which events it is subscribed to without a token of its maker's."""
    listed = ", ".join(manifest.EVENTS)
    return Diagnosis(
        "slack events", "without", f"Slack does not say. Compare {PAGE}, “Event Subscriptions”, with: {listed}."
    )


async def _line(slack: SlackClient, access: SlackAccess) -> Diagnosis:
    try:
        await replace(slack, token=access.app_token).call("apps.connections.open")
    except (SlackRefused, SlackTokenRevoked) as error:
        hint = f"Make a token with connections:write at {PAGE}, “App-Level Tokens”, and switch Socket Mode on."
        return Diagnosis("slack socket mode", "missing", f"SLACK_APP_TOKEN is not taken ({_code(error)}). {hint}")
    except HonkError as error:
        return Diagnosis("slack socket mode", "missing", str(error))
    return Diagnosis("slack socket mode", "ok", "The app-level token opens a line.")


def _http() -> Diagnosis:
    text = (
        "SLACK_SIGNING_SECRET is there; whether it is the app's, the first request tells."
        f" At {PAGE} the request URLs must be this server's public address with {manifest.EVENTS_PATH}."
    )
    return Diagnosis("slack http", "ok", text)


def _token(error: HonkError) -> str:
    if isinstance(error, SlackTokenRevoked):
        return f"SLACK_BOT_TOKEN is not taken ({error.reason}). Take the one at {PAGE}, “Install App”."
    return str(error)


def _code(error: SlackRefused | SlackTokenRevoked) -> str:
    if isinstance(error, SlackTokenRevoked):
        return error.reason
    return f"{error.error}, it lacks {error.needed}" if error.needed else error.error
