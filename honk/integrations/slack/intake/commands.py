"""What commands and buttons do: merge, stop, roll back, approve, ask again, show changes.

Honk decides who may; a refusal is shown to the person alone.
"""

from collections.abc import Awaitable, Callable

from honk.conversation.texts import money, refused_by_policy
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.slack import texts
from honk.integrations.slack.client.payloads import ButtonPress, IncomingMessage
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.intake import button_values, modals
from honk.integrations.slack.intake.button_values import ButtonValue
from honk.integrations.slack.intake.command_words import CommandWord
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import block_kit, mrkdwn

LISTED = 10
"""Sessions in a channel's status."""

SUBJECT = 80


async def run_command(
    deps: SlackDependencies, message: IncomingMessage, person: Person, session: str, command: CommandWord
) -> None:
    """Run a command. Raises HonkError, whose text is for the person."""
    if command == "help":
        await deps.tell_person_once(message.claim, message.thread, message.user, help_text(deps))
        return
    if not session:
        if command != "status":
            raise UsageError(texts.no_session(command))
        await deps.tell_person_once(
            message.claim, message.thread, message.user, await channel_status(deps, message.thread.channel_ref)
        )
        return
    now = await deps.honk_client.session(session)
    match command:
        case "stop":
            await deps.honk_client.cancel(now.id, person, claim=message.claim)
        case "rollback":
            await deps.honk_client.rollback(now.id, person, claim=message.claim)
        case "status":
            await deps.tell_person_once(message.claim, message.thread, message.user, status(deps, now))
        case "approve":
            await deps.honk_client.approve(now.id, person, now.change.head)
            await deps.tell_person_once(message.claim, message.thread, message.user, texts.APPROVED)
        case "merge" | "merge looked":
            looked = command == "merge looked"
            if not looked and (reasons := to_look_at(now)):
                raise WorkFailed(texts.look_first(reasons))
            await _merge(deps, person, ButtonValue("merge", now.id, now.change.head, looked), message.claim)


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
        await _carry_out(deps, press, value, person)
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


async def _carry_out(deps: SlackDependencies, press: ButtonPress, value: ButtonValue, person: Person) -> None:
    honk_client, claim = deps.honk_client, press.claim
    match value.verb:
        case "merge":
            await _merge(deps, person, value, claim)
        case "rollback":
            await honk_client.rollback(value.session, person, claim=claim)
        case "stop":
            await honk_client.cancel(value.session, person, claim=claim)
        case "changes":
            await modals.show_changes(deps, press, await honk_client.session(value.session))
        case "ask":
            await modals.ask_for_changes(deps, press, await honk_client.session(value.session))
        case "retry" | "go_on" | "pick":
            text = {"retry": texts.TRY_AGAIN, "go_on": texts.GO_ON, "pick": value.pick}[value.verb]
            private = await deps.privacy.is_private(press.thread.channel) and not deps.settings.quote_private
            context = MessageContext(place=str(press.thread), private=private)
            await honk_client.reply(value.session, text, person, claim=claim, context=context)


async def _merge(deps: SlackDependencies, person: Person, value: ButtonValue, claim: str) -> None:
    """Order the merge, unless this person may not: they see that alone, it is no event of the thread."""
    now = await deps.honk_client.session(value.session)
    if not now.busy and (objection := await deps.objection(now, person)):
        raise WorkFailed(refused_by_policy(objection))
    await deps.honk_client.merge(value.session, person, head=value.head, confirmed=value.looked, claim=claim)


async def _already_running(deps: SlackDependencies, value: ButtonValue, error: HonkError) -> bool:
    """Whether an earlier press already does what was refused, so that there is nothing to explain."""
    if not isinstance(error, WorkFailed) or value.verb not in ("merge", "rollback"):
        return False
    now = await deps.store.session(value.session)
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
        for session in await deps.store.sessions()
        if session.id in here
    ]
    return "\n".join(rows[:LISTED]) or texts.NO_SESSIONS


def _short(text: str) -> str:
    return text if len(text) <= SUBJECT else f"{text[: SUBJECT - 1]}…"
