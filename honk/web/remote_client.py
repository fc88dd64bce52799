"""`HonkClient` over the API of a server that runs on this machine: what the command line uses."""

import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote

import httpx2

from honk import files
from honk.client import Call, Removal
from honk.core import serialization
from honk.core.errors import HonkError, Unavailable, UsageError, WorkFailed
from honk.core.events import Event
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.repo import Repo
from honk.core.session import Session
from honk.settings import Settings
from honk.web import access

PREFIX = "/api/v1"
"""Where a server has its API."""

ADDRESS_FILE = "server.json"
"""Under HONK_HOME while a server runs: where it is."""

SECONDS = 30.0
"""How long a request may take that only reads or records."""

GONE = (
    "The server stopped answering. What was asked before goes on when it is started again (`honk serve`);"
    " `honk sessions` says where it stands."
)

T = TypeVar("T")

_ERRORS: dict[int, type[HonkError]] = {1: WorkFailed, 2: UsageError, 3: Unavailable}


def read_address(home: Path) -> str | None:
    """The address of the server that works in `home`, None where none has said so. Raises UsageError for a file that
    is damaged."""
    file = home / ADDRESS_FILE
    found = files.read_json(file, ("url",), "Stop the server if one runs, remove this file, and run `honk serve`.")
    return None if found is None else str(found["url"])


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator["RemoteClient | None"]:
    """The server that runs for this HONK_HOME, None when there is none (or only what a crash left of it)."""
    base = read_address(settings.home)
    if base is None:
        yield None
        return
    headers = {"authorization": f"Bearer {access.token(settings.home)}"}
    async with httpx2.AsyncClient(base_url=base + PREFIX, headers=headers, timeout=SECONDS, trust_env=False) as http:
        try:
            answered = (await http.get("/version", timeout=2.0)).status_code == 200
        except httpx2.TransportError:
            answered = False
        yield RemoteClient(http) if answered else None


@dataclass(frozen=True)
class RemoteClient:
    """See `HonkClient`. Errors come back as the same kinds with the same texts; Unavailable when the server stopped."""

    http: httpx2.AsyncClient

    async def ask(
        self,
        text: str,
        person: Person,
        *,
        repo: str = "",
        agent: str = "",
        claim: str | None = None,
        context: MessageContext = NO_CONTEXT,
    ) -> Session:
        words = {"repo": repo, "agent": agent, "context": serialization.dump(context)}
        return await self._say("/sessions", person, text=text, claim=claim, **words)

    async def command(self, name: str, call: Call) -> Session:
        fields = {
            field: value for field, value in asdict(call).items() if field not in ("session", "person", "context")
        }
        context = serialization.dump(call.context)
        return await self._say(f"/sessions/{call.session}/{name}", call.person, context=context, **fields)

    async def session(self, session: str) -> Session:
        return _session(await self._call("GET", f"/sessions/{session}"))

    async def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        return tuple(_session(row) for row in await self._call("GET", f"/sessions?limit={limit}"))

    async def events(
        self, session: str, *, after: int = 0, follow: bool = False
    ) -> AsyncIterator[tuple[Session, Event]]:
        path = f"/sessions/{session}/events?after={after}&follow={str(follow).lower()}"
        async with self.http.stream("GET", path, timeout=httpx2.Timeout(SECONDS, read=None)) as answer:
            if answer.status_code != 200:
                await answer.aread()
                _raise(answer)
            rows = answer.aiter_lines()
            while (row := await _or_gone(anext(rows, ""))) != "":
                data = json.loads(row)
                event = data["event"]
                now = _session(data["session"])
                yield (
                    now,
                    Event(now.id, event["seq"], event["at"], serialization.load_event(event["kind"], event["fact"])),
                )

    async def add_repo(self, url: str, name: str = "", about: str = "") -> Repo:
        new = {"url": url, "name": name, "about": about}
        return cast(Repo, serialization.load(Repo, await self._call("POST", "/repos", new)))

    async def repos(self) -> tuple[Repo, ...]:
        return tuple(serialization.load(Repo, row) for row in await self._call("GET", "/repos"))

    async def remove_repo(self, name: str) -> tuple[Removal, ...]:
        return _removals(await self._call("DELETE", f"/repos/{quote(name, safe='')}", timeout=None))

    async def collect(self, *, dry_run: bool = False) -> tuple[Removal, ...]:
        return _removals(await self._call("POST", f"/collect?dry_run={str(dry_run).lower()}", timeout=None))

    async def _say(self, path: str, person: Person, **words: Any) -> Session:
        return _session(await self._call("POST", path, {"person": serialization.dump(person), **words}))

    async def _call(
        self, method: str, path: str, data: dict[str, Any] | None = None, timeout: float | None = SECONDS
    ) -> Any:
        answer = await _or_gone(self.http.request(method, path, json=data, timeout=timeout))
        if answer.status_code != 200:
            _raise(answer)
        return answer.json()


async def _or_gone(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except httpx2.TransportError as error:
        raise Unavailable(GONE) from error


def _session(data: dict[str, Any]) -> Session:
    return cast(Session, serialization.load(Session, data))


def _removals(rows: list[dict[str, Any]]) -> tuple[Removal, ...]:
    return tuple(serialization.load(Removal, row) for row in rows)


def _raise(answer: httpx2.Response) -> None:
    try:
        data = answer.json()
    except json.JSONDecodeError:
        raise Unavailable(f"The server answered with status {answer.status_code}; its log says why.") from None
    raise _ERRORS.get(data.get("exit", 3), Unavailable)(str(data.get("error") or data.get("detail") or data))
