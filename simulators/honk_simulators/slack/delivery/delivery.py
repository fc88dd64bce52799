"""How the app is told: over Socket Mode or by signed requests, and again where it did not acknowledge."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import httpx2

from honk_simulators.slack.delivery import http_requests
from honk_simulators.slack.delivery.socket_mode import Connection, NotAcknowledged, Sockets
from honk_simulators.slack.state.app_manifest import EVENT_SCOPES
from honk_simulators.slack.state.workspace import Json, SlackEvent, SlackWorkspace

Kind = Literal["events_api", "interactive", "slash_commands"]
DeliveryFaultKind = Literal["duplicate", "again", "delay", "drop"]
"""`duplicate`: delivered twice, with the same event id. `again`: once more with another event id. `delay`: later than
what comes after it. `drop`: the connection breaks before the acknowledgement."""


@dataclass(frozen=True)
class Timing:
    """How patient Slack is, in seconds: for an acknowledgement, before each new try, between telling a connection to
    go and closing it, for a trigger, and for looking at an uploaded file."""

    ack: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    refresh: float = 10.0
    trigger: float = 3.0
    file: float = 0.0


@dataclass
class DeliveryAttempt:
    """One try to tell the app something. `outcome` is empty while it is under way, then `ok` or Slack's word for why
    not; `answer` is what came back with the acknowledgement."""

    at: float
    kind: Kind
    payload: Json
    retry: int = 0
    outcome: str = ""
    answer: Json | None = None

    @property
    def ok(self) -> bool:
        """Whether the app took it."""
        return self.outcome == "ok"

    @property
    def event(self) -> str:
        """The event's or interaction's type."""
        return str(self.payload.get("event", self.payload).get("type", self.payload.get("command", "")))


@dataclass
class DeliveryFault:
    """What goes wrong with the next `count` events of type `only` (empty: of any). `seconds` are delay's."""

    kind: DeliveryFaultKind
    count: int = 1
    only: str = ""
    seconds: float = 0.2


@dataclass
class EventDelivery:
    """Everything on its way to the app. `attempts` is the record, in order; `url` replaces Socket Mode."""

    workspace: SlackWorkspace
    pace: Timing
    changed: Callable[[], None]
    url: str = ""
    attempts: list[DeliveryAttempt] = field(default_factory=list)
    disturbances: list[DeliveryFault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sockets = Sockets(self.workspace, self.changed)
        self._client = httpx2.AsyncClient(
            trust_env=False, follow_redirects=True, max_redirects=http_requests.MOST_REDIRECTS
        )
        self._under_way: set[asyncio.Task[Any]] = set()
        self._held: list[Json] | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way."""
        return not self._under_way and not self._held

    @property
    def pending(self) -> list[str]:
        """What is on its way, in words."""
        return [each.event for each in self.attempts if not each.outcome] + [
            f"{each['event']['type']} (held)" for each in self._held or ()
        ]

    def event(self, event: SlackEvent) -> None:
        """Tell the app of an event, when it is subscribed to it and may know."""
        if not self._wants(event):
            return
        payload = self._wrapped(event)
        if self._held is not None:
            self._held.append(payload)
        else:
            self._send(payload)

    def hold(self) -> None:
        """Keep events back until `release`."""
        self._held = self._held or []

    def release(self, *, reverse: bool = False) -> None:
        """Deliver what was kept back, the last first when `reverse`."""
        held, self._held = self._held or [], None
        for payload in reversed(held) if reverse else held:
            self._send(payload)

    async def interact(self, kind: Kind, payload: Json) -> DeliveryAttempt:
        """Tell the app what a person did, once: a person who gets no answer tries again by themselves."""
        attempt = await self._attempt(kind, payload)
        self.changed()
        return attempt

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something beside, which counts as being on its way."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """Stop everything."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self.sockets.close()
        await self._client.aclose()

    async def verify(self, url: str) -> bool:
        """Slack's question when a request URL is entered: does it give back the challenge?"""
        challenge = self.workspace.new_id("challenge")
        app = self.workspace.app
        payload = {"token": app.verification_token, "challenge": challenge, "type": "url_verification"}
        try:
            answer = await http_requests.send(self._client, self.workspace, url, "events_api", payload, self.pace.ack)
        except NotAcknowledged:
            return False
        return bool(answer) and challenge in ((answer or {}).get("challenge"), (answer or {}).get("text"))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        self.changed()
        if not task.cancelled() and (error := task.exception()):
            raise error

    def _wants(self, event: SlackEvent) -> bool:
        app = self.workspace.app
        if event.kind not in app.manifest.events:
            return False
        if app.standing != "good" and event.kind not in ("tokens_revoked", "app_uninstalled"):
            return False
        needed = EVENT_SCOPES[event.kind]
        if needed and not app.scopes.intersection(needed):
            return False
        return not event.channel or app.bot_user in self.workspace.channels[event.channel].members

    def _wrapped(self, event: SlackEvent) -> Json:
        app, workspace = self.workspace.app, self.workspace
        channel = workspace.channels.get(event.channel)
        return {
            "token": app.verification_token,
            "team_id": workspace.id,
            "context_team_id": workspace.id,
            "context_enterprise_id": None,
            "api_app_id": app.id,
            "event": event.data,
            "type": "event_callback",
            "event_id": workspace.new_id("Ev"),
            "event_time": int(workspace.clock()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.id,
                    "user_id": app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.shared_with),
            "event_context": f"4-{workspace.new_id('')}",
        }

    def _send(self, payload: Json) -> None:
        trouble = self._disturbed(payload["event"]["type"])
        kind = trouble.kind if trouble else ""
        later = trouble.seconds if trouble and kind == "delay" else 0.0
        self.spawn(self._deliver(payload, later, drop=kind == "drop"))
        if kind == "duplicate":
            self.spawn(self._deliver(payload))
        elif kind == "again":
            self.spawn(self._deliver(payload | {"event_id": self.workspace.new_id("Ev")}))

    def _disturbed(self, event: str) -> DeliveryFault | None:
        for each in self.disturbances:
            if each.count > 0 and each.only in ("", event):
                each.count -= 1
                return each
        return None

    async def _deliver(self, payload: Json, later: float = 0.0, *, drop: bool = False) -> None:
        """Until it is acknowledged or given up."""
        reason, used = "", None
        for number, wait in enumerate((later, *self.pace.retries)):
            if wait:
                await asyncio.sleep(wait)
            connection = await self._connection(used)
            attempt = await self._attempt("events_api", payload, number, reason, connection, drop=drop and not number)
            self.changed()
            if attempt.ok or attempt.outcome == "no_retry":
                return
            reason, used = attempt.outcome, connection

    async def _connection(self, but: Connection | None = None) -> Connection | None:
        """For Socket Mode; another than last time where there is another."""
        if not self.workspace.app.manifest.socket_mode:
            return None
        try:
            return await self.sockets.next(self.pace.ack, but)
        except NotAcknowledged:
            return None

    def _address(self, kind: Kind, payload: Json | None = None) -> str:
        """Where requests go to; empty for Socket Mode."""
        manifest = self.workspace.app.manifest
        if manifest.socket_mode:
            return ""
        if kind == "events_api":
            return self.url or manifest.events_url
        suggestion = (payload or {}).get("type") == "block_suggestion"
        return self.url or (manifest.options_url if suggestion else "") or manifest.interactivity_url

    async def _attempt(
        self,
        kind: Kind,
        payload: Json,
        retry: int = 0,
        reason: str = "",
        connection: Connection | None = None,
        *,
        drop: bool = False,
    ) -> DeliveryAttempt:
        attempt = DeliveryAttempt(self.workspace.clock(), kind, payload, retry)
        self.attempts.append(attempt)
        try:
            if url := self._address(kind, payload):
                attempt.answer = await http_requests.send(
                    self._client, self.workspace, url, kind, payload, self.pace.ack, retry=retry, reason=reason
                )
                if drop:
                    raise NotAcknowledged("http_timeout")
            elif not self.workspace.app.manifest.socket_mode:
                raise NotAcknowledged("connection_failed")
            else:
                connection = connection or await self.sockets.next(self.pace.ack)
                attempt.answer = await connection.ask(
                    kind, _envelope(kind, payload, retry, reason), self.pace.ack, drop=drop
                )
        except http_requests.NoRetry:
            attempt.outcome = "no_retry"
        except NotAcknowledged as error:
            attempt.outcome = str(error)
        else:
            attempt.outcome = "ok"
        return attempt


def _envelope(kind: Kind, payload: Json, retry: int, reason: str) -> Json:
    data: Json = {"payload": payload, "accepts_response_payload": kind != "events_api"}
    if payload.get("type") == "block_actions":
        data["accepts_response_payload"] = False
    return data | {"retry_attempt": retry, "retry_reason": reason} if kind == "events_api" else data


def without_sockets(workspace: SlackWorkspace) -> None:
    """From now on the app gets requests: Socket Mode is turned off in its settings."""
    workspace.app.manifest = replace(workspace.app.manifest, socket_mode=False)
