"""The forge reports that a person merged the pull request there: Honk deploys and watches the change."""

from dataclasses import replace

from honk.client import Call
from honk.commands import merge, note
from honk.commands.base import CommandContext, check_idle
from honk.conversation import texts
from honk.core import events
from honk.core.errors import HonkError
from honk.core.phase import Phase
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """`call.person` merged the commit `call.head`; `call.text` becomes a note, `call.claim` is required. When the merge
    command is refused, the reason becomes a note. Raises WorkFailed while Honk works on the session."""
    session = await at.store.session(call.session)
    claim, head = call.claim, session.change.head
    check_idle(session)
    if session.phase == Phase.CLOSED:
        await at.store.record(session.id, events.PhaseEntered(Phase.REVIEW), key=f"{claim}:open", check=check_idle)

    async def add_note(text: str, key: str, *, bad: bool = False) -> None:
        await note.run(at, Call(session.id, call.person, text, claim=f"{claim}:{key}", bad=bad))

    await add_note(call.text, "note")
    if call.head != head:
        await add_note(texts.merged_other(call.head, head), call.head, bad=True)
    try:
        return await merge.run(at, replace(call, session=session.id, head=head))
    except HonkError as error:
        await add_note(str(error), "refused", bad=True)
        return session
