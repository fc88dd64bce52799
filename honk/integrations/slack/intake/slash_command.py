"""The slash command `/honk …`: requests, the channel's repository, status, help."""

from honk.core.errors import HonkError, UsageError
from honk.core.person import Person
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.client import SlackGone
from honk.integrations.slack.client.payloads import Json, ReceivedSlackMessage
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.intake import commands
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.intake.intake import gathered
from honk.integrations.slack.messages import markdown, mrkdwn


async def run(deps: SlackDependencies, body: Json) -> str:
    """Run a command. Returns the answer for its author, as markup; empty when the channel shows the result."""
    channel, user = str(body.get("channel_id") or ""), str(body.get("user_id") or "")
    text = str(body.get("text") or "").strip()
    channel_ref = SlackThreadRef(deps.team.id, channel, "").channel_ref
    word, _, rest = text.partition(" ")
    try:
        person = await deps.people.person(user, str(body.get("team_id") or ""))
        match word.lower(), rest.strip():
            case (("" | "help"), ""):
                return commands.help_text(deps)
            case "status", "":
                return await commands.channel_status(deps, channel_ref)
            case "repos", "":
                rows = [_listed(repo.name, repo.about) for repo in await deps.honk_client.repos()]
                return "\n".join(rows) or texts.NO_REPOSITORIES
            case "unbind", "":
                await deps.store.threads.bind(channel_ref, "")
                return texts.UNBOUND
            case "bind", name:
                return await _bind(deps, channel_ref, name)
        return await _ask(deps, body, person, text)
    except AccountRefused as refusal:
        return markdown.to_mrkdwn(str(refusal))
    except HonkError as error:
        return markdown.to_mrkdwn(str(error), deps.hide)


async def _bind(deps: SlackDependencies, channel_ref: str, name: str) -> str:
    if not name:
        return texts.binding(mrkdwn.code(await deps.store.threads.binding(channel_ref)))
    repo = await deps.store.repo(entities.decoded(name, {}))
    await deps.store.threads.bind(channel_ref, repo.name)
    return texts.bound(mrkdwn.code(repo.name))


async def _ask(deps: SlackDependencies, body: Json, person: Person, text: str) -> str:
    """Post the request in the channel, where it gets a thread, and start a session."""
    channel, user = str(body["channel_id"]), str(body["user_id"])
    request = entities.decoded(text, await deps.people.names(entities.mentions(text)))
    if not request:
        raise UsageError(texts.empty_mention(deps.team.bot_name))
    if not await deps.first(f"slack:command:{body.get('trigger_id')}"):
        return ""
    try:
        shown = texts.asks(mrkdwn.line(person.name), mrkdwn.prose(request, deps.hide))
        sent = await deps.client.call("chat.postMessage", channel=channel, text=shown)
    except SlackGone:
        return texts.invite(deps.team.bot_name)
    ts = str(sent["ts"])
    message = ReceivedSlackMessage(SlackThreadRef(deps.team.id, channel, ts), ts, user, deps.team.id, text, "")
    context = await gathered(deps, message, in_session=False)
    await deps.honk_client.ask(request, person, claim=message.claim, context=context)
    return ""


def _listed(name: str, about: str) -> str:
    return f"• {mrkdwn.code(name)} {mrkdwn.line(about)}".rstrip()
