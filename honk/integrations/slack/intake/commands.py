"""What Slack shows for commands, and what it checks before Honk runs them: a refusal is for the person alone."""

from honk.conversation.commands import to_look_at
from honk.conversation.texts import money, refused_by_policy
from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.core.session import Session
from honk.integrations.slack import texts
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import mrkdwn

LISTED = 10
"""Sessions in a channel's status."""

SUBJECT = 80


async def check_person(deps: SlackDependencies, now: Session, person: Person) -> None:
    """Raise WorkFailed when this person may not merge: they see that alone, it is no event of the thread."""
    if not now.busy and (objection := await deps.objection(now, person)):
        raise WorkFailed(refused_by_policy(objection))


def check_findings(session: Session) -> None:
    """Raise WorkFailed with the findings that somebody has to look at before this merges."""
    if found := to_look_at(session):
        raise WorkFailed(
            texts.look_first(f"{each.path}: {each.reason}" if each.path else each.reason for each in found)
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
