"""The files of a workspace that was removed: a commit in the mirror, laid out again by the session's next turn.

sessions/<id>/saved-work     the commit; written before the workspace is removed, removed after it is laid out again
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk import files
from honk.core.person import AGENT
from honk.core.session import Session
from honk.git import change, checkout, commits
from honk.pipeline.context import Services, StageContext
from honk.storage.store import Store
from honk.workspaces import workspace_record
from honk.workspaces.base import Workspace

FILE = "saved-work"
LEASE_SECONDS = 600.0
LOOK_SECONDS = 0.25


@asynccontextmanager
async def locked(store: Store, session: str, holder: str, *, wait: bool = True) -> AsyncIterator[bool]:
    """The right to make or remove the session's workspace; without `wait`, False while another one has it."""
    name = f"workspace:{session}"
    # another process may hold it, of which no event of ours tells
    while (lease := await store.lease(name, holder, LEASE_SECONDS)) is None and wait:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
    try:
        yield lease is not None
    finally:
        if lease is not None:
            await store.release(lease)


async def save(services: Services, session: Session) -> None:
    """Keep the files of the session's workspace, if it has one. Raises HonkError when they cannot be read."""
    sessions = services.home / "sessions"
    if await asyncio.to_thread((sessions / session.id / FILE).exists):
        return  # saved before, and not laid out since
    base = await asyncio.to_thread(workspace_record.read, workspace_record.directory(sessions, session.id))
    if base is None or not session.repo:
        return
    mirror = services.home / "mirrors" / f"{session.repo}.git"
    if not await asyncio.to_thread(mirror.is_dir):
        return  # the repository was removed
    workspace = await services.workspaces.fork(base, session.id)
    also = tuple(commit for commit in (session.change.head, session.change.base) if commit)
    captured = await change.capture(mirror, workspace.tree, workspace.baseline, also=also)
    message = f"Files of session {session.id} when its workspace was removed\n"
    parent = session.change.head or session.change.base or base.commit
    sha = await commits.commit(mirror, captured.tree, (parent,), author=AGENT, committer=AGENT, message=message)
    await asyncio.to_thread(files.write, sessions / session.id / FILE, sha)


async def restore(ctx: StageContext, workspace: Workspace) -> None:
    """Lay the saved files out in the session's new workspace, if there are any."""
    saved = await commit(ctx.services, ctx.id)
    if saved:
        also = tuple(each for each in (ctx.session.change.head,) if each)
        await checkout.materialise(ctx.mirror, saved, workspace.tree, workspace.baseline, also=also)
        await asyncio.to_thread((ctx.directory / FILE).unlink)


async def commit(services: Services, session: str) -> str:
    """The commit with the session's saved files, empty when there is none."""
    file, remedy = services.home / "sessions" / session / FILE, "Remove it to begin anew from the base commit."
    return (await asyncio.to_thread(files.read_text, file, remedy) or "").strip()
