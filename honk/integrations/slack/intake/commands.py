"""What typed commands do: those of `conversation.commands`, and what only Slack shows.

Honk decides who may; a refusal is shown to the person alone.
"""

from honk.conversation.commands import Call, Command
from honk.conversation.texts import money, refused_by_policy
from honk.core.errors import UsageError, WorkFailed
from honk.core.person import Person
from honk.core.session import Session
from honk.integrations.slack import texts
from honk.integrations.slack.client.payloads import IncomingMessage
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import mrkdwn

LISTED = 10
"""Sessions in a channel's status."""

SUBJECT = 80


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
        await check_person(deps, now, person)
    await command.run(deps.honk_client, Call(now.id, person, head=now.change.head, claim=message.claim))
    if command.name == "approve":
        await show(texts.APPROVED)
    return None


async def check_person(deps: SlackDependencies, now: Session, person: Person) -> None:
    """Raise WorkFailed when this person may not merge: they see that alone, it is no event of the thread."""
    if not now.busy and (objection := await deps.objection(now, person)):
        raise WorkFailed(refused_by_policy(objection))


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
    """The commands that can be typed, as markup."""
    return texts.help_text(deps.team.bot_name, deps.settings.reaction)


def status(deps: SlackDependencies, session: Session) -> str:
    """A session's state, as markup."""
    link = mrkdwn.link(deps.page(session.id), "Open the full session", deps.origins)
    return texts.status(session.phase.value, mrkdwn.code(session.repo), money(session.cost.usd), link)


async def channel_status(deps: SlackDependencies, channel_ref: str) -> str:
    """The latest sessions of a channel, as markup."""
    here = {
        session
        for thread, session in await deps.store.threads.links(integration="slack")
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
