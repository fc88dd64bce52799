"""The rules of a repository, read from its base commit and from nowhere else (design, section 4.5)."""

from honk.core.errors import UsageError
from honk.core.honk_toml import HonkToml
from honk.core.repo import Repo
from honk.git import commits
from honk.git import mirror as mirrors
from honk.pipeline import repo_config
from honk.pipeline.context import Services, StageContext
from honk.pipeline.repo_config import Plan as Plan


async def base_of(ctx: StageContext) -> str:
    """The commit that the session stands on; the base branch's head while it has none."""
    return ctx.session.change.base or await mirrors.head(ctx.mirror, ctx.repo.default_branch)


async def newest(services: Services, repo: Repo) -> str:
    """The base branch's head as last fetched; fetched now where the mirror was given up because nobody used it."""
    mirror = services.home / "mirrors" / f"{repo.name}.git"
    try:
        return await mirrors.head(mirror, repo.default_branch)
    except UsageError:
        return await services.forges[repo.forge].fetch(repo, mirror)


async def at(ctx: StageContext, commit: str) -> HonkToml:
    """`honk.toml` at `commit`; all defaults when there is none. Raises UsageError when it cannot be understood."""
    mirror = ctx.mirror
    return await ctx.services.commit_cache.ask(("rules", mirror, commit), lambda: repo_config.rules(mirror, commit))


async def plan(ctx: StageContext, commit: str) -> Plan:
    """How `commit` is set up and verified, by its own `honk.toml` and contents."""
    mirror = ctx.mirror
    return await ctx.services.commit_cache.ask(("plan", mirror, commit), lambda: repo_config.read(mirror, commit))


async def tree_of(ctx: StageContext, commit: str) -> str:
    """The tree object of `commit`."""
    mirror = ctx.mirror
    return await ctx.services.commit_cache.ask(("tree", mirror, commit), lambda: commits.tree_of(mirror, commit))
