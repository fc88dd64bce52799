"""The forge's own checks of one session's head: what they found, and what follows from it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from honk.agents import prompt
from honk.core import ci, events, person
from honk.core.ci import Check, Look
from honk.core.events import EventData
from honk.core.message_context import MessageContext, Quote
from honk.core.phase import Phase
from honk.core.session import Session
from honk.forges.checks import Checks
from honk.git import commits
from honk.pipeline.ci import ci_texts as words
from honk.pipeline.ci import drafts, polling
from honk.pipeline.context import StageContext
from honk.verify import excerpt

EXPLAINED = 5
"""Of so many red checks the logs are read; the others are named."""

BASES = 3
"""So many commits of the base branch, from the change's own base back, are asked whether a check was red before."""

GRACE_SECONDS = 60.0
"""So long a forge that expects no checks may take to come up with one all the same."""


class Gone(Exception):  # noqa: N818 - a state, not a mistake
    """The session has gone on meanwhile: what was found out is of an earlier head."""


async def look(ctx: StageContext) -> tuple[Check, ...]:
    """What the forge says of the session's head now, told to the session where it is news. Nothing where the forge
    checks nothing. Raises what the forge raises."""
    forge, session = ctx.forge, ctx.session
    if not isinstance(forge, Checks):
        return ()
    change = session.change
    before = session.ci if session.ci_of == change.head else ()
    now = await forge.checks(ctx.repo, change.head, change.base_branch)
    checks = await _explained(ctx, forge, before, ci.remembered(before, now))
    await tell(ctx, change.head, checks)
    return checks


async def step(ctx: StageContext, forge: Checks, waited: float) -> bool:
    """Look at the head that was proposed `waited` seconds ago and do what follows; whether nothing is left to do until
    somebody else does something."""
    session = ctx.session
    if _on_its_way(session):
        await _ask_agent(ctx, session)
        return True
    head, checks = session.change.head, await look(ctx)
    settings = ctx.services.github
    expected = bool(checks) or await drafts.expects_checks(ctx, forge)
    seen = Look(
        checks,
        expected,
        waited,
        settings.ci_minutes * 60,
        rounds=session.ci_rounds,
        most=0 if session.conflict else settings.ci_rounds,
        tried=_tried(session),
    )
    match ci.step(seen):
        case "nothing":
            if waited > GRACE_SECONDS and await drafts.was_one(ctx):
                await drafts.ready(ctx, forge)
            return waited > GRACE_SECONDS
        case "rerun":
            await _run_again(ctx, forge, checks)
            return False
        case "wait" if unclear := [check.name for check in ci.blamed(checks) if check.unclear and check.again]:
            await ctx.record(events.NoteAdded(words.checks_unclear(unclear)), f"unclear-{head}")
            return False
        case "late":
            names = [check.name for check in ci.pending(checks)]
            await ctx.record(events.NoteAdded(words.checks_late(names, settings.ci_minutes), bad=True), f"late-{head}")
            return False
        case "green":
            await drafts.ready(ctx, forge)
            return True
        case "fix":
            await drafts.unready(ctx, forge)
            await _send_back(ctx, checks)
            return True
        case "person":
            await _for_a_person(ctx, forge, checks)
            return True
    return False


async def waits_for_checks(ctx: StageContext, commit: str) -> bool:
    """Whether checks that the base branch's rules ask for have no answer for `commit` yet."""
    forge, branch = ctx.forge, ctx.session.change.base_branch or ctx.repo.default_branch
    if not isinstance(forge, Checks):
        return False
    return bool(ci.waited_for(await forge.checks(ctx.repo, commit, branch)))


async def checks_done(ctx: StageContext, commit: str) -> None:
    """Wait until they have one, as long as checks are waited for at all."""

    async def done() -> bool | None:
        return None if await waits_for_checks(ctx, commit) else True

    await polling.until(ctx, commit, done, ctx.services.github.ci_minutes * 60)


async def tell(ctx: StageContext, head: str, checks: tuple[Check, ...]) -> None:
    """Record what is known of `head`, unless the session knows it."""
    session = await ctx.refresh()
    if session.change.head == head and (session.ci_of, session.ci) != (head, checks):
        await ctx.record(events.ForgeChecksRead(head, checks))


async def record(ctx: StageContext, data: EventData, key: str, head: str) -> None:
    """Record `data` about `head`, once. Raises Gone when the session is no longer there."""
    await ctx.record(data, key, _still(head))


def still_there(session: Session, head: str) -> bool:
    """A person is waited for, with this head."""
    return session.phase == Phase.REVIEW and session.current is None and session.change.head == head


def _still(head: str) -> Callable[[Session], None]:
    def check(now: Session) -> None:
        if not still_there(now, head):
            raise Gone

    return check


async def _explained(
    ctx: StageContext, forge: Checks, before: tuple[Check, ...], now: tuple[Check, ...]
) -> tuple[Check, ...]:
    """With what there is to know of the red ones: whether they are red on the base, and what their logs say."""
    known = {check.name for check in before if check.state == "red"}
    fresh = [
        check.name
        for check in now
        if check.state == "red" and (check.unclear or not (check.name in known and check in before))
    ]
    if not fresh:
        return now
    on_base = await _on_base(ctx, forge, fresh)
    told: dict[str, str] = {check.name: check.excerpt for check in now if check.excerpt}
    for name in [name for name in fresh if name not in told and not _red(on_base.get(name))][:EXPLAINED]:
        told[name] = excerpt.failure(await forge.log(ctx.repo, ctx.session.change.head, name))
    return tuple(
        _compared(check, on_base.get(check.name), told.get(check.name, "")) if check.name in fresh else check
        for check in now
    )


def _compared(check: Check, base: Check | None, told: str) -> Check:
    unclear = base is not None and ci.under_way(base)
    return replace(check, on_base=_red(base), unclear=unclear, excerpt=told)


def _red(check: Check | None) -> bool:
    return check is not None and check.state == "red"


async def _on_base(ctx: StageContext, forge: Checks, names: Sequence[str]) -> dict[str, Check]:
    """What the base says of the checks `names`. Where one has no answer there, the newest commit before it that has one
    speaks for it; where none has, one that is under way."""
    commit, branch = ctx.session.change.base, ctx.session.change.base_branch
    found: dict[str, Check] = {}
    for _ in range(BASES):
        for check in await forge.checks(ctx.repo, commit, branch):
            before = found.get(check.name)
            if check.name in names and (before is None or (check.finished and not before.finished)):
                found[check.name] = check
        above = await commits.parents(ctx.mirror, commit)
        if not above or all(name in found and found[name].finished for name in names):
            break
        commit = above[0]
    return found


async def _run_again(ctx: StageContext, forge: Checks, checks: tuple[Check, ...]) -> None:
    """Once for each head: what is green then is flaky. What cannot be run again counts as it is."""
    head, names = ctx.session.change.head, _names(check for check in ci.blamed(checks) if not check.again)
    again = await forge.run_again(ctx.repo, head, names)
    if again:
        await ctx.record(events.NoteAdded(words.checks_again(sorted(again))), f"again-{head}-{sorted(again)}")
    await tell(ctx, head, ci.tried_again(ci.asked_again(checks, again), set(names) - again))


async def _for_a_person(ctx: StageContext, forge: Checks, checks: tuple[Check, ...]) -> None:
    """Said once; after that it is theirs, and so is what they make of the pull request."""
    session = ctx.session
    key = f"person-{session.change.head}-{len(session.turns)}"
    if await ctx.services.store.has(ctx.id, f"{ctx.run}:{key}"):
        return
    await drafts.unready(ctx, forge)
    await ctx.record(
        events.NoteAdded(words.checks_for_a_person(_names(ci.blamed(checks)), session.ci_rounds), bad=True), key
    )


async def _send_back(ctx: StageContext, checks: tuple[Check, ...]) -> None:
    """To the agent, as a turn of Honk's own; first noted, so that a crash in between neither loses nor doubles it."""
    session = ctx.session
    turn = len(session.turns) + 1
    sent = events.ChecksSentToAgent(session.change.head, tuple(_names(ci.blamed(checks))), turn)
    await record(ctx, sent, f"sent-{sent.head}-{turn}", sent.head)
    await _ask_agent(ctx, ctx.session)


async def _ask_agent(ctx: StageContext, session: Session) -> None:
    sent = session.sent_back
    assert sent is not None
    red = [check for check in session.ci if check.name in sent.names]
    quotes = tuple(
        Quote(ctx.repo.forge, check.excerpt or "(It printed nothing.)", f"the end of what check {check.name} printed")
        for check in red
    )
    text = prompt.forge_checks_failed(sent.names, ctx.services.github.ci_rounds - session.ci_rounds)
    asked = events.TurnRequested(0, text, person.AGENT, context=MessageContext(link=session.change.url, quotes=quotes))
    await ctx.services.store.reply(ctx.id, asked, claim=f"{ctx.id}:ci:{sent.head}:{sent.turn}")


def _on_its_way(session: Session) -> bool:
    """It was noted that the agent is sent back, and then we died."""
    sent = session.sent_back
    return sent is not None and sent.head == session.change.head and sent.turn == len(session.turns) + 1


def _tried(session: Session) -> bool:
    """The last turn was for this very head, and has left it as it was."""
    sent = session.sent_back
    return sent is not None and sent.head == session.change.head and sent.turn == len(session.turns)


def _names(checks: Iterable[Check]) -> list[str]:
    return [check.name for check in checks]
