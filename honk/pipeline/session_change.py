"""The session's change: read from the workspace by trusted git, committed in the requester's name."""

from dataclasses import dataclass, replace

from honk import __version__
from honk.core import events, person
from honk.core.change import Change
from honk.core.session import Session
from honk.git import change, checkout, commits, diff
from honk.pipeline import repo_rules
from honk.pipeline.branches import commit_messages
from honk.pipeline.context import StageContext
from honk.workspaces.base import Workspace

TITLE = 72
"""The longest first line of a commit message, the habit of git's own tools."""


@dataclass(frozen=True)
class Captured:
    """The workspace as git sees it now. `tree` is its tree object, in the mirror; `empty`: nothing differs from the
    base. `warnings` are sentences about files that are not part of it."""

    tree: str
    empty: bool
    warnings: tuple[str, ...] = ()


async def capture(ctx: StageContext, workspace: Workspace) -> Captured:
    """The workspace's files as a tree in the mirror. Raises WorkFailed for what must not be in a change (a symlink
    that leads outside, a huge file)."""
    session = ctx.session
    also = tuple(commit for commit in (session.change.head, session.change.base) if commit)
    now = await change.capture(ctx.mirror, workspace.tree, workspace.baseline, also=also)
    for warning in now.warnings:
        await ctx.record(events.NoteAdded(warning), f"warning-{warning}")
    return Captured(now.tree, now.tree == await repo_rules.tree_of(ctx, session.change.base), now.warnings)


async def commit(ctx: StageContext, now: str) -> Change:
    """The session's change with its head at the tree `now`: a new commit, or the present head where nothing has
    moved."""
    session = ctx.session
    known = session.change
    stat = await diff.stat(ctx.mirror, known.base, now)
    if known.head and await repo_rules.tree_of(ctx, known.head) == now and session.conflict is None:
        return replace(known, diffstat=stat)
    parents: tuple[str, ...] = (known.head or known.base,)
    if session.conflict is not None:
        onto = (session.conflict.base,)
        parents = onto if session.conflict.rewritten else (*parents, *onto)
    author = session.requester or person.AGENT
    head = await commits.commit(ctx.mirror, now, parents, author=author, committer=person.AGENT, message=_message(ctx))
    return replace(known, head=head, diffstat=stat)


async def with_message_for(ctx: StageContext, refusal: str) -> Change | None:
    """The session's change under a commit message that the server may accept, after it refused the push with
    `refusal`; what was not pushed yet becomes one commit. None where the refusal is not about the message."""
    session, mirror = ctx.session, ctx.mirror
    known, author = session.change, session.requester or person.AGENT
    message = await commits.message_of(mirror, known.head)
    better = commit_messages.rewritten(
        message, refusal, accepted=title(session), requests=session.requests, author=author
    )
    if better.strip() == message.strip():
        return None
    first, *others = await commits.parents(mirror, known.head)
    if session.pushed and await commits.is_ancestor(mirror, session.pushed, first):
        first = session.pushed
    elif not session.pushed:
        first = known.base
    tree = await commits.tree_of(mirror, known.head)
    head = await commits.commit(mirror, tree, (first, *others), author=author, committer=person.AGENT, message=better)
    return replace(known, head=head)


def title(session: Session) -> str:
    """The first sentence of what the session is about, as a first line."""
    first = session.subject.strip().splitlines()[0].strip() if session.subject.strip() else "Change"
    return first if len(first) <= TITLE else f"{first[: TITLE - 1].rstrip()}…"


def trailers(ctx: StageContext) -> str:
    """Who and what made the change: `Key: value` lines as `git interpret-trailers` reads them."""
    session = ctx.session
    verified = ", ".join(verdict.name for verdict in session.verdicts if verdict.ok) or "nothing"
    rows = [
        f"Assisted-by: {ctx.services.agents[session.agent].label}",
        f"Honk-Session: {session.id}",
        f"Honk-Verified: {verified}",
        f"Honk-Version: {__version__}",
    ]
    if session.model:
        rows.insert(1, f"Honk-Model: {session.model}")
    others = {asker.email: asker for asker in session.askers}
    others.pop(session.requester.email if session.requester else "", None)
    return "\n".join([*(f"Co-authored-by: {other.name} <{other.email}>" for other in others.values()), *rows])


def _message(ctx: StageContext) -> str:
    session = ctx.session
    turn = ctx.turn if ctx.number else session.turns[-1]
    asked = session.said if turn.private else turn.text
    whole = not session.change.head or (session.conflict is not None and session.conflict.rewritten)
    subject = title(session) if whole else f"Follow up: {_line(asked)}"
    body = session.said.strip()
    return "\n\n".join(part for part in (subject, body, trailers(ctx)) if part) + "\n"


def _line(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(first) <= TITLE - 11 else f"{first[: TITLE - 12].rstrip()}…"


async def lay_out_conflict(ctx: StageContext, workspace: Workspace) -> None:
    """Where the base has moved into the change's way: put the merge with its markers into the workspace, and let the
    session stand on the new base."""
    session = ctx.session
    conflict = session.conflict
    if conflict is None or session.change.base == conflict.base:
        return
    now = (await capture(ctx, workspace)).tree
    if now != conflict.tree:
        merged = await _merge_of(ctx, now, conflict)
        also = tuple(each for each in (session.change.head,) if each)
        await checkout.materialise(ctx.mirror, merged, workspace.tree, workspace.baseline, also=also)
    prepared = events.WorkspacePrepared(conflict.base, session.change.base_branch, session.change.branch, True, 0.0)
    await ctx.record(prepared, "on-new-base")


async def _merge_of(ctx: StageContext, now: str, conflict: events.BaseConflicted) -> str:
    """The tree to lay out over `now`: work that is in the workspace and was not proposed yet is merged as well."""
    change = ctx.session.change
    if now == await commits.tree_of(ctx.mirror, change.head or change.base):
        return conflict.tree
    return (await commits.merge_trees(ctx.mirror, change.base, conflict.base, now)).tree
