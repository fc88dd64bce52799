"""What people say in Slack becomes turns: once, by whom, with what."""

import asyncio

import pytest
from honk_simulators.slack import SlackSimulator

from honk.core.person import Person
from honk.integrations.slack.client import client, people
from honk.integrations.slack.client.downloads import MEGA
from honk.settings import SlackAccess, SlackSettings
from tests.integrations.slack.conftest import ConnectedSlack, Open


async def test_a_mention_gets_a_reaction_and_becomes_a_session(connected: ConnectedSlack) -> None:
    world = connected.world
    ada = world.user("Ada", email="ada@example.com")
    channel = world.channel("playlists", members=[ada])
    await connected.repo("shop")
    await connected.service.services.store.threads.bind(connected.place(channel, "").channel_ref, "shop")
    ts = await world.say(
        ada, channel, f"{connected.at}, fix the <https://shop.example.com/a?b=1&amp;c=2|empty page> &lt;now&gt;"
    )
    session = await world.until_answered(lambda: connected.session(channel, ts))
    await world.until(lambda: connected.reacted(channel, ts))
    await world.quiet()
    assert session.request == "fix the empty page (https://shop.example.com/a?b=1&c=2) <now>"
    assert session.requester == Person(f"slack:{world.workspace.id}/{ada.id}", "Ada", "ada@example.com")
    context = (await connected.asked(session))[0].context
    assert (context.thread, context.repo, context.private) == (str(connected.place(channel, ts)), "shop", False)
    assert context.link == f"{world.workspace.root}/archives/{channel.id}/p{ts.replace('.', '')}"
    assert {each.outcome for each in world.attempts} == {"ok"}
    assert len(await connected.sessions()) == 1


async def test_one_message_is_one_turn_however_often_it_comes(connect_slack: Open) -> None:
    async with connect_slack() as connected, connect_slack() as other:
        world = connected.world
        ada = world.user("Ada")
        channel = world.channel("playlists", members=[ada])
        await world.until(lambda: len(world.delivery.sockets.connections) == 2)
        for kind in ("duplicate", "again", "drop", "delay"):
            world.disturb(kind, 2)
            await world.say(ada, channel, f"{connected.at} do {kind}")
        world.hold()
        turned = await world.say(ada, channel, f"{connected.at} do it reversed")
        await world.say(ada, channel, "and this as well", thread=turned)
        world.release(reverse=True)
        await world.quiet()
        assert sorted(each.request for each in await connected.sessions()) == sorted(
            ["do duplicate", "do again", "do drop", "do delay", "do it reversed"]
        )
    async with connect_slack() as later:  # after a restart
        for attempt in [each for each in world.attempts if each.kind == "events_api"]:
            world.delivery._send(attempt.payload)
        await world.quiet()
        assert len(await later.sessions()) == 5
        assert (
            sum(len(each.turns) for each in await later.sessions()) == 6
        )  # the reply that came too early is one of them
        assert other.world is world


async def test_which_messages_are_for_honk(connected: ConnectedSlack) -> None:
    world = connected.world
    ada, ben = world.user("Ada"), world.user("Ben")
    channel = world.channel("playlists", members=[ada, ben])
    quiet = await world.say(ada, channel, "nothing for anybody")
    ts = await world.say(ada, channel, f"{connected.at} begin")
    session = await world.until_answered(lambda: connected.session(channel, ts))
    for text in (f"{ben.mention} what do you think?", "(aside) I like it", f"  (Aside) {ben.mention} me too"):
        await world.say(ben, channel, text, thread=ts)
    await world.say(ben, channel, "make it green", thread=ts)
    await world.say(ada, channel, f"{connected.at} and {ben.mention}'s page too", thread=ts)
    await world.say(ada, channel, "not in a thread", thread=quiet)
    await world.quiet()
    turns = (await connected.service.services.store.session(session.id)).turns
    assert [turn.text for turn in turns] == ["begin", "make it green", "and @Ben's page too"]
    assert [turn.person.name for turn in turns] == ["Ada", "Ben", "Ada"]
    assert len(await connected.sessions()) == 1
    direct = world.dm(ada)
    ts = await world.say(ada, direct, "fix it\u202e, in\u200b private\u2066")
    private = await world.until_answered(lambda: connected.session(direct, ts))
    assert private.request == "fix it, in private"
    assert private.turns[0].private


async def test_a_refused_account_is_told_alone_and_once(connected: ConnectedSlack) -> None:
    world = connected.world
    ada, guest = world.user("Ada"), world.user("Gus", guest="single")
    stranger = world.user("Sam", team="T0THER000")
    bot = world.user("Alerts", bot=True)
    channel = world.channel("playlists", members=[ada, guest, stranger, bot])
    for user in (guest, stranger, bot):
        ts = await world.say(user, channel, f"{connected.at} do it")
        await world.say(user, channel, f"{connected.at} do it now", thread=ts)
    await world.quiet()
    await world.until(lambda: world.ephemerals(stranger))
    assert "guests cannot give me work" in connected.ephemeral_text(guest)
    assert "from another workspace" in connected.ephemeral_text(stranger)
    assert [len(world.ephemerals(each)) for each in (guest, stranger, bot, ada)] == [1, 1, 0, 0]
    assert await connected.sessions() == ()


async def test_settings_can_allow_guests_and_other_workspaces(connect_slack: Open) -> None:
    async with connect_slack(guests=True, external=True) as connected:
        world = connected.world
        guest = world.user("Gus", guest="multi")
        stranger = world.user("Sam", email="ada@example.com", team="T0THER000")
        channel = world.channel("playlists", members=[guest, stranger])
        for user in (guest, stranger):
            await world.say(user, channel, f"{connected.at} do it")

        async def both() -> bool:
            return len(await connected.sessions()) == 2

        await world.until_answered(both)
        mails = {each.requester.email for each in (await connected.sessions()) if each.requester}
        assert "ada@example.com" not in mails  # another workspace's word is no proof


async def test_an_empty_mention_and_a_command_without_a_change_are_answered(
    connected: ConnectedSlack,
) -> None:
    world = connected.world
    ada = world.user("Ada")
    channel = world.channel("playlists", members=[ada])
    for text, answer in (
        (connected.at, "Say in a sentence what should change"),
        (f"{connected.at} merge!", "There is no change in this thread"),
        (f"{connected.at} help", "Commands, like the buttons"),
        (f"{connected.at} Status.", "No change is in progress"),
    ):
        await world.say(ada, channel, text)
        await world.until(lambda answer=answer: answer in connected.ephemeral_text(ada))
    assert await connected.sessions() == ()


async def test_thread_linked_messages_and_files_are_given_as_context(connected: ConnectedSlack) -> None:
    world = connected.world
    ada, ben = world.user("Ada"), world.user("Ben")
    channel, secret = (
        world.channel("playlists", members=[ada, ben]),
        world.channel("board", members=[ben], private=True),
    )
    own = world.channel("plans", members=[ada], private=True)
    hidden = await world.say(ben, secret, "we are bankrupt")
    plan = await world.say(ada, own, "the plan is green")
    top = await world.say(ben, channel, "The page is empty.")
    await world.say(ada, channel, f"{ben.mention} since when?", thread=top)

    def link(channel: str, ts: str) -> str:
        return f"<{world.workspace.root}/archives/{channel}/p{ts.replace('.', '')}>"

    big = b"x" * (20 * MEGA + 1)
    ts = await world.say(
        ada,
        channel,
        f"{connected.at} fix it, see {link(secret.id, hidden)} and {link(own.id, plan)}",
        thread=top,
        files=[("screen.png", b"PNG!", "image/png"), ("dump.sql", big)],
    )
    session = await world.until_answered(lambda: connected.session(channel, top))
    await world.quiet()
    context = (await connected.asked(session))[0].context
    assert [(quote.author, quote.text, quote.source) for quote in context.quotes[:3]] == [
        ("Ben", "The page is empty.", "the thread above"),
        ("Ada", "@Ben since when?", "the thread above"),
        ("Ada", "the plan is green", "a linked message"),
    ]
    assert "bankrupt" not in str(context)
    assert context.private  # some of it comes from where not everybody may read
    [picture] = context.files
    assert (picture.name, picture.size, picture.kind) == ("screen.png", 4, "image/png")
    assert connected.service.services.blobs.read(picture.sha256) == b"PNG!"
    assert "larger than 20 MB" in context.quotes[3].text
    assert ts


async def test_a_request_starts_without_context_when_slack_fails(connected: ConnectedSlack) -> None:
    world = connected.world
    ada = world.user("Ada")
    channel = world.channel("playlists", members=[ada])
    top = await world.say(ada, channel, "The page is empty.")
    world.fail("conversations.replies", "500")
    await world.say(ada, channel, f"{connected.at} fix it", thread=top)
    session = await world.until_answered(lambda: connected.session(channel, top))
    [quote] = (await connected.asked(session))[0].context.quotes
    assert "could not be read" in quote.text
    assert session.request == "fix it"


async def test_an_emoji_and_the_message_menu_request_what_a_message_says(connected: ConnectedSlack) -> None:
    world = connected.world
    ada, ben = world.user("Ada"), world.user("Ben")
    channel = world.channel("playlists", members=[ada, ben])
    first, second = (
        await world.say(ben, channel, "The page is empty"),
        await world.say(ben, channel, "The footer is red"),
    )
    await world.react(ada, channel, first, "honk")
    await world.until_answered(lambda: connected.session(channel, first))
    await world.react(ada, channel, first, "tada")
    await world.react(ben, channel, first, "honk")
    await world.shortcut(ada, "honk_do", (channel, second))
    await world.quiet()
    one, two = await connected.session(channel, first), await connected.session(channel, second)
    assert one is not None
    assert two is not None
    assert [turn.text for turn in (*one.turns, *two.turns)] == ["The page is empty", "The footer is red"]
    assert {each.requester.name for each in (one, two) if each.requester} == {"Ada"}


async def test_the_slash_command(connected: ConnectedSlack) -> None:
    world = connected.world
    ada = world.user("Ada")
    channel = world.channel("playlists", members=[ada])
    await connected.repo("shop", "the shop <!channel>")

    async def said(text: str) -> str:
        before = len(world.ephemerals(ada))
        await world.slash(ada, channel, "/honk", text)
        return world.text(world.ephemerals(ada)[-1]) if len(world.ephemerals(ada)) > before else ""

    assert "Ask for a change" in await said("help")
    assert "bound to no repository" in await said("bind")
    assert "about shop from now on" in (await said("bind Shop")).replace("`", "")
    assert "about shop" in (await said("bind")).replace("`", "")
    assert "shop" in await said("repos")
    assert "<!channel>" not in world.ephemerals(ada)[-1].text
    assert "no repository" in await said("bind shpo")
    assert await said("fix the cart & <!channel>") == ""
    [session] = await world.until_answered(connected.sessions)
    assert session.request == "fix the cart & @channel"
    assert (await connected.asked(session))[0].context.repo == "shop"
    assert "Ada asks: fix the cart" in world.transcript(channel).replace("*", "")
    assert "fix the cart" in await said("status")
    assert "no longer bound to a repository" in await said("unbind")
    elsewhere = world.channel("secret", members=[ada], bot=False)
    await world.slash(ada, elsewhere, "/honk", "fix it")
    assert "invite" in connected.ephemeral_text(ada)
    assert len(await connected.sessions()) == 1


async def test_an_edited_or_deleted_message_of_a_waiting_turn_is_answered(connected: ConnectedSlack) -> None:
    world = connected.world
    ada = world.user("Ada")
    channel = world.channel("playlists", members=[ada])
    ts = await world.say(ada, channel, f"{connected.at} fix the empty page")
    other = await world.say(ada, channel, f"{connected.at} fix the footer")
    session = await world.until_answered(lambda: connected.session(channel, ts))
    await world.until_answered(lambda: connected.session(channel, other))
    await world.edit(ada, (channel, ts), f"{connected.at} delete everything")
    await world.until(lambda: "I still follow its first version" in world.transcript(channel, ts))
    await world.edit(ada, (channel, ts), f"{connected.at} delete it")
    await world.delete((channel, other))
    await world.until(
        lambda: "for this was deleted. I am still working" in world.transcript(channel) + connected.ephemeral_text(ada)
    )
    await world.quiet()
    assert {each.request for each in (await connected.sessions())} == {"fix the empty page", "fix the footer"}
    assert world.transcript(channel, ts).count("I still follow its first version") == 1
    assert session is not None


async def test_long_texts_and_invisible_characters(connected: ConnectedSlack) -> None:
    world = connected.world
    ada = world.user("Ada")
    channel = world.channel("playlists", members=[ada])
    long = "long " * 7_000
    ts = await world.say(ada, channel, f"{connected.at} {long}")
    session = await world.until_answered(lambda: connected.session(channel, ts))
    assert session.request == long.strip()
    await world.say(ada, channel, f"\u200b\u202e{connected.at}\u2066\u200b")
    await world.until(lambda: "Say in a sentence" in connected.ephemeral_text(ada))


async def test_a_person_who_cannot_be_read_is_told_so(connected: ConnectedSlack) -> None:
    world = connected.world
    await world.until(lambda: any(call.method == "users.list" for call in world.calls))
    ada = world.user("Ada")
    channel = world.channel("playlists", members=[ada])
    world.fail("users.info", "503", count=9)
    ts = await world.say(ada, channel, f"{connected.at} fix it")
    await world.until(lambda: "cannot say who you are" in connected.ephemeral_text(ada))
    assert await connected.session(channel, ts) is None


@pytest.mark.parametrize("ids", ["account", "mail"])
async def test_accounts_of_one_person_are_one_person(world: SlackSimulator, ids: str) -> None:
    """Named by the account's id, or by an address that Slack has confirmed."""
    ada = world.user("Ada", email="Ada@Example.com")
    own = f"slack:{world.workspace.id}/{ada.id}"
    accounts = {"account": {own: "github:1"}, "mail": {"ada@example.com": "github:1"}}[ids]
    async with client.connected(SlackAccess(world.url, world.bot_token)) as slack:
        found = people.SlackPeople(slack, world.workspace.id, SlackSettings(), accounts)
        first, second = await asyncio.gather(found.person(ada.id), found.person(ada.id))
    assert first == second == Person("github:1", "Ada", "Ada@Example.com")
    assert sum(call.method == "users.info" for call in world.calls) == 1
