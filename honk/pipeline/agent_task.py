"""What the agent is told at the start of a turn."""

from honk.agents import prompt
from honk.agents.base import FencedText
from honk.conversation import texts
from honk.core import events, person
from honk.core.phase import Phase
from honk.core.session import Turn
from honk.git import mirror
from honk.pipeline import attachments
from honk.pipeline.context import StageContext

NOTES = ("AGENTS.md", "CLAUDE.md")
"""Where repositories keep hints for agents. Read from the base branch, and shown as data."""


async def message(ctx: StageContext) -> str:
    """The turn's message. Words that no agent has heard yet are said with it: a question was asked back first, or
    something was missing."""
    turn, conflict = ctx.turn, ctx.session.conflict
    parts = [texts.interrupted()] if await _interrupted(ctx) else []
    newest = await ctx.services.store.newest(ctx.id, events.BranchMoved)
    moved = newest.data if newest is not None else None
    if isinstance(moved, events.BranchMoved) and moved.head and moved.turn == turn.number:
        parts.append(prompt.branch_moved(moved.authors, moved.conflicts))
    if conflict is not None:
        parts.append(prompt.conflict(conflict.paths, ctx.session.change.base_branch, rewritten=conflict.rewritten))
    if conflict is None or turn.person != person.AGENT:
        parts.append(await _plain(ctx, turn))
    return "\n\n".join(parts)


async def _plain(ctx: StageContext, turn: Turn) -> str:
    not_yet_given = _not_yet_given(ctx)
    text = "\n\n".join(earlier.text for earlier in (*not_yet_given, turn))
    author = not_yet_given[0].person if not_yet_given else turn.person
    context = attachments.fences(await attachments.contexts(ctx), (*not_yet_given, turn))
    private = any(said.private for said in (*not_yet_given, turn))
    say = prompt.follow_up if ctx.session.conversation else prompt.request
    return say(text, author, context, private=private)


def recap(ctx: StageContext) -> str:
    """What an agent without a memory of the session has to know; empty in the first turn."""
    earlier = [turn for turn in _earlier(ctx) if turn.person != person.AGENT]
    return prompt.recap((turn.person, turn.text, turn.summary) for turn in earlier) if earlier else ""


async def notes(ctx: StageContext, commit: str) -> list[FencedText]:
    """The repository's own hints, as the base branch has them."""
    repository = ctx.mirror

    async def find() -> list[FencedText]:
        async with mirror.opened(repository, commit) as files:
            found = [(name, await files.read(name)) for name in NOTES]
        return [FencedText(name, data.decode(errors="replace")) for name, data in found if data]

    return await ctx.services.commit_cache.ask(("notes", repository, commit), find)


def _earlier(ctx: StageContext) -> list[Turn]:
    """The turns before this one, without those of people who were refused: their words grant nothing later either."""
    let_in = {asker.id for asker in (*ctx.session.askers, ctx.turn.person, person.AGENT)}
    return [turn for turn in ctx.session.turns if turn.number < ctx.number and turn.person.id in let_in]


def _not_yet_given(ctx: StageContext) -> tuple[Turn, ...]:
    """The turns right before this one that no agent was started with. What was taken back is left out, but for the
    request itself: without it nobody knows what the session is about."""
    earlier = _earlier(ctx)
    start = len(earlier)
    while start and not earlier[start - 1].given_to_agent:
        start -= 1
    said = (turn for turn in earlier[start:] if turn.person != person.AGENT)
    return tuple(turn for turn in said if turn.outcome != Phase.CANCELLED or turn.number == 1)


async def _interrupted(ctx: StageContext) -> bool:
    """The agent was started in this turn before, and has not ended it."""
    store = ctx.services.store
    started = await store.newest(ctx.id, events.AgentStarted)
    if started is None:
        return False
    phases = await store.events(ctx.id, started.seq, events.PhaseEntered)
    return not any(isinstance(each.data, events.PhaseEntered) and each.data.phase == Phase.PREPARE for each in phases)
