"""Calls of Slack's Web API: each returns the answer or raises one of five errors. Nothing is retried here.

Why not slack_sdk's own `api_call`: it raises AttributeError for an answer that is no object (a proxy's page), follows
redirects with the token, and has one timeout for all calls.

    async with client.connected(settings.slack, proxy=settings.proxies.to(settings.slack.url)) as slack:
        ts = (await slack.call("chat.postMessage", channel="C1", text="On it."))["ts"]

Source of the error codes: docs.slack.dev, each method's page, "Errors".
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from honk.core.errors import Overloaded, Unavailable, UsageError, WorkFailed
from honk.settings import SlackAccess

SECONDS = 30.0
"""Limit for one call; an upload gets more, by its size."""

UPLOAD_BYTES_A_SECOND = 200_000
"""Slowest connection for which an upload is given enough time."""

PAGE = 200
"""Items of one page."""

RETRY_AFTER = 5.0
"""Seconds to wait when Slack refuses a call as too frequent without saying for how long."""

_SILENT: Mapping[str, Mapping[str, Any]] = {
    # nothing that Honk posts is unfurled: Slack would fetch addresses that a model wrote, with the secrets in them
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
_TEMPORARY = frozenset(
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
    """Slack refuses a call as too frequent. `retry_after` is in seconds."""

    retry_after: float

    def __init__(self, method: str, retry_after: float) -> None:
        super().__init__(f"Slack allows {method} again in {retry_after:g} s.", retry_after)


class SlackGone(WorkFailed):
    """The channel, thread or message does not exist, or not for Honk. `reason` is Slack's error code."""

    def __init__(self, method: str, reason: str) -> None:
        words = reason.replace("_", " ")
        super().__init__(f"Slack: {words} ({method}). Invite Honk into the channel again, or continue in another one.")
        self.reason = reason


class SlackRefused(UsageError):
    """Slack refuses the call for good. `error` is Slack's error code, `needed` the scope that is missing, if any."""

    def __init__(self, method: str, error: str, detail: str = "", needed: str = "") -> None:
        remedy = f" Add the scope `{needed}` to the app and install it again (`honk slack manifest`)." if needed else ""
        super().__init__(f"Slack refuses {method}: {error}{f' ({detail})' if detail else ''}.{remedy}")
        self.error = error
        self.needed = needed


class SlackTokenRevoked(UsageError):
    """The token is not valid (any more)."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Slack refuses Honk's token ({reason}). Install the app again, set SLACK_BOT_TOKEN and restart Honk."
        )
        self.reason = reason


@dataclass(frozen=True)
class SlackClient:
    """Access to one workspace. `web` is the same access for Bolt, over the same session."""

    url: str
    session: aiohttp.ClientSession = field(repr=False)
    web: AsyncWebClient = field(repr=False)
    proxy: str = field(repr=False, default="")
    token: str = field(repr=False, default="")

    async def call(self, method: str, /, **arguments: Any) -> dict[str, Any]:
        """Slack's answer. Values of None are left out.

        Raises SlackRateLimited, SlackGone, SlackRefused, SlackTokenRevoked; and Unavailable for temporary faults, after
        which it is not known whether the call was carried out.
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

    async def pages(self, method: str, /, most: int, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        """Up to `most` pages of a method that lists something. Raises as `call`."""
        cursor = None
        for _ in range(most):
            page = await self.call(method, limit=PAGE, cursor=cursor, **arguments)
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file's bytes to the address that files.getUploadURLExternal returned. Raises as `call`."""
        seconds = SECONDS + len(content) / UPLOAD_BYTES_A_SECOND
        headers = {"Content-Type": "application/octet-stream"}
        status, answer, _ = await self._post(url, data=content, headers=headers, seconds=seconds)
        if status != HTTPStatus.OK:
            answered("the upload", status, answer, b"")

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
            reason = str(error) or type(error).__name__
            raise Unavailable(f"Slack does not answer at {self.url} ({reason}). Honk tries again.") from error


@asynccontextmanager
async def connected(access: SlackAccess, *, proxy: str = "") -> AsyncIterator[SlackClient]:
    """A client until the block is left. `proxy` is the URL of this machine's proxy, empty for none."""
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        web = AsyncWebClient(
            access.bot_token, base_url=access.url, timeout=int(SECONDS), session=session, retry_handlers=[]
        )
        web.proxy = proxy or None  # slack_sdk has read one from the environment
        yield SlackClient(access.url, session, web, proxy, access.bot_token)


def form(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as a form: every method takes one, and those that only read take no JSON."""
    return {name: _field(value) for name, value in arguments.items() if value is not None}


def _field(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answered(method: str, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What an HTTP answer means; `headers` have names in lower case. Raises as `SlackClient.call`."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SlackRateLimited(method, _seconds(headers.get("retry-after", "")))
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unavailable(f"Slack has a fault ({method} answers {status}). Honk tries again.")
    if answer.get("ok") is True:
        return answer
    raise _error(method, answer, headers)


def _error(method: str, answer: Mapping[str, Any], headers: Mapping[str, str]) -> Exception:
    error = str(answer.get("error") or "unknown error")
    if error in ("ratelimited", "rate_limited"):
        return SlackRateLimited(method, _seconds(headers.get("retry-after", "")))
    if error in _GONE:
        return SlackGone(method, error)
    if error in _REVOKED:
        return SlackTokenRevoked(error)
    if error in _TEMPORARY:
        return Unavailable(f"Slack has a fault ({method}: {error}). Honk tries again.")
    more = answer.get("response_metadata")
    messages = more.get("messages") if isinstance(more, dict) else None
    detail = "; ".join(str(each) for each in messages)[:500] if isinstance(messages, list) else ""
    return SlackRefused(method, error, detail, str(answer.get("needed") or ""))


def _seconds(value: str) -> float:
    try:
        return max(0.0, min(3600.0, float(value)))
    except ValueError:
        return RETRY_AFTER
