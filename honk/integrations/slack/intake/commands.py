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
from honk.integrations.slack.client.payloads import Pressed, Said
from honk.integrations.slack.client.people import NotServed
from honk.integrations.slack.intake import button_values, modals
from honk.integrations.slack.intake.button_values import Press
from honk.integrations.slack.intake.command_words import Command
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import block_kit, mrkdwn

LISTED = 10
"""Sessions in a channel's status."""

SUBJECT = 80


async def obey(desk: SlackDependencies, said: Said, person: Person, session: str, command: Command) -> None:
    """Do what a word alone asks for. Raises HonkError, whose text is for the person."""
    if command == "help":
        await desk.tell_once(said.claim, said.place, said.user, help_text(desk))
        return
    if not session:
        if command != "status":
            raise UsageError(texts.no_session(command))
        await desk.tell_once(said.claim, said.place, said.user, channel_status(desk, said.place.room))
        return
    now = await desk.honk_client.session(session)
    match command:
        case "stop":
            await desk.honk_client.cancel(now.id, person, claim=said.claim)
        case "rollback":
            await desk.honk_client.rollback(now.id, person, claim=said.claim)
        case "status":
            await desk.tell_once(said.claim, said.place, said.user, status(desk, now))
        case "approve":
            await desk.honk_client.approve(now.id, person, now.change.head)
            await desk.tell_once(said.claim, said.place, said.user, texts.approved())
        case "merge" | "merge looked":
            looked = command == "merge looked"
            if not looked and (reasons := to_look_at(now)):
                raise WorkFailed(texts.look_first(reasons))
            await _merge(desk, person, Press("merge", now.id, now.change.head, looked), said.claim)


async def press(desk: SlackDependencies, pressed: Pressed) -> None:
    """Do what a button says. Everything that is refused is told to whoever pressed it."""
    await desk.once.run(pressed.claim, lambda: _press(desk, pressed))


async def _press(desk: SlackDependencies, pressed: Pressed) -> None:
    order = order_of(pressed, desk.store.threads.session)
    if order is not None and order.verb == "open":
        return
    try:
        person = await desk.people.person(pressed.user, pressed.user_team)
        if order is None:
            raise UsageError(texts.unreadable_press())
        await _carry_out(desk, pressed, order, person)
    except NotServed as refusal:
        if str(refusal):
            await desk.refuse(pressed.claim, pressed.place, pressed.user, refusal)
    except HonkError as error:
        if order is None or not _under_way(desk, order, error):
            await desk.refuse(pressed.claim, pressed.place, pressed.user, error)


def order_of(pressed: Pressed, session_at: Callable[[str], str]) -> Press | None:
    """What the press says; None for what is not, or no longer, ours. The menu of repositories names no session: it
    stands in its thread."""
    if pressed.action != block_kit.MENU_ACTION:
        return button_values.parse(pressed.action, pressed.value)
    session = session_at(str(pressed.place))
    return Press("pick", session, pick=pressed.value) if session and pressed.value else None


async def _carry_out(desk: SlackDependencies, pressed: Pressed, order: Press, person: Person) -> None:
    honk_client, claim = desk.honk_client, pressed.claim
    match order.verb:
        case "merge":
            await _merge(desk, person, order, claim)
        case "rollback":
            await honk_client.rollback(order.session, person, claim=claim)
        case "stop":
            await honk_client.cancel(order.session, person, claim=claim)
        case "changes":
            await modals.show_changes(desk, pressed, await honk_client.session(order.session))
        case "ask":
            await modals.ask_for_changes(desk, pressed, await honk_client.session(order.session))
        case "retry" | "go_on" | "pick":
            text = {"retry": texts.try_again(), "go_on": texts.go_on(), "pick": order.pick}[order.verb]
            private = await desk.rooms.is_private(pressed.place.channel) and not desk.settings.quote_private
            context = MessageContext(place=str(pressed.place), private=private)
            await honk_client.reply(order.session, text, person, claim=claim, context=context)


async def _merge(desk: SlackDependencies, person: Person, order: Press, claim: str) -> None:
    """Give the word, unless it is no word of this person's: that is for them to read, and not for the thread."""
    now = await desk.honk_client.session(order.session)
    if not now.busy and (objection := await desk.objection(now, person)):
        raise WorkFailed(refused_by_policy(objection))
    await desk.honk_client.merge(order.session, person, head=order.head, confirmed=order.looked, claim=claim)


def _under_way(desk: SlackDependencies, order: Press, error: HonkError) -> bool:
    """Whether what was refused is being done already for an earlier press: there is nothing to explain."""
    if not isinstance(error, WorkFailed) or order.verb not in ("merge", "rollback", "stop"):
        return False
    now = desk.store.session(order.session)
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


def help_text(desk: SlackDependencies) -> str:
    """What can be said, as markup."""
    return texts.help_text(desk.team.bot_name, desk.settings.reaction)


def status(desk: SlackDependencies, session: Session) -> str:
    """Where a session is, as markup."""
    link = mrkdwn.link(desk.page(session.id), "The whole of it", desk.origins)
    return texts.status(session.phase.value, mrkdwn.code(session.repo), money(session.cost.usd), link)


def channel_status(desk: SlackDependencies, room: str) -> str:
    """The latest sessions of a channel, as markup."""
    here = {session for place, session in desk.store.threads.places(surface="slack") if place.startswith(f"{room}/")}
    rows = [
        f"• *{session.phase.value.replace('_', ' ')}* {mrkdwn.line(_short(session.subject), desk.hide)}"
        for session in desk.store.sessions()
        if session.id in here
    ]
    return texts.sessions(rows[:LISTED]) if rows else texts.nothing_here()


def _short(text: str) -> str:
    return text if len(text) <= SUBJECT else f"{text[: SUBJECT - 1]}…"
