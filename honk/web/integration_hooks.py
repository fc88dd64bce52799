"""The webhooks of the chat integrations: each passes a request to its integration, which checks the signature."""

import time

from starlette.responses import Response

from honk.integrations.github.conversation.signature import InvalidGitHubSignature
from honk.integrations.github.integration import GitHubIntegration
from honk.integrations.slack.client.signature import InvalidSlackSignature
from honk.integrations.slack.integration import SlackIntegration
from honk.web.webhooks import GITHUB, SLACK, Headers, Hook, WebhookRefused


def hooks(slack: SlackIntegration | None, github: GitHubIntegration | None) -> dict[str, Hook]:
    """Path to webhook, for the integrations that receive requests over HTTP."""
    found: dict[str, Hook] = {}
    if slack is not None and slack.transport == "http":
        found[SLACK] = _slack(slack)
    if github is not None and github.listens:
        found[GITHUB] = _github(github)
    return found


def _slack(slack: SlackIntegration) -> Hook:
    async def answer(headers: Headers, body: bytes) -> Response:
        try:
            reply = await slack.answer(headers, body, time.time())
        except InvalidSlackSignature as error:
            raise WebhookRefused(str(error)) from error
        return Response(reply.body, reply.status, dict(reply.headers))

    return answer


def _github(github: GitHubIntegration) -> Hook:
    async def answer(headers: Headers, body: bytes) -> Response:
        try:
            status, text = await github.receive(headers, body)
        except InvalidGitHubSignature as error:
            raise WebhookRefused(str(error)) from error
        return Response(text, status, media_type="text/plain")

    return answer
