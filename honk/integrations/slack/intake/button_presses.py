"""What a pressed button does: a command of `conversation.commands`, or a window that opens.

Honk decides who may; a refusal is shown to the person alone.
"""

from collections.abc import Awaitable, Callable

from honk.client import Call
from honk.conversation.commands import BY_NAME
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.message_context import NO_CONTEXT
from honk.core.person import Person
from honk.core.phase import Phase
from honk.integrations.slack import texts
from honk.integrations.slack.client.payloads import ButtonPress
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.intake import button_values, modals
from honk.integrations.slack.intake.button_values import ButtonValue, ButtonVerb
from honk.integrations.slack.intake.commands import check_person
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import block_kit

_COMMANDS: dict[ButtonVerb, str] = {
    "merge": "merge",
    "rollback": "rollback",
    "stop": "cancel",
    "retry": "try again",
    "go_on": "go on",
    "pick": "reply",
}


async def run_button(deps: SlackDependencies, press: ButtonPress) -> None:
    """Run a pressed button, once. The person who pressed it sees a refusal."""
    await deps.single_flight.run(press.claim, lambda: _press(deps, press))


async def _press(deps: SlackDependencies, press: ButtonPress) -> None:
    value = await button_value(press, deps.store.threads.session)
    if value is not None and value.verb == "open":
        return
    try:
        person = await deps.people.person(press.user, press.user_team)
        if value is None:
            raise UsageError(texts.UNKNOWN_BUTTON)
        await _run(deps, press, value, person)
    except AccountRefused as refusal:
        if str(refusal):
            await deps.refuse(press.claim, press.thread, press.user, refusal)
    except HonkError as error:
        if value is None or not await _already_running(deps, value, error):
            await deps.refuse(press.claim, press.thread, press.user, error)


async def button_value(press: ButtonPress, session_at: Callable[[str], Awaitable[str]]) -> ButtonValue | None:
    """The button's value; None for a button that Honk does not know (any more). The menu of repositories has no value:
    its session is that of the thread."""
    if press.action != block_kit.MENU_ACTION:
        return button_values.parse(press.action, press.value)
    session = await session_at(str(press.thread))
    return ButtonValue("pick", session, pick=press.value) if session and press.value else None


async def _run(deps: SlackDependencies, press: ButtonPress, value: ButtonValue, person: Person) -> None:
    client = deps.honk_client
    if value.verb == "changes":
        return await modals.show_changes(deps, press, await client.session(value.session))
    if value.verb == "ask":
        return await modals.ask_for_changes(deps, press, await client.session(value.session))
    if value.verb == "merge":
        await check_person(deps, await client.session(value.session), person)
    command = BY_NAME[_COMMANDS[value.verb]]
    context = await deps.context_of(press.thread) if command.replies else NO_CONTEXT
    call = Call(value.session, person, value.pick, value.head, value.looked, press.claim, context=context)
    await command.run(client, call)
    return None


async def _already_running(deps: SlackDependencies, value: ButtonValue, error: HonkError) -> bool:
    """Whether an earlier press already does what was refused, so that there is nothing to explain."""
    if not isinstance(error, WorkFailed) or value.verb not in ("merge", "rollback"):
        return False
    now = await deps.honk_client.session(value.session)
    if value.verb == "merge":
        return value.head == now.change.head and now.phase in (Phase.MERGE, Phase.DEPLOY)
    return now.phase == Phase.ROLLBACK
