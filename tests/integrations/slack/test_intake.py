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
    simulator = connected.simulator
    ada = simulator.user("Ada", email="ada@example.com")
    channel = simulator.channel("playlists", members=[ada])
    await connected.repo("shop")
    await connected.service.services.store.threads.bind(connected.place(channel, "").channel_ref, "shop")
    ts = await simulator.say(
        ada, channel, f"{connected.at}, fix the <https://shop.example.com/a?b=1&amp;c=2|empty page> &lt;now&gt;"
    )
    session = await simulator.until_answered(lambda: connected.session(channel, ts))
    await simulator.until(lambda: connected.reacted(channel, ts))
    await simulator.quiet()
    assert session.request == "fix the empty page (https://shop.example.com/a?b=1&c=2) <now>"
    assert session.requester == Person(f"slack:{simulator.workspace.id}/{ada.id}", "Ada", "ada@example.com")
    context = (await connected.asked(session))[0].context
    assert (context.thread, context.repo, context.private) == (str(connected.place(channel, ts)), "shop", False)
    assert context.link == f"{simulator.workspace.root}/archives/{channel.id}/p{ts.replace('.', '')}"
    assert {each.outcome for each in simulator.attempts} == {"ok"}
    assert len(await connected.sessions()) == 1


async def test_one_message_is_one_turn_however_often_it_comes(connect_slack: Open) -> None:
    async with connect_slack() as connected, connect_slack() as other:
        simulator = connected.simulator
        ada = simulator.user("Ada")
        channel = simulator.channel("playlists", members=[ada])
        await simulator.until(lambda: len(simulator.delivery.sockets.connections) == 2)
        for kind in ("duplicate", "again", "drop", "delay"):
            simulator.disturb(kind, 2)
            await simulator.say(ada, channel, f"{connected.at} do {kind}")
        simulator.hold()
        turned = await simulator.say(ada, channel, f"{connected.at} do it reversed")
        await simulator.say(ada, channel, "and this as well", thread=turned)
        simulator.release(reverse=True)
        await simulator.quiet()
        assert sorted(each.request for each in await connected.sessions()) == sorted(
            ["do duplicate", "do again", "do drop", "do delay", "do it reversed"]
        )
    async with connect_slack() as later:  # after a restart
        for attempt in [each for each in simulator.attempts if each.kind == "events_api"]:
            simulator.delivery._send(attempt.payload)
        await simulator.quiet()
        assert len(await later.sessions()) == 5
        assert (
            sum(len(each.turns) for each in await later.sessions()) == 6
        )  # the reply that came too early is one of them
        assert other.simulator is simulator


async def test_which_messages_are_for_honk(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada, ben = simulator.user("Ada"), simulator.user("Ben")
    channel = simulator.channel("playlists", members=[ada, ben])
    quiet = await simulator.say(ada, channel, "nothing for anybody")
    ts = await simulator.say(ada, channel, f"{connected.at} begin")
    session = await simulator.until_answered(lambda: connected.session(channel, ts))
    for text in (f"{ben.mention} what do you think?", "(aside) I like it", f"  (Aside) {ben.mention} me too"):
        await simulator.say(ben, channel, text, thread=ts)
    await simulator.say(ben, channel, "make it green", thread=ts)
    await simulator.say(ada, channel, f"{connected.at} and {ben.mention}'s page too", thread=ts)
    await simulator.say(ada, channel, "not in a thread", thread=quiet)
    await simulator.quiet()
    turns = (await connected.service.services.store.session(session.id)).turns
    assert [turn.text for turn in turns] == ["begin", "make it green", "and @Ben's page too"]
    assert [turn.person.name for turn in turns] == ["Ada", "Ben", "Ada"]
    assert len(await connected.sessions()) == 1
    direct = simulator.dm(ada)
    ts = await simulator.say(ada, direct, "fix it\u202e, in\u200b private\u2066")
    private = await simulator.until_answered(lambda: connected.session(direct, ts))
    assert private.request == "fix it, in private"
    assert private.turns[0].private


async def test_a_refused_account_is_told_alone_and_once(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada, guest = simulator.user("Ada"), simulator.user("Gus", guest="single")
    stranger = simulator.user("Sam", team="T0THER000")
    bot = simulator.user("Alerts", bot=True)
    channel = simulator.channel("playlists", members=[ada, guest, stranger, bot])
    for user in (guest, stranger, bot):
        ts = await simulator.say(user, channel, f"{connected.at} do it")
        await simulator.say(user, channel, f"{connected.at} do it now", thread=ts)
    await simulator.quiet()
    await simulator.until(lambda: simulator.ephemerals(stranger))
    assert "guests cannot give me work" in connected.ephemeral_text(guest)
    assert "from another workspace" in connected.ephemeral_text(stranger)
    assert [len(simulator.ephemerals(each)) for each in (guest, stranger, bot, ada)] == [1, 1, 0, 0]
    assert await connected.sessions() == ()


async def test_settings_can_allow_guests_and_other_workspaces(connect_slack: Open) -> None:
    async with connect_slack(guests=True, external=True) as connected:
        simulator = connected.simulator
        guest = simulator.user("Gus", guest="multi")
        stranger = simulator.user("Sam", email="ada@example.com", team="T0THER000")
        channel = simulator.channel("playlists", members=[guest, stranger])
        for user in (guest, stranger):
            await simulator.say(user, channel, f"{connected.at} do it")

        async def both() -> bool:
            return len(await connected.sessions()) == 2

        await simulator.until_answered(both)
        mails = {each.requester.email for each in (await connected.sessions()) if each.requester}
        assert "ada@example.com" not in mails  # another workspace's word is no proof


async def test_an_empty_mention_and_a_command_without_a_change_are_answered(
    connected: ConnectedSlack,
) -> None:
    simulator = connected.simulator
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    for text, answer in (
        (connected.at, "Say in a sentence what should change"),
        (f"{connected.at} merge!", "There is no change in this thread"),
        (f"{connected.at} help", "Commands, like the buttons"),
        (f"{connected.at} Status.", "No change is in progress"),
    ):
        await simulator.say(ada, channel, text)
        await simulator.until(lambda answer=answer: answer in connected.ephemeral_text(ada))
    assert await connected.sessions() == ()


async def test_thread_linked_messages_and_files_are_given_as_context(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada, ben = simulator.user("Ada"), simulator.user("Ben")
    channel, secret = (
        simulator.channel("playlists", members=[ada, ben]),
        simulator.channel("board", members=[ben], private=True),
    )
    own = simulator.channel("plans", members=[ada], private=True)
    hidden = await simulator.say(ben, secret, "we are bankrupt")
    plan = await simulator.say(ada, own, "the plan is green")
    top = await simulator.say(ben, channel, "The page is empty.")
    await simulator.say(ada, channel, f"{ben.mention} since when?", thread=top)

    def link(channel: str, ts: str) -> str:
        return f"<{simulator.workspace.root}/archives/{channel}/p{ts.replace('.', '')}>"

    big = b"x" * (20 * MEGA + 1)
    ts = await simulator.say(
        ada,
        channel,
        f"{connected.at} fix it, see {link(secret.id, hidden)} and {link(own.id, plan)}",
        thread=top,
        files=[("screen.png", b"PNG!", "image/png"), ("dump.sql", big)],
    )
    session = await simulator.until_answered(lambda: connected.session(channel, top))
    await simulator.quiet()
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
    simulator = connected.simulator
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    top = await simulator.say(ada, channel, "The page is empty.")
    simulator.fail("conversations.replies", "500")
    await simulator.say(ada, channel, f"{connected.at} fix it", thread=top)
    session = await simulator.until_answered(lambda: connected.session(channel, top))
    [quote] = (await connected.asked(session))[0].context.quotes
    assert "could not be read" in quote.text
    assert session.request == "fix it"


async def test_an_emoji_and_the_message_menu_request_what_a_message_says(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada, ben = simulator.user("Ada"), simulator.user("Ben")
    channel = simulator.channel("playlists", members=[ada, ben])
    first, second = (
        await simulator.say(ben, channel, "The page is empty"),
        await simulator.say(ben, channel, "The footer is red"),
    )
    await simulator.react(ada, channel, first, "honk")
    await simulator.until_answered(lambda: connected.session(channel, first))
    await simulator.react(ada, channel, first, "tada")
    await simulator.react(ben, channel, first, "honk")
    await simulator.shortcut(ada, "honk_do", (channel, second))
    await simulator.quiet()
    one, two = await connected.session(channel, first), await connected.session(channel, second)
    assert one is not None
    assert two is not None
    assert [turn.text for turn in (*one.turns, *two.turns)] == ["The page is empty", "The footer is red"]
    assert {each.requester.name for each in (one, two) if each.requester} == {"Ada"}


async def test_the_slash_command(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    await connected.repo("shop", "the shop <!channel>")

    async def said(text: str) -> str:
        before = len(simulator.ephemerals(ada))
        await simulator.slash(ada, channel, "/honk", text)
        return simulator.text(simulator.ephemerals(ada)[-1]) if len(simulator.ephemerals(ada)) > before else ""

    assert "Ask for a change" in await said("help")
    assert "bound to no repository" in await said("bind")
    assert "about shop from now on" in (await said("bind Shop")).replace("`", "")
    assert "about shop" in (await said("bind")).replace("`", "")
    assert "shop" in await said("repos")
    assert "<!channel>" not in simulator.ephemerals(ada)[-1].text
    assert "no repository" in await said("bind shpo")
    assert await said("fix the cart & <!channel>") == ""
    [session] = await simulator.until_answered(connected.sessions)
    assert session.request == "fix the cart & @channel"
    assert (await connected.asked(session))[0].context.repo == "shop"
    assert "Ada asks: fix the cart" in simulator.transcript(channel).replace("*", "")
    assert "fix the cart" in await said("status")
    assert "no longer bound to a repository" in await said("unbind")
    elsewhere = simulator.channel("secret", members=[ada], bot=False)
    await simulator.slash(ada, elsewhere, "/honk", "fix it")
    assert "invite" in connected.ephemeral_text(ada)
    assert len(await connected.sessions()) == 1


async def test_an_edited_or_deleted_message_of_a_waiting_turn_is_answered(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, channel, f"{connected.at} fix the empty page")
    other = await simulator.say(ada, channel, f"{connected.at} fix the footer")
    session = await simulator.until_answered(lambda: connected.session(channel, ts))
    await simulator.until_answered(lambda: connected.session(channel, other))
    await simulator.edit(ada, (channel, ts), f"{connected.at} delete everything")
    await simulator.until(lambda: "I still follow its first version" in simulator.transcript(channel, ts))
    await simulator.edit(ada, (channel, ts), f"{connected.at} delete it")
    await simulator.delete((channel, other))
    await simulator.until(
        lambda: (
            "for this was deleted. I am still working" in simulator.transcript(channel) + connected.ephemeral_text(ada)
        )
    )
    await simulator.quiet()
    assert {each.request for each in (await connected.sessions())} == {"fix the empty page", "fix the footer"}
    assert simulator.transcript(channel, ts).count("I still follow its first version") == 1
    assert session is not None


async def test_long_texts_and_invisible_characters(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    long = "long " * 7_000
    ts = await simulator.say(ada, channel, f"{connected.at} {long}")
    session = await simulator.until_answered(lambda: connected.session(channel, ts))
    assert session.request == long.strip()
    await simulator.say(ada, channel, f"\u200b\u202e{connected.at}\u2066\u200b")
    await simulator.until(lambda: "Say in a sentence" in connected.ephemeral_text(ada))


async def test_a_person_who_cannot_be_read_is_told_so(connected: ConnectedSlack) -> None:
    simulator = connected.simulator
    await simulator.until(lambda: any(call.method == "users.list" for call in simulator.calls))
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    simulator.fail("users.info", "503", count=9)
    ts = await simulator.say(ada, channel, f"{connected.at} fix it")
    await simulator.until(lambda: "cannot say who you are" in connected.ephemeral_text(ada))
    assert await connected.session(channel, ts) is None


@pytest.mark.parametrize("ids", ["account", "mail"])
async def test_accounts_of_one_person_are_one_person(simulator: SlackSimulator, ids: str) -> None:
    """Named by the account's id, or by an address that Slack has confirmed."""
    ada = simulator.user("Ada", email="Ada@Example.com")
    own = f"slack:{simulator.workspace.id}/{ada.id}"
    accounts = {"account": {own: "github:1"}, "mail": {"ada@example.com": "github:1"}}[ids]
    async with client.connected(SlackAccess(simulator.url, simulator.bot_token)) as slack:
        found = people.SlackPeople(slack, simulator.workspace.id, SlackSettings(), accounts)
        first, second = await asyncio.gather(found.person(ada.id), found.person(ada.id))
    assert first == second == Person("github:1", "Ada", "Ada@Example.com")
    assert sum(call.method == "users.info" for call in simulator.calls) == 1
