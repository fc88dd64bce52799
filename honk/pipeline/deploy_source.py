"""Which files and which `[deploy]` section a deploy or rollback of a merged change runs.

A deploy has secrets. It therefore runs the scripts that were on the base branch before the change, unless somebody has
confirmed the finding about them or approved exactly these files.
"""

from dataclasses import dataclass, replace

from honk.conversation import texts
from honk.core import events, policy
from honk.core.errors import UsageError, WorkFailed
from honk.core.honk_toml import FILENAME, Deploy
from honk.git import diff, tree_edit
from honk.git.diff import RawChange
from honk.git.objects import TreeEntry
from honk.pipeline import post_merge, repo_rules
from honk.pipeline.context import StageContext
from honk.pipeline.verification import guarding

_ABSENT = b"000000"


@dataclass(frozen=True)
class DeploySource:
    """A deploy of the commit `sha`: `tree` is what is checked out for it, a commit or a tree."""

    sha: str
    tree: str
    settings: Deploy


async def at(ctx: StageContext, sha: str) -> DeploySource:
    """The source of a commit that is deployed as it is."""
    return DeploySource(sha, sha, (await repo_rules.at(ctx, sha)).deploy)


async def of_merged(ctx: StageContext, sha: str) -> DeploySource:
    """The source of `sha`, which has the session's merged change. The thread says which scripts are used where the
    change has others."""
    source = await at(ctx, sha)
    merged = ctx.session.ship.merged_sha or sha
    base = await post_merge.merged_onto(ctx) or ctx.session.change.base
    before = await repo_rules.at(ctx, base)
    if not any(each.run or each.rollback for each in (before.deploy, source.settings)):
        return source
    changed = await guarding.changed_deploy_scripts(ctx.mirror, base, before, merged)
    if before.deploy != source.settings:
        changed = (FILENAME, *changed)
    if not changed:
        return source
    differs = {each.path.decode(errors="surrogateescape"): each for each in await diff.raw(ctx.mirror, base, merged)}
    person = await _looked_at_by(ctx)
    unknown = await _other_than_shown(ctx, merged) if person else frozenset(changed)
    kept = [path for path in changed if path not in unknown]
    if kept:
        await ctx.record(events.NoteAdded(texts.deploys_with_changed(kept, person)), "deploys-with-changed")
    restored = {path: _old(differs[path]) for path in changed if path in unknown and path in differs}
    if not restored:
        return source
    await ctx.record(events.NoteAdded(texts.deploys_with_base(restored), bad=True), "deploys-with-base")
    tree = await tree_edit.edited(ctx.mirror, await repo_rules.tree_of(ctx, source.sha), restored)
    return replace(source, tree=tree, settings=before.deploy if FILENAME in restored else source.settings)


def _old(change: RawChange) -> TreeEntry | None:
    mode, oid = change.old
    return None if mode == _ABSENT else TreeEntry(mode.decode(), oid.decode())


async def _looked_at_by(ctx: StageContext) -> str:
    """Who confirmed what was flagged on the session's head, or approved it without having asked for it; empty when
    nobody did."""
    session = ctx.session
    order = (await ctx.last(events.MergeRequested)).data
    if order.confirmed and order.head == session.change.head:
        return order.person.name
    file = await repo_rules.at(ctx, session.change.base)
    case = policy.case(session, file.policy, order.person, may_write=False, verified=False)
    try:
        approvers = await ctx.forge.approvers(ctx.repo, session.change.number, session.askers)
    except (UsageError, WorkFailed):
        approvers = case.approvers
    return next(iter(replace(case, approvers=approvers).others), "")


async def _other_than_shown(ctx: StageContext, merged: str) -> frozenset[str]:
    """The paths that the merged commit has otherwise than the head that people were shown."""
    differs = await diff.raw(ctx.mirror, ctx.session.change.head, merged)
    return frozenset(each.path.decode(errors="surrogateescape") for each in differs)
