"""`/honk …`: a request without a message of one's own, and what a channel is about."""

from honk.chat.slack import entities, mrkdwn, orders, words
from honk.chat.slack.client import Gone
from honk.chat.slack.desk import Desk
from honk.chat.slack.intake import gathered
from honk.chat.slack.people import NotServed
from honk.chat.slack.place import Place
from honk.chat.slack.said import Json, Said
from honk.core.errors import HonkError, UsageError
from honk.core.person import Person


async def run(desk: Desk, body: Json) -> str:
    """Do what a command says; the answer, as markup, for who typed it. Empty when the channel shows it."""
    channel, user = str(body.get("channel_id") or ""), str(body.get("user_id") or "")
    said = str(body.get("text") or "").strip()
    room = Place(desk.team.id, channel, "").room
    word, _, rest = said.partition(" ")
    try:
        person = await desk.people.person(user, str(body.get("team_id") or ""))
        match word.lower(), rest.strip():
            case (("" | "help"), ""):
                return orders.help_text(desk)
            case "status", "":
                return orders.channel_status(desk, room)
            case "repos", "":
                return words.repositories(_listed(repo.name, repo.about) for repo in await desk.house.repos())
            case "unbind", "":
                desk.store.threads.bind(room, "")
                return words.unbound()
            case "bind", name:
                return _bind(desk, room, name)
        return await _ask(desk, body, person, said)
    except NotServed as refusal:
        return mrkdwn.markdown(str(refusal))
    except HonkError as error:
        return mrkdwn.markdown(str(error), desk.hide)


def _bind(desk: Desk, room: str, name: str) -> str:
    if not name:
        return words.binding(mrkdwn.code(desk.store.threads.binding(room)))
    repo = desk.store.repo(entities.decoded(name, {}))
    desk.store.threads.bind(room, repo.name)
    return words.bound(mrkdwn.code(repo.name))


async def _ask(desk: Desk, body: Json, person: Person, text: str) -> str:
    """Put the request into the channel, where its thread can be, and start on it."""
    channel, user = str(body["channel_id"]), str(body["user_id"])
    request = entities.decoded(text, await desk.people.names(entities.mentions(text)))
    if not request:
        raise UsageError(words.empty_mention(desk.team.bot_name))
    if not desk.first(f"slack:command:{body.get('trigger_id')}"):
        return ""
    try:
        shown = words.asks(mrkdwn.line(person.name), mrkdwn.prose(request, desk.hide))
        sent = await desk.client.call("chat.postMessage", channel=channel, text=shown)
    except Gone:
        return words.invite(desk.team.bot_name)
    ts = str(sent["ts"])
    said = Said(Place(desk.team.id, channel, ts), ts, user, desk.team.id, text, "")
    around = await gathered(desk, said, in_session=False)
    await desk.house.ask(request, person, claim=said.claim, around=around)
    return ""


def _listed(name: str, about: str) -> str:
    return f"• {mrkdwn.code(name)} {mrkdwn.line(about)}".rstrip()
