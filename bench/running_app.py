"""Honk in a temporary directory, with one repository, and the events of one session."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench import scripted_model
from bench.scripted_model import StandIn
from honk import app, settings
from honk.core.events import Event
from honk.core.job import WORKSPACE
from honk.core.person import Person
from honk.core.session import Session
from honk.service import HonkService
from honk.settings import ModelCredential

PERSON = Person(f"local:{os.getuid()}", "Ada", "ada@example.com")


@asynccontextmanager
async def opened(home: Path, model: StandIn, *, turns: int = 4) -> AsyncIterator[HonkService]:
    """Honk with a worker, as `honk serve` runs it, without the web pages."""
    base = settings.load({"HONK_HOME": str(home), "HOME": str(home)})
    file = replace(base.file, worker=replace(base.file.worker, turns=turns))
    configured = replace(base, file=file, model=ModelCredential(model.url, scripted_model.KEY))
    async with app.open_app(configured, base_url="http://honk.bench") as service:
        yield service


async def ask(service: HonkService, repo: str, thinking: float = 0.0) -> Session:
    """A person asks for the task."""
    return await service.ask(scripted_model.prompt(WORKSPACE, thinking), PERSON, repo=repo)


async def settled(service: HonkService, session: Session) -> list[Event]:
    """The session's events, once it waits for a person. Raises RuntimeError when it did not reach review."""
    async with asyncio.timeout(300):
        events = [event async for _, event in service.events(session.id, follow=True)]
    now = await service.session(session.id)
    if now.error or not now.change.url:
        raise RuntimeError(f"the session ended in {now.phase}: {now.error}")
    return events
