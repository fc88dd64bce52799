"""Merge exactly one commit. The merge stage asks the policy of the base branch later, and reports a refusal."""

from honk.client import Call
from honk.commands.base import CommandContext, check_idle, unchanged_since
from honk.conversation import texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Queue a merge of `call.head`, by default the present one. `call.confirmed`: the person has looked at what the
    guard flagged. Refused when there is nothing to merge or when the head has changed."""
    session = await at.store.session(call.session)
    if await at.delivered(session, call.claim):
        return session
    if session.ship.merged_sha and not session.ship.untested:
        raise WorkFailed(texts.already_merged(session.ship.merged_sha))
    check_idle(session)
    if not session.change.number:
        raise WorkFailed(texts.nothing_to_merge())
    if call.head and call.head != session.change.head:
        raise WorkFailed(texts.stale_merge(call.head, session.change.head))
    requested = events.MergeRequested(session.change.head, call.person, call.confirmed)
    await at.store.record(session.id, requested, key=call.claim, check=unchanged_since(session))
    return await at.queued(session.id)
