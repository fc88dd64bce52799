"""Working files of sessions that ended, or that wait for a person for long: workspace, preview, homes, scratch trees.

The branch, the files of the workspace (as a commit in the mirror) and the agent's transcript stay, and the session
stays in its phase, so that a later reply, merge or preview goes on from there. The transcript goes much later: then
the agent goes on from the branch and a summary.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from honk.client import Removal
from honk.core.errors import HonkError
from honk.core.phase import Phase
from honk.core.session import Session
from honk.pipeline import saved_work
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable, size_of
from honk.workspaces import directories, workspace_record

ENDED = frozenset({Phase.LIVE, Phase.ROLLED_BACK, Phase.CLOSED, Phase.CANCELLED, Phase.FAILED})
WAITING = frozenset({Phase.REVIEW, Phase.PAUSED, Phase.ASKING})

OVER = frozenset({Phase.LIVE, Phase.ROLLED_BACK})
"""A session in one of these phases takes no more turns, and what it made is on the forge."""

TRANSCRIPTS = ".claude"
"""Names in the agent's home that begin so are what the agent needs to resume its conversation."""


async def find(services: Services) -> list[Removable]:
    """The working files of sessions in which nothing has happened for `session_days` since they ended or for
    `waiting_days`; the transcripts of those in which nothing has happened for `transcript_days`."""
    settings, found = services.retention, []
    for phases, days in ((ENDED, settings.session_days), (WAITING, settings.waiting_days)):
        for session in await services.store.idle(phases, days * DAY):
            paths = await asyncio.to_thread(_working_files, services.home / "sessions", session)
            if paths:
                size = await asyncio.to_thread(lambda each: sum(map(size_of, each)), paths)
                remove = partial(_remove, services, session, phases)
                found.append(Removable(Removal("session", session, size), remove))
    for session in await services.store.idle(ENDED | WAITING, settings.transcript_days * DAY):
        home = services.home / "sessions" / session / "home"
        if await asyncio.to_thread(home.is_dir):
            size = await asyncio.to_thread(lambda at: sum(map(size_of, at.glob(f"{TRANSCRIPTS}*"))), home)
            found.append(
                Removable(Removal("transcript", session, size), partial(_remove_transcript, services, session))
            )
    return found


def _working_files(sessions: Path, session: str) -> list[Path]:
    """Directories of the session and of its scratch trees, without what stays."""
    own = [path for path in (sessions / session).glob("*") if path.is_dir() and path.name not in ("home", "exchanges")]
    home = [path for path in (sessions / session / "home").glob("*") if not path.name.startswith(TRANSCRIPTS)]
    return [*own, *home, *sessions.glob(f"{session}-*")]


@asynccontextmanager
async def _untouched(services: Services, session: str, phases: frozenset[Phase]) -> AsyncIterator[Session | None]:
    """The session, which begins no turn until the block is left; None when it works or is not in one of `phases`."""
    async with saved_work.locked(services.store, session, uuid.uuid4().hex, wait=False) as held:
        now = await services.store.session(session)
        yield now if held and not now.busy and now.phase in phases else None


async def _remove(services: Services, session: str, phases: frozenset[Phase]) -> bool:
    """Remove the working files, unless a turn has begun or the workspace cannot be saved."""
    async with _untouched(services, session, phases) as now:
        if now is None:
            return False
        try:
            await saved_work.save(services, now)
        except HonkError:
            return False  # the files could not be read: they stay where they are
        sessions = services.home / "sessions"
        await services.previews.close(session)
        for scratch in await asyncio.to_thread(lambda: list(sessions.glob(f"{session}-*"))):
            await workspace_record.discard(sessions, scratch.name)
            await directories.remove(scratch)
        await workspace_record.discard(sessions, session, with_home=False)
        for path in await asyncio.to_thread(_working_files, sessions, session):
            await directories.remove(path)
    return True


async def _remove_transcript(services: Services, session: str) -> bool:
    """Remove the agent's home; of a session that can take no more turns, everything that is left."""
    async with _untouched(services, session, ENDED | WAITING) as now:
        if now is not None:
            directory = services.home / "sessions" / session
            await directories.remove(directory if now.phase in OVER else directory / "home")
    return now is not None
