"""What commands and buttons do: those of `conversation.commands`, and what only Slack shows.

Honk decides who may; a refusal is shown to the person alone.
"""

from collections.abc import Awaitable, Callable

from honk.conversation.commands import BY_NAME, Call, Command
from honk.conversation.texts import money, refused_by_policy
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.message_context import NO_CONTEXT
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.slack import texts
from honk.integrations.slack.client.payloads import ButtonPress, IncomingMessage
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.intake import button_values, modals
from honk.integrations.slack.intake.button_values import ButtonValue, ButtonVerb
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import block_kit, mrkdwn

LISTED = 10
"""Sessions in a channel's status."""

SUBJECT = 80

_COMMANDS: dict[ButtonVerb, str] = {
    "merge": "merge",
    "rollback": "rollback",
    "stop": "cancel",
    "retry": "try again",
    "go_on": "go on",
    "pick": "reply",
}
_REPLIES = ("retry", "go_on", "pick")


async def run_command(
    deps: SlackDependencies, message: IncomingMessage, person: Person, session: str, command: Command
) -> None:
    """Run a command. Raises HonkError, whose text is for the person."""

    async def show(text: str) -> None:
        await deps.show_once_to(message.claim, message.thread, message.user, text)

    if command.name == "help":
        return await show(help_text(deps))
    if not session:
        if command.name != "status":
            raise UsageError(texts.no_session(command.words[0]))
        return await show(await channel_status(deps, message.thread.channel_ref))
    now = await deps.honk_client.session(session)
    if command.run is None:
        return await show(status(deps, now))
    if command.name == "merge" and (reasons := to_look_at(now)):
        raise WorkFailed(texts.look_first(reasons))
    if command.name in ("merge", "merge looked"):
        await _check_person(deps, now, person)
    await command.run(deps.honk_client, Call(now.id, person, head=now.change.head, claim=message.claim))
    if command.name == "approve":
        await show(texts.APPROVED)
    return None


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
        await _check_person(deps, await client.session(value.session), person)
    context = await deps.context_of(press.thread) if value.verb in _REPLIES else NO_CONTEXT
    call = Call(value.session, person, value.pick, value.head, value.looked, press.claim, context=context)
    command = BY_NAME[_COMMANDS[value.verb]]
    assert command.run is not None
    await command.run(client, call)
    return None


async def _check_person(deps: SlackDependencies, now: Session, person: Person) -> None:
    """Raise WorkFailed when this person may not merge: they see that alone, it is no event of the thread."""
    if not now.busy and (objection := await deps.objection(now, person)):
        raise WorkFailed(refused_by_policy(objection))


async def _already_running(deps: SlackDependencies, value: ButtonValue, error: HonkError) -> bool:
    """Whether an earlier press already does what was refused, so that there is nothing to explain."""
    if not isinstance(error, WorkFailed) or value.verb not in ("merge", "rollback"):
        return False
    now = await deps.honk_client.session(value.session)
    if value.verb == "merge":
        return value.head == now.change.head and now.phase in (Phase.MERGE, Phase.DEPLOY)
    return now.phase == Phase.ROLLBACK


def to_look_at(session: Session) -> tuple[str, ...]:
    """The findings that somebody has to look at before this merges; none when somebody else has approved it."""
    asked = {person.id for person in session.askers}
    if any(given.head == session.change.head and given.person.id not in asked for given in session.approvals):
        return ()
    return tuple(
        f"{finding.path}: {finding.reason}" if finding.path else finding.reason
        for finding in session.guard
        if finding.severity == "flag"
    )


def help_text(deps: SlackDependencies) -> str:
    """What can be message, as markup."""
    return texts.help_text(deps.team.bot_name, deps.settings.reaction)


def status(deps: SlackDependencies, session: Session) -> str:
    """A session's state, as markup."""
    link = mrkdwn.link(deps.page(session.id), "Open the full session", deps.origins)
    return texts.status(session.phase.value, mrkdwn.code(session.repo), money(session.cost.usd), link)


async def channel_status(deps: SlackDependencies, channel_ref: str) -> str:
    """The latest sessions of a channel, as markup."""
    here = {
        session
        for thread, session in await deps.store.threads.places(surface="slack")
        if thread.startswith(f"{channel_ref}/")
    }
    rows = [
        f"• *{session.phase.value.replace('_', ' ')}* {mrkdwn.line(_short(session.subject), deps.hide)}"
        for session in await deps.honk_client.sessions()
        if session.id in here
    ]
    return "\n".join(rows[:LISTED]) or texts.NO_SESSIONS


def _short(text: str) -> str:
    return text if len(text) <= SUBJECT else f"{text[: SUBJECT - 1]}…"
