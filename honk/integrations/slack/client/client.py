"""The one door to Slack's Web API: a call out, its answer or one of five errors back. It never tries again by itself.

    async with client.connected(settings.slack, proxy=settings.proxies.to(settings.slack.url)) as slack:
        ts = (await slack.call("chat.postMessage", channel="C1", text="On it."))["ts"]

Source of the error codes: docs.slack.dev, each method's page, "Errors".
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from honk.core.errors import Overloaded, Unavailable, UsageError, WorkFailed
from honk.settings import SlackAccess

SECONDS = 30.0
"""For one call; an upload gets more, by its size."""

UPLOAD_BYTES_A_SECOND = 200_000
"""The slowest line that an upload is given time for."""

RETRY_AFTER = 5.0
"""Seconds to stay away when Slack says "too many" without saying how long."""

OK = 200
TOO_MANY = 429
SERVER_ERROR = 500

_SILENT: Mapping[str, Mapping[str, Any]] = {
    # nothing that Honk posts is unfurled: Slack would fetch what a model wrote, secrets in the address and all
    "chat.postMessage": {"unfurl_links": False, "unfurl_media": False, "parse": "none", "link_names": False},
    "chat.postEphemeral": {"parse": "none", "link_names": False},
    "chat.update": {"parse": "none", "link_names": False},
}
_GONE = frozenset(
    [
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "thread_not_found",
        "message_not_found",
        "cannot_reply_to_message",
        "user_not_in_channel",
        "messages_tab_disabled",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
    ]
)
_REVOKED = frozenset(
    [
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
        "app_uninstalled",
    ]
)
_PASSING = frozenset(
    [
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "accesslimited",
        "org_level_email_display_disabled",
    ]
)


class SlackRateLimited(Overloaded):
    """Slack says: not so often. `retry_after` is in seconds."""

    retry_after: float

    def __init__(self, method: str, retry_after: float) -> None:
        super().__init__(f"Slack wants {method} called again only in {retry_after:g} s.", retry_after)


class SlackGone(WorkFailed):
    """The channel, thread or message is not there for us (any more). `reason` is Slack's code."""

    def __init__(self, method: str, reason: str) -> None:
        said = reason.replace("_", " ")
        super().__init__(f"Slack: {said} ({method}). Invite Honk into the channel again, or go on in another one.")
        self.reason = reason


class SlackRefused(UsageError):
    """Slack does not take the call, and would not the next time either. `error` is its code, `needed` a scope."""

    def __init__(self, method: str, error: str, detail: str = "", needed: str = "") -> None:
        remedy = f" Add the scope `{needed}` to the app and install it again (`honk slack manifest`)." if needed else ""
        super().__init__(f"Slack refuses {method}: {error}{f' ({detail})' if detail else ''}.{remedy}")
        self.error = error
        self.needed = needed


class SlackTokenRevoked(UsageError):
    """The token opens nothing any more."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Slack does not take Honk's token ({reason}). Install the app again, set SLACK_BOT_TOKEN and restart Honk."
        )
        self.reason = reason


@dataclass(frozen=True)
class SlackClient:
    """An open connection. `web` is the same for Bolt, with the same session."""

    url: str
    session: aiohttp.ClientSession = field(repr=False)
    web: AsyncWebClient = field(repr=False)
    proxy: str = field(repr=False, default="")
    token: str = field(repr=False, default="")

    async def call(self, method: str, /, **arguments: Any) -> dict[str, Any]:
        """Slack's answer. Values of None are left out.

        Raises Limited, Gone, Refused, Revoked, and Unavailable for everything that may pass by itself: then it is not
        known whether the call was carried out.
        """
        return (await self.exchange(method, **arguments))[0]

    async def exchange(self, method: str, /, **arguments: Any) -> tuple[dict[str, Any], Mapping[str, str]]:
        """As `call`, with the answer's headers, their names in lower case."""
        status, headers, body = await self._post(
            f"{self.url}{method}",
            data=form({**_SILENT.get(method, {}), **arguments}),
            headers={"Authorization": f"Bearer {self.token}"},
            seconds=SECONDS,
        )
        return answered(method, status, headers, body), headers

    async def upload(self, url: str, content: bytes) -> None:
        """Bring a file's bytes to the address that files.getUploadURLExternal gave. Raises as `call`."""
        seconds = SECONDS + len(content) / UPLOAD_BYTES_A_SECOND
        headers = {"Content-Type": "application/octet-stream"}
        status, said, _ = await self._post(url, data=content, headers=headers, seconds=seconds)
        if status != OK:
            answered("the upload", status, said, b"")

    async def _post(
        self, url: str, *, data: bytes | dict[str, str], headers: Mapping[str, str], seconds: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            async with self.session.post(
                url,
                data=data,
                headers=headers,
                proxy=self.proxy or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                return response.status, names, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            said = str(error) or type(error).__name__
            raise Unavailable(f"Slack does not answer at {self.url} ({said}). Trying again.") from error


@asynccontextmanager
async def connected(access: SlackAccess, *, proxy: str = "") -> AsyncIterator[SlackClient]:
    """A client until the block is left. `proxy` is the URL of this machine's own, empty for the direct way."""
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        web = AsyncWebClient(
            access.bot_token, base_url=access.url, timeout=int(SECONDS), session=session, retry_handlers=[]
        )
        web.proxy = proxy or None  # it has helped itself from the environment
        yield SlackClient(access.url, session, web, proxy, access.bot_token)


def form(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as a form, which every method takes; those that only read take no JSON."""
    return {name: _field(value) for name, value in arguments.items() if value is not None}


def _field(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answered(method: str, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What an HTTP answer means; `headers` have names in lower case. Raises as `Client.call`."""
    if status == TOO_MANY:
        raise SlackRateLimited(method, _seconds(headers.get("retry-after", "")))
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or status >= SERVER_ERROR:
        raise Unavailable(f"Slack is out of order ({method} answers {status}). Trying again.")
    if said.get("ok") is True:
        return said
    raise _error(method, said, headers)


def _error(method: str, said: Mapping[str, Any], headers: Mapping[str, str]) -> Exception:
    error = str(said.get("error") or "unknown error")
    if error in ("ratelimited", "rate_limited"):
        return SlackRateLimited(method, _seconds(headers.get("retry-after", "")))
    if error in _GONE:
        return SlackGone(method, error)
    if error in _REVOKED:
        return SlackTokenRevoked(error)
    if error in _PASSING:
        return Unavailable(f"Slack is out of order ({method}: {error}). Trying again.")
    more = said.get("response_metadata")
    messages = more.get("messages") if isinstance(more, dict) else None
    detail = "; ".join(str(each) for each in messages)[:500] if isinstance(messages, list) else ""
    return SlackRefused(method, error, detail, str(said.get("needed") or ""))


def _seconds(value: str) -> float:
    try:
        return max(0.0, min(3600.0, float(value)))
    except ValueError:
        return RETRY_AFTER
