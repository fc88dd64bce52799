"""Words and buttons that order something: merge, stop, roll back, approve, and what else a button can say.

Who may is decided by the house; what it answers with is for the person who spoke, and nobody else.
"""

from collections.abc import Callable

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
    deps: SlackDependencies, said: IncomingMessage, person: Person, session: str, command: CommandWord
) -> None:
    """Do what a word alone asks for. Raises HonkError, whose text is for the person."""
    if command == "help":
        await deps.tell_person_once(said.claim, said.thread, said.user, help_text(deps))
        return
    if not session:
        if command != "status":
            raise UsageError(texts.no_session(command))
        await deps.tell_person_once(said.claim, said.thread, said.user, channel_status(deps, said.thread.channel_ref))
        return
    now = await deps.honk_client.session(session)
    match command:
        case "stop":
            await deps.honk_client.cancel(now.id, person, claim=said.claim)
        case "rollback":
            await deps.honk_client.rollback(now.id, person, claim=said.claim)
        case "status":
            await deps.tell_person_once(said.claim, said.thread, said.user, status(deps, now))
        case "approve":
            await deps.honk_client.approve(now.id, person, now.change.head)
            await deps.tell_person_once(said.claim, said.thread, said.user, texts.approved())
        case "merge" | "merge looked":
            looked = command == "merge looked"
            if not looked and (reasons := to_look_at(now)):
                raise WorkFailed(texts.look_first(reasons))
            await _merge(deps, person, ButtonValue("merge", now.id, now.change.head, looked), said.claim)


async def run_button(deps: SlackDependencies, pressed: ButtonPress) -> None:
    """Do what a button says. Everything that is refused is told to whoever pressed it."""
    await deps.single_flight.run(pressed.claim, lambda: _press(deps, pressed))


async def _press(deps: SlackDependencies, pressed: ButtonPress) -> None:
    order = order_of(pressed, deps.store.threads.session)
    if order is not None and order.verb == "open":
        return
    try:
        person = await deps.people.person(pressed.user, pressed.user_team)
        if order is None:
            raise UsageError(texts.unreadable_press())
        await _carry_out(deps, pressed, order, person)
    except AccountRefused as refusal:
        if str(refusal):
            await deps.refuse(pressed.claim, pressed.thread, pressed.user, refusal)
    except HonkError as error:
        if order is None or not _under_way(deps, order, error):
            await deps.refuse(pressed.claim, pressed.thread, pressed.user, error)


def order_of(pressed: ButtonPress, session_at: Callable[[str], str]) -> ButtonValue | None:
    """What the press says; None for what is not, or no longer, ours. The menu of repositories names no session: it
    stands in its thread."""
    if pressed.action != block_kit.MENU_ACTION:
        return button_values.parse(pressed.action, pressed.value)
    session = session_at(str(pressed.thread))
    return ButtonValue("pick", session, pick=pressed.value) if session and pressed.value else None


async def _carry_out(deps: SlackDependencies, pressed: ButtonPress, order: ButtonValue, person: Person) -> None:
    honk_client, claim = deps.honk_client, pressed.claim
    match order.verb:
        case "merge":
            await _merge(deps, person, order, claim)
        case "rollback":
            await honk_client.rollback(order.session, person, claim=claim)
        case "stop":
            await honk_client.cancel(order.session, person, claim=claim)
        case "changes":
            await modals.show_changes(deps, pressed, await honk_client.session(order.session))
        case "ask":
            await modals.ask_for_changes(deps, pressed, await honk_client.session(order.session))
        case "retry" | "go_on" | "pick":
            text = {"retry": texts.try_again(), "go_on": texts.go_on(), "pick": order.pick}[order.verb]
            private = await deps.privacy.is_private(pressed.thread.channel) and not deps.settings.quote_private
            context = MessageContext(place=str(pressed.thread), private=private)
            await honk_client.reply(order.session, text, person, claim=claim, context=context)


async def _merge(deps: SlackDependencies, person: Person, order: ButtonValue, claim: str) -> None:
    """Give the word, unless it is no word of this person's: that is for them to read, and not for the thread."""
    now = await deps.honk_client.session(order.session)
    if not now.busy and (objection := await deps.objection(now, person)):
        raise WorkFailed(refused_by_policy(objection))
    await deps.honk_client.merge(order.session, person, head=order.head, confirmed=order.looked, claim=claim)


def _under_way(deps: SlackDependencies, order: ButtonValue, error: HonkError) -> bool:
    """Whether what was refused is being done already for an earlier press: there is nothing to explain."""
    if not isinstance(error, WorkFailed) or order.verb not in ("merge", "rollback", "stop"):
        return False
    now = deps.store.session(order.session)
    match order.verb:
        case "merge":
            return order.head == now.change.head and now.phase in (Phase.MERGE, Phase.DEPLOY)
        case "rollback":
            return now.phase == Phase.ROLLBACK
    return False


def to_look_at(session: Session) -> tuple[str, ...]:
    """What somebody has to look at before this merges, unless others have approved it."""
    asked = {person.id for person in session.askers}
    if any(given.head == session.change.head and given.person.id not in asked for given in session.approvals):
        return ()
    return tuple(
        f"{finding.path}: {finding.reason}" if finding.path else finding.reason
        for finding in session.guard
        if finding.severity == "flag"
    )


def help_text(deps: SlackDependencies) -> str:
    """What can be said, as markup."""
    return texts.help_text(deps.team.bot_name, deps.settings.reaction)


def status(deps: SlackDependencies, session: Session) -> str:
    """Where a session is, as markup."""
    link = mrkdwn.link(deps.page(session.id), "The whole of it", deps.origins)
    return texts.status(session.phase.value, mrkdwn.code(session.repo), money(session.cost.usd), link)


def channel_status(deps: SlackDependencies, room: str) -> str:
    """The latest sessions of a channel, as markup."""
    here = {session for thread, session in deps.store.threads.places(surface="slack") if thread.startswith(f"{room}/")}
    rows = [
        f"• *{session.phase.value.replace('_', ' ')}* {mrkdwn.line(_short(session.subject), deps.hide)}"
        for session in deps.store.sessions()
        if session.id in here
    ]
    return texts.sessions(rows[:LISTED]) if rows else texts.nothing_here()


def _short(text: str) -> str:
    return text if len(text) <= SUBJECT else f"{text[: SUBJECT - 1]}…"
