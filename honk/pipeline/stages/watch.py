"""Health after a deploy: good for long enough, or back."""

import httpx2

from honk.conversation import texts
from honk.core import events
from honk.core.honk_toml import Deploy
from honk.core.phase import Phase
from honk.deploy import deploy_script, masking
from honk.pipeline import deploy_source
from honk.pipeline.context import StageContext
from honk.pipeline.stages.deploy import deploy_lease, environment


async def run(ctx: StageContext) -> Phase:
    """To live, or to rollback when it is not healthy. Nobody else deploys meanwhile: the blame would be unclear."""
    sha = ctx.session.ship.sha
    settings = (await deploy_source.of_merged(ctx, sha)).settings
    async with deploy_lease(ctx) as turn:
        if not settings.health:
            return Phase.LIVE
        watched = await health(ctx, settings, sha)
        await ctx.record(watched, "watched")
        if watched.healthy:
            return Phase.LIVE
        turn.hand_on = True
    await ctx.record(events.RollbackRequested(texts.unhealthy(watched.detail)), "rollback")
    return Phase.ROLLBACK


async def health(ctx: StageContext, settings: Deploy, sha: str) -> events.HealthWatched:
    """Watch the deployed commit."""
    env = environment(ctx, sha)
    url = deploy_script.expand(settings.health, env)
    # no proxy of ours is asked about this machine's own addresses
    async with httpx2.AsyncClient(trust_env=False) as client, ctx.waiting():
        return await deploy_script.watch(url, settings.watch, client, hide=masking.secret_values(env))
