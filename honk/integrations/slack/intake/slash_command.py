"""`/honk …`: a request without a message of one's own, and what a channel is about."""

from honk.core.errors import HonkError, UsageError
from honk.core.person import Person
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.client import Gone
from honk.integrations.slack.client.payloads import Json, Said
from honk.integrations.slack.client.people import NotServed
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.intake import commands
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.intake.intake import gathered
from honk.integrations.slack.messages import mrkdwn


async def run(desk: SlackDependencies, body: Json) -> str:
    """Do what a command says; the answer, as markup, for who typed it. Empty when the channel shows it."""
    channel, user = str(body.get("channel_id") or ""), str(body.get("user_id") or "")
    said = str(body.get("text") or "").strip()
    room = SlackThreadRef(desk.team.id, channel, "").room
    word, _, rest = said.partition(" ")
    try:
        person = await desk.people.person(user, str(body.get("team_id") or ""))
        match word.lower(), rest.strip():
            case (("" | "help"), ""):
                return commands.help_text(desk)
            case "status", "":
                return commands.channel_status(desk, room)
            case "repos", "":
                return texts.repositories(_listed(repo.name, repo.about) for repo in await desk.honk_client.repos())
            case "unbind", "":
                desk.store.threads.bind(room, "")
                return texts.unbound()
            case "bind", name:
                return _bind(desk, room, name)
        return await _ask(desk, body, person, said)
    except NotServed as refusal:
        return mrkdwn.markdown(str(refusal))
    except HonkError as error:
        return mrkdwn.markdown(str(error), desk.hide)


def _bind(desk: SlackDependencies, room: str, name: str) -> str:
    if not name:
        return texts.binding(mrkdwn.code(desk.store.threads.binding(room)))
    repo = desk.store.repo(entities.decoded(name, {}))
    desk.store.threads.bind(room, repo.name)
    return texts.bound(mrkdwn.code(repo.name))


async def _ask(desk: SlackDependencies, body: Json, person: Person, text: str) -> str:
    """Put the request into the channel, where its thread can be, and start on it."""
    channel, user = str(body["channel_id"]), str(body["user_id"])
    request = entities.decoded(text, await desk.people.names(entities.mentions(text)))
    if not request:
        raise UsageError(texts.empty_mention(desk.team.bot_name))
    if not desk.first(f"slack:command:{body.get('trigger_id')}"):
        return ""
    try:
        shown = texts.asks(mrkdwn.line(person.name), mrkdwn.prose(request, desk.hide))
        sent = await desk.client.call("chat.postMessage", channel=channel, text=shown)
    except Gone:
        return texts.invite(desk.team.bot_name)
    ts = str(sent["ts"])
    said = Said(SlackThreadRef(desk.team.id, channel, ts), ts, user, desk.team.id, text, "")
    context = await gathered(desk, said, in_session=False)
    await desk.honk_client.ask(request, person, claim=said.claim, context=context)
    return ""


def _listed(name: str, about: str) -> str:
    return f"• {mrkdwn.code(name)} {mrkdwn.line(about)}".rstrip()
