"""A merged commit goes live: by `deploy.run` of the base branch, outside every agent's sandbox, with its own secrets,
or by the forge's own means."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from honk import secrets
from honk.conversation import texts
from honk.core import events
from honk.core.phase import Phase
from honk.deploy import deploy_script
from honk.git import checkout, commits
from honk.pipeline import deploy_source
from honk.pipeline.ci import deployments
from honk.pipeline.context import StageContext
from honk.pipeline.deploy_source import DeploySource

LEASE_SECONDS = 60.0

RECENT_SESSIONS = 100
"""A session that deployed while this one waited is among the newest."""


async def run(ctx: StageContext) -> Phase:
    """To watch; to rollback when the deploy fails; to live at once where the repository has no deploy."""
    sha = ctx.session.ship.sha
    source = await deploy_source.of_merged(ctx, sha)
    if not source.settings.run and not await deployments.expected(ctx, source.settings):
        return Phase.LIVE
    async with deploy_lease(ctx) as turn:
        if later := await _overtaken(ctx, sha):
            await ctx.record(events.NoteAdded(texts.deployed_meanwhile(sha, later)), "overtaken")
            deployed = events.Deployed(later, True, 0.0)
        elif (done := await by_rule(ctx, source)) is None:
            return Phase.LIVE
        else:
            deployed = done
        turn.hand_on = True
    await ctx.record(deployed, "deployed")
    if deployed.ok:
        return Phase.WATCH
    await ctx.record(events.RollbackRequested(texts.deploy_failed()), "rollback")
    return Phase.ROLLBACK


async def by_rule(ctx: StageContext, source: DeploySource) -> events.Deployed | None:
    """Deploy the commit as the repository says, or see how its forge does; None where nobody does."""
    settings = source.settings
    if settings.run:
        return await deploy_commit(ctx, source, settings.run)
    return await deployments.follow(ctx, settings, source.sha) if await deployments.expected(ctx, settings) else None


async def _overtaken(ctx: StageContext, sha: str) -> str:
    """The commit on top of `sha` that another session has brought to production meanwhile; empty when there is none.

    Deploying `sha` after it would take that session's work off again.
    """
    for other in await ctx.services.store.sessions(RECENT_SESSIONS):
        live = other.ship.reverted_sha or other.ship.merged_sha
        if other.id == ctx.id or other.repo != ctx.session.repo or not live or not other.ship.deployed:
            continue
        if await commits.is_ancestor(ctx.mirror, sha, live):
            return live
    return ""


async def deploy_commit(ctx: StageContext, source: DeploySource, command: str) -> events.Deployed:
    """Run `command` in a clean checkout. The deploy script must bear being run again for the same commit."""
    sha, tree = source.sha, source.tree
    name = sha if tree == sha else f"{sha}-{tree[:10]}"
    directory = ctx.services.home / "deploys" / ctx.session.repo / name
    await checkout.checkout(ctx.mirror, tree, directory)
    log = directory.with_suffix(".log")
    return await deploy_script.run(
        command, directory, sha=sha, env=environment(ctx, sha), log=log, timeout=source.settings.timeout
    )


def environment(ctx: StageContext, sha: str) -> dict[str, str]:
    """What a deploy sees: which commit of what, and the repository's own deploy secrets."""
    own = secrets.for_deploy(ctx.services.home, ctx.session.repo)
    return {"HONK_SESSION": ctx.id, "HONK_REPO": ctx.session.repo, "HONK_SHA": sha, **own}


@dataclass
class DeployLease:
    """The lease on production. With `hand_on` it is kept for this run's next stage, which takes it again."""

    hand_on: bool = False


@asynccontextmanager
async def deploy_lease(ctx: StageContext) -> AsyncIterator[DeployLease]:
    """One deploy of a repository at a time, over all workers: a lease, renewed while it is held."""
    turn = DeployLease()
    store, name = ctx.services.store, f"deploy:{ctx.session.repo}"
    if (lease := await store.lease(name, f"{ctx.id}:{ctx.run}", LEASE_SECONDS)) is None:
        async with ctx.waiting():
            while (lease := await store.lease(name, f"{ctx.id}:{ctx.run}", LEASE_SECONDS)) is None:
                await store.wait(ctx.id, 2**62, timeout=0.25)

    async def keep() -> None:
        nonlocal lease
        while lease is not None:
            await asyncio.sleep(LEASE_SECONDS / 3)
            lease = await store.renew(lease, LEASE_SECONDS)

    keeper = asyncio.create_task(keep())
    try:
        yield turn
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        if lease is not None and not turn.hand_on:
            await store.release(lease)
