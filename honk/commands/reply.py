"""The next turn of a session. In a paused session it also raises the budget by the first limit."""

from honk.client import Call
from honk.commands.base import CommandContext, check_text
from honk.conversation import texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.core.phase import SHIPPED, Phase
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Refused when the session is over or while its change is merged."""
    check_text(call.text)
    session = await at.store.session(call.session)
    if session.phase in SHIPPED:
        raise WorkFailed(texts.session_over(session.phase))
    if session.busy and session.current is None:
        raise WorkFailed(texts.still_working(session.phase))
    if session.phase == Phase.PAUSED and session.current is None:
        await _raise_budget(at, session, call.person)
    asked = events.TurnRequested(0, call.text, call.person, context=call.context)
    await at.store.reply(session.id, asked, call.claim)
    return await at.queued(session.id)


async def _raise_budget(at: CommandContext, session: Session, person: Person) -> None:
    await at.check_participant(session, person)
    reached = [each.data for each in await at.store.events(session.id, 0, events.BudgetReached)]
    first, last = (data for data in (reached[0], reached[-1]) if isinstance(data, events.BudgetReached))
    # One request may cost more than the limit: the new limit is on top of what the session has cost.
    limit = max(last.limit, session.cost.usd) + first.limit
    await at.store.record(session.id, events.BudgetRaised(limit, person))
