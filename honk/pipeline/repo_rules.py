"""The rules of a repository, read from its base commit and from nowhere else (design, section 4.5)."""

from honk.core.honk_toml import RepoFile
from honk.git import commits
from honk.git import mirror as mirrors
from honk.pipeline import repo_config
from honk.pipeline.context import Context
from honk.pipeline.repo_config import Plan as Plan


async def base_of(ctx: Context) -> str:
    """The commit that the session stands on; the base branch's head while it has none."""
    return ctx.session.change.base or await mirrors.head(ctx.mirror, ctx.repo.default_branch)


async def at(ctx: Context, commit: str) -> RepoFile:
    """`honk.toml` at `commit`; all defaults when there is none. Raises UsageError when it cannot be understood."""
    mirror = ctx.mirror

    async def find() -> RepoFile:
        async with mirrors.opened(mirror, commit) as files:
            return await repo_config.rules(files)

    return await ctx.world.memory.ask(("rules", mirror, commit), find)


async def plan(ctx: Context, commit: str) -> Plan:
    """How `commit` is set up and verified, by its own `honk.toml` and contents."""
    mirror = ctx.mirror
    return await ctx.world.memory.ask(("plan", mirror, commit), lambda: repo_config.read(mirror, commit))


async def tree_of(ctx: Context, commit: str) -> str:
    """The tree object of `commit`."""
    mirror = ctx.mirror
    return await ctx.world.memory.ask(("tree", mirror, commit), lambda: commits.tree_of(mirror, commit))
