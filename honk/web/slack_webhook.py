"""The webhook for Slack's requests over HTTP."""

import time

from starlette.responses import Response

from honk.integrations.slack.client.signature import InvalidSlackSignature
from honk.integrations.slack.integration import SlackIntegration
from honk.web.webhooks import Headers, Hook, WebhookRefused


def hook(slack: SlackIntegration) -> Hook:
    """Passes each request on to the integration, which checks its signature."""

    async def answer(headers: Headers, body: bytes) -> Response:
        try:
            reply = await slack.answer(headers, body, time.time())
        except InvalidSlackSignature as error:
            raise WebhookRefused(str(error)) from error
        return Response(reply.body, reply.status, dict(reply.headers))

    return answer
