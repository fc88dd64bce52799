"""The human's word carried out: base + change tested together, then the branch moved to exactly the tested commit."""

from dataclasses import replace

from honk.conversation import branch_texts, texts
from honk.core import events, person, policy
from honk.core.ci import Check
from honk.core.errors import UsageError, WorkFailed
from honk.core.phase import Phase
from honk.core.verdict import green
from honk.forges.base import Behind, Waits
from honk.git import commits
from honk.git.commits import MergeResult
from honk.pipeline import post_merge, repo_rules, session_change
from honk.pipeline.branches import commit_messages, foreign_commits, rewritten_base
from honk.pipeline.ci import checks_review, ci_texts
from honk.pipeline.context import StageContext
from honk.pipeline.stages import check, propose
from honk.pipeline.verification import examination

TRIES = 5
"""How often the merge is tested anew when the base branch moves while it is being tested."""


async def run(ctx: StageContext) -> Phase:
    """To deploy. Raises WorkFailed with the reason when policy, the verifiers or the forge say no."""
    session, repo, forge = ctx.session, ctx.repo, ctx.forge
    word = (await ctx.last(events.MergeRequested)).data
    pull = await forge.pull(repo, session.change.number)
    if pull.state == "merged":
        await forge.fetch(repo, ctx.mirror)  # somebody may have merged it elsewhere
        return await post_merge.tested(ctx, word.person, pull.merged_sha, session.change.base)
    message = f"Merge: {session_change.title(session)}\n\n{session_change.trailers(ctx)}\n"
    for left in reversed(range(TRIES)):
        base = await forge.fetch(repo, ctx.mirror)
        if await foreign_commits.find(ctx) is not None:
            return await _with_foreign_commits(ctx)
        if (rewritten := await rewritten_base.find(ctx, base)) is not None:
            return await _onto_rewritten_base(ctx, rewritten)
        tested = await _tested(ctx, word, base, message)
        if not tested:
            return Phase.REVIEW
        try:
            sha = await forge.merge(repo, pull.number, ctx.mirror, base, tested, session.change.head)
        except Behind:
            # the next turn stands on both, and its commit has both as parents
            await ctx.record(events.BaseConflicted(base, await commits.tree_of(ctx.mirror, tested), ()), "behind")
            raise
        except Waits as waits:
            sha = await post_merge.by_queue(ctx, waits)
        except WorkFailed as refused:
            other = await _other_message(ctx, word, message, str(refused))
            if left and other != message:
                message = other
                continue
            if not left or await forge.fetch(repo, ctx.mirror) == base:
                raise
            continue
        return await post_merge.tested(ctx, word.person, sha, base)
    raise AssertionError("the last try returns or raises")


async def _with_foreign_commits(ctx: StageContext) -> Phase:
    """Others pushed to the branch since it was shown: take that in, and test and propose it. Raises WorkFailed, which
    asks for another look."""
    if paths := await foreign_commits.take_in(ctx, await foreign_commits.open_workspace(ctx)):
        prompt = events.TurnRequested(0, branch_texts.foreign_conflict_prompt(paths), person.AGENT)
        await ctx.services.store.reply(ctx.id, prompt, claim=f"{ctx.id}:{ctx.run}:foreign")
        return Phase.REVIEW
    await check.run(ctx)
    await propose.run(ctx)
    raise WorkFailed(branch_texts.moved_since_shown())


async def _onto_rewritten_base(ctx: StageContext, moved: events.BaseConflicted) -> Phase:
    """The base was rewritten: move the change onto it, test and propose that. Raises WorkFailed, which asks for another
    look."""
    workspace = await foreign_commits.open_workspace(ctx)
    await rewritten_base.note(ctx, moved)
    if moved.paths:
        prompt = events.TurnRequested(
            0, branch_texts.conflict_prompt(ctx.session.change.base_branch, moved.paths), person.AGENT
        )
        await ctx.services.store.reply(ctx.id, prompt, claim=f"{ctx.id}:{ctx.run}:rewritten")
        return Phase.REVIEW
    await session_change.lay_out_conflict(ctx, workspace)
    await check.run(ctx)
    await propose.run(ctx)
    raise WorkFailed(branch_texts.moved_since_shown())


async def _other_message(ctx: StageContext, word: events.MergeRequested, message: str, refusal: str) -> str:
    """The merge commit's message as the server may accept it: with the subject under which the change was pushed."""
    pushed = await commits.message_of(ctx.mirror, ctx.session.change.head)
    accepted = pushed.partition("\n")[0]
    other = commit_messages.rewritten(
        message, refusal, accepted=accepted, requests=ctx.session.requests, author=word.person
    )
    if other != message:
        await ctx.record(events.NoteAdded(branch_texts.message_rewritten(refusal)), "message-rewritten")
    return other


async def _tested(ctx: StageContext, word: events.MergeRequested, base: str, message: str) -> str:
    """A commit with `message` that merges the change into `base`, allowed by policy and tested; empty when the agent
    has to resolve a conflict first."""
    session = ctx.session
    known = await _known(ctx)
    await _policy(ctx, word, base, known or examination.Examined((), ()))
    merged = await commits.merge_tree(ctx.mirror, base, session.change.head)
    if merged.conflicts:
        await _back_to_the_agent(ctx, base, merged)
        return ""
    if known is None or base != session.change.base:
        await _policy(ctx, word, base, await _test_together(ctx, base, merged.tree))
    return await commits.commit(
        ctx.mirror,
        merged.tree,
        (base, session.change.head),
        author=word.person,
        committer=person.AGENT,
        message=message,
    )


async def _known(ctx: StageContext) -> examination.Examined | None:
    """What verifiers and guard said of exactly the head; None where they looked at something else since."""
    session = ctx.session
    if session.verified_tree != await commits.tree_of(ctx.mirror, session.change.head):
        return None
    return examination.Examined(session.verdicts, session.guard)


async def _policy(ctx: StageContext, word: events.MergeRequested, base: str, examined: examination.Examined) -> None:
    """Raise the rules' reasons when they refuse, by what the base branch says now.

    Approvals and the forge's own checks are asked now, not taken from our own log.
    """
    session, file = ctx.session, await repo_rules.at(ctx, base)
    case = policy.case(
        session,
        file.policy,
        word.person,
        may_write=await ctx.forge.may_write(ctx.repo, word.person),
        verified=True,
        shown=word.head,
        confirmed=word.confirmed,
    )
    approvers = await ctx.forge.approvers(ctx.repo, session.change.number, session.askers)
    case = replace(case, approvers=approvers, verdicts=examined.verdicts, findings=examined.findings)
    case = replace(case, checks=await _checks(ctx))
    ruling = policy.may_merge(case)
    if not ruling.ok:
        raise WorkFailed(texts.refused_by_policy(ruling.reason))


async def _checks(ctx: StageContext) -> tuple[Check, ...]:
    """What the forge's checks say now. Where it does not show them to us nothing is known, and they are not for us to
    judge: the forge itself does not merge without those that it asks for."""
    try:
        return await checks_review.look(ctx)
    except (UsageError, WorkFailed) as error:
        await ctx.record(events.NoteAdded(ci_texts.checks_unseen(str(error)), bad=True), "checks-unseen")
        return ctx.session.ci


async def _back_to_the_agent(ctx: StageContext, base: str, merged: MergeResult) -> None:
    """A conflict: the agent resolves it once; at the second one in a row a person decides."""
    session = ctx.session
    base_branch = session.change.base_branch
    sent = session.sent_back
    if any(turn.person == person.AGENT and not (sent and sent.turn == turn.number) for turn in session.turns[-1:]):
        raise WorkFailed(branch_texts.conflict_again(base_branch, merged.conflicts))
    await ctx.record(events.NoteAdded(branch_texts.conflict_first(base_branch, merged.conflicts)), "conflict-noted")
    await ctx.record(events.BaseConflicted(base, merged.tree, merged.conflicts), "conflict")
    prompt = events.TurnRequested(0, branch_texts.conflict_prompt(base_branch, merged.conflicts), person.AGENT)
    await ctx.services.store.reply(ctx.id, prompt, claim=f"{ctx.id}:{ctx.run}:conflict")


async def _test_together(ctx: StageContext, base: str, tested: str) -> examination.Examined:
    """The base has moved on: examine the merge in a fork of its own, by the base's rules as they are now.

    Raises WorkFailed when it is red; a reply then starts from the two merged.
    """
    plan = await repo_rules.plan(ctx, base)
    examined = await examination.examine(ctx, plan, tested)
    await ctx.record(events.Verified(0, "merge", tested, examined.verdicts, examined.findings))
    if not green(examined.verdicts):
        await ctx.record(events.BaseConflicted(base, tested, ()), "red-together")
        raise WorkFailed(texts.red_with_base(ctx.session.change.base_branch, examined.verdicts))
    return examined
