"""Follows the forge's own deployment of a merged commit until it has succeeded or failed."""

import time

from honk.core import events
from honk.core.errors import UsageError, WorkFailed
from honk.core.honk_toml import Deploy
from honk.forges.checks import Deployment, Deployments
from honk.pipeline.ci import ci_texts as words
from honk.pipeline.ci import polling
from honk.pipeline.context import StageContext


async def expected(ctx: StageContext, settings: Deploy) -> bool:
    """Whether the forge is going to deploy what is merged: honk.toml says so, or it has done so before."""
    forge = ctx.forge
    return isinstance(forge, Deployments) and (bool(settings.workflow) or await forge.deploys(ctx.repo))


async def follow(ctx: StageContext, settings: Deploy, sha: str) -> events.Deployed | None:
    """How the forge's deployment of `sha` ended; None where none has begun and none was named.

    Raises WorkFailed where that cannot be said: it has not ended within `[deploy] timeout`, or the workflow that is
    named has not run. What is not known is neither live nor broken, so nothing is taken back for it.
    """
    forge = ctx.forge
    assert isinstance(forge, Deployments)
    began = time.monotonic()

    async def begun() -> Deployment | None:
        try:
            return await forge.deployment(ctx.repo, sha, settings.workflow)
        except UsageError:
            return None  # there is no such workflow

    async def ended() -> Deployment | None:
        now = await begun()
        return None if now is None or now.state == "running" else now

    found = await polling.until(ctx, sha, begun, ctx.services.github.deploy_seconds)
    if found is None:
        if settings.workflow:
            raise WorkFailed(words.no_deployment(sha, settings.workflow))
        return None
    await ctx.record(events.NoteAdded(words.deployment_followed(found.where, found.url)), f"deployment-{sha}")

    done = found if found.state != "running" else await polling.until(ctx, sha, ended, settings.timeout)
    if done is None:
        raise WorkFailed(words.deployment_unknown(sha, found.where, found.url, settings.timeout))
    return events.Deployed(sha, done.state == "success", time.monotonic() - began, done.detail)
