"""How a verb reaches Honk: the running server, otherwise Honk in this process."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console as Terminal

from honk import settings as settings_module
from honk.cli import current_person
from honk.client import Call, HonkClient
from honk.conversation import evidence
from honk.conversation.console import Console, inert, plain
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.settings import Settings
from honk.web import remote_client

UNDONE = frozenset({Phase.FAILED, Phase.CANCELLED, Phase.PAUSED, Phase.ASKING})
"""Phases that leave a verb which waited with exit status 1: what was asked for is not there, or not yet."""


@dataclass(frozen=True)
class Reach:
    """What a verb works with. `here`: Honk runs in this process, and ends with it."""

    settings: Settings
    honk_client: HonkClient
    person: Person
    here: bool


R = TypeVar("R")


def run(verb: Coroutine[Any, Any, R]) -> R:
    """Run a verb to its end; what it returns, mostly its exit status."""
    return asyncio.run(verb)


@asynccontextmanager
async def reached(*, working: bool = True) -> AsyncIterator[Reach]:
    """The running server, or Honk in this process: with a worker, unless `working` is False."""
    settings = settings_module.load(os.environ)
    who = await current_person.here(settings.file.people)
    async with remote_client.running(settings) as remote:
        if remote is not None:
            yield Reach(settings, remote, who, here=False)
            return
    from honk import app, server  # noqa: PLC0415 - importing it takes two seconds, which a running server makes needless

    if not working:
        async with app.open_app(settings, base_url="", working=False) as service:
            yield Reach(settings, service, who, here=True)
        return
    async with server.open_server(settings, person=who, host="127.0.0.1", port=0, preview_port=0) as served:
        yield Reach(settings, served.service, who, here=True)


async def wait(
    reach: Reach, session: str, *, as_json: bool, goal: Phase | None = None, console: Console | None = None
) -> int:
    """Show the session's thread live until nothing more happens by itself, or print the session as JSON then.

    `console` knows the events that are not shown again. Returns the exit status.
    """
    console = console or Console(Terminal())
    async for _, event in reach.honk_client.events(session, after=console.timeline.seq, follow=True):
        if not as_json:
            console.show(event)
    return await report(reach, session, as_json=as_json, goal=goal)


async def report(reach: Reach, session: str, *, as_json: bool, goal: Phase | None = None) -> int:
    """Print the session as it is now: one JSON object, or its evidence card. The exit status; with a `goal`, 0 only
    when the session has come there."""
    now = await reach.honk_client.session(session)
    if as_json:
        click.echo(json.dumps(evidence.as_json(now), ensure_ascii=False, indent=2))
    else:
        plain(Terminal(), inert(evidence.text(now)))
    return now.status or int(now.phase in UNDONE or (goal is not None and now.phase != goal))


async def started(reach: Reach, session: Session, *, as_json: bool) -> int:
    """Say that a server's worker is on it, and return at once."""
    if as_json:
        click.echo(json.dumps(evidence.as_json(session), ensure_ascii=False, indent=2))
    else:
        click.echo(f"Session {session.id} has started. Follow it with: honk log {session.id} --follow")
    return 0


async def command(
    name: str, session: str, fields: Mapping[str, Any], *, wait_for_it: bool, as_json: bool, goal: Phase | None = None
) -> int:
    """Run a command of `honk.commands` on a session; `fields` are those of its `Call`. Follow the session until nothing
    more happens by itself with `wait_for_it`, and always where the worker is this process. The exit status, as that of
    `report`."""
    async with reached() as at:
        console = Console(Terminal())
        async for _, event in at.honk_client.events(session):
            console.add(event)
        now = await at.honk_client.command(name, Call(session, at.person, **fields))
        if wait_for_it or at.here:
            return await wait(at, now.id, as_json=as_json, goal=goal, console=console)
        return await started(at, now, as_json=as_json)
