"""What a person reads in the thread, from the log of a session: through a real store and the strict workspace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from honk.chat.slack import client, teller
from honk.chat.slack.card import View
from honk.chat.slack.files import Shelf
from honk.chat.slack.place import Place
from honk.core import facts
from honk.core.facts import Fact
from honk.core.message import Around
from honk.core.person import Person
from honk.core.phase import Phase
from honk.delivery import qr
from honk.settings import SlackAccess
from honk.store import store as stores
from honk.store.store import Store
from honk.testing import slack
from honk.testing.slack import Channel, Message, User, World
from tests.chat.slack import logs

VIEW = View(lambda session: f"https://honk.example/sessions/{session}", frozenset({"https://honk.example"}))
PNG = qr.png("a picture")


@dataclass
class Desk:
    """A workspace with a thread in it, and a store."""

    world: World
    store: Store
    room: Channel
    ts: str

    @property
    def ada(self) -> User:
        return next(user for user in self.world.workspace.users.values() if user.name == "Ada")

    @property
    def place(self) -> Place:
        return Place(self.world.workspace.id, self.room.id, self.ts)

    def ask(self, session: str = "s1", text: str = logs.REQUEST, person: Person = logs.ROBIN, place: str = "") -> None:
        asked = facts.Asked(
            1, text, person, around=Around(place=place or str(self.place), link="https://slack.example/p1")
        )
        self.store.start(session, asked, claim=f"{session} {text}")

    def tell(self, *rows: Fact, session: str = "s1") -> None:
        for fact in rows:
            if isinstance(fact, facts.Asked):
                self.store.reply(session, fact)
            else:
                self.store.record(session, fact)

    def telling(self, view: View = VIEW) -> AbstractAsyncContextManager[teller.Teller]:
        @asynccontextmanager
        async def told() -> AsyncIterator[teller.Teller]:
            shelf = Shelf(lambda sha256: PNG, qr.png)
            access = SlackAccess(self.world.url, self.world.bot_token)
            async with client.connected(access) as connected:
                team = self.world.workspace.id
                async with teller.telling(connected, self.store, team=team, view=view, shelf=shelf) as made:
                    yield made

        return told()

    @property
    def said(self) -> list[Message]:
        return self.world.replies(self.room, self.ts)

    @property
    def text(self) -> str:
        return self.world.transcript(self.room, self.ts)

    async def reads(self, *parts: str, timeout: float = 10.0) -> None:
        await self.world.until(lambda: all(part in self.text for part in parts), timeout)

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.world.calls)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with stores.open(f"sqlite:///{tmp_path}/honk.db") as opened:
        yield opened


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    async with slack.serve(limits=True, limit_factor=1.0) as world:
        world.workspace.app.scopes.discard("chat:write.public")  # Honk writes where it is
        ada = world.user("Ada")
        room = world.channel("playlists", members=[ada])
        yield Desk(world, store, room, await world.say(ada, room, "please"))


async def test_a_whole_story_is_two_messages(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…", "[Stop]")
        desk.tell(*logs.begun())
        await desk.reads("Working in shop…")
        desk.tell(*logs.proposed())
        await desk.reads("✓ Ready for you", "*Changed*  2 files", "[Merge]")
        desk.tell(*logs.merged())
        await desk.reads("✓ Live", "[Roll back]")
        desk.tell(*logs.rolled_back())
        await desk.reads("↩ Rolled back")
        assert "[Merge]" not in desk.text and "[Stop]" not in desk.text and "[Roll back]" not in desk.text
    assert len(desk.said) == 3 and desk.calls("chat.postMessage") == 3
    assert desk.world.refused == []


async def test_the_first_line_is_there_at_once(desk: Desk) -> None:
    async with desk.telling():
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()
        desk.ask()
        await desk.reads("On it…")
        assert asyncio.get_running_loop().time() - began < 1.0  # milliseconds, on a machine that has nothing else to do


async def test_an_agent_that_does_much_is_shown_seldom(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        for number in range(60):
            desk.tell(facts.AgentDid("Edit", f"file{number}.py"))
            await asyncio.sleep(0.01)
        desk.tell(facts.TurnEnded(1, Phase.FAILED, "", "It did not work out.", 1))
        await desk.reads("It did not work out.", "[Try again]")
    assert desk.calls("chat.update") <= 5


async def test_a_restart_brings_the_thread_up_to_date_and_doubles_nothing(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
    desk.tell(*logs.begun(), *logs.proposed())
    async with desk.telling():
        await desk.reads("✓ Ready for you")
    posts, edits = desk.calls("chat.postMessage"), desk.calls("chat.update")
    async with desk.telling():
        desk.tell(*logs.merged())
        await desk.reads("✓ Live")
    assert len(desk.said) == 2
    assert desk.calls("chat.postMessage") == posts + 1 and desk.calls("chat.update") <= edits + 2


async def test_other_words_in_a_newer_version_edit_nothing_that_is_over(desk: Desk) -> None:
    desk.ask()
    desk.tell(*logs.begun(), *logs.proposed())
    async with desk.telling():
        await desk.reads("✓ Ready for you")
    post = desk.store.threads.post(str(desk.place), "turn-1")
    assert post is not None
    desk.store.threads.sent(str(desk.place), "turn-1", post.ref, post.digest.partition(":")[0] + ":other")
    desk.ask("s2", place=str(Place(desk.place.team, desk.room.id, await desk.world.say(desk.ada, desk.room, "and"))))
    async with desk.telling():
        await desk.world.until(lambda: desk.calls("chat.postMessage") == 2)
    assert desk.calls("chat.update") == 0


async def test_everything_that_was_said_while_nobody_looked(desk: Desk) -> None:
    desk.ask()
    desk.tell(*logs.begun(), *logs.proposed(), *logs.merged())
    async with desk.telling():
        await desk.reads("✓ Proposed", "✓ Live")
    assert len(desk.said) == 2


async def test_a_post_whose_answer_was_lost_is_not_doubled(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "lost")
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        desk.tell(*logs.begun())
        await desk.reads("Working in shop…")
    assert len(desk.said) == 1


async def test_a_crash_between_sending_and_noting_doubles_nothing(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
    desk.store.threads.sent(str(desk.place), "turn-1", "", "")  # as it was noted before it was sent
    desk.tell(*logs.begun())
    async with desk.telling():
        await desk.reads("Working in shop…")
    assert len(desk.said) == 1


@pytest.mark.parametrize("kind", ["500", "cut"])
async def test_slack_out_of_order_delays_and_loses_nothing(desk: Desk, kind: str) -> None:
    desk.world.fail("chat.postMessage", kind)  # type: ignore[arg-type]
    desk.world.fail("chat.update", kind)  # type: ignore[arg-type]
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")
    assert len(desk.said) == 1


async def test_retry_after_is_obeyed(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "429", retry_after=1)
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
    refused = next(each for each in desk.world.refused if each.status == 429)
    accepted = next(each for each in desk.world.calls if each.method == "chat.postMessage")
    assert accepted.at - refused.at >= 0.9


async def test_two_processes_tell_it_once(desk: Desk) -> None:
    async with desk.telling(), desk.telling():
        desk.ask()
        await desk.reads("On it…")
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")
    assert len(desk.said) == 1


async def test_another_process_goes_on_when_one_ends(desk: Desk) -> None:
    async with desk.telling():
        async with desk.telling():
            desk.ask()
            await desk.reads("On it…")
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")
    assert len(desk.said) == 1


async def test_every_place_of_a_session_is_told(desk: Desk) -> None:
    other = (
        await desk.world.say(next(iter(desk.world.workspace.users.values())), desk.room, "here too") if False else ""
    )
    other = await desk.world.say(desk.ada, desk.room, "here too")
    desk.ask(place="web:somewhere")
    desk.store.threads.add(str(desk.place), "s1")
    desk.store.threads.add(str(Place(desk.world.workspace.id, desk.room.id, other)), "s1")
    desk.store.threads.add("slack:T999/C1/1.0", "s1")
    async with desk.telling():
        await desk.reads("Robin asked:", "On it…")
        await desk.world.until(lambda: "On it…" in desk.world.transcript(desk.room, other))
    assert desk.world.refused == []


@pytest.mark.parametrize("how", ["removed", "archived", "deleted", "revoked"])
async def test_a_thread_that_cannot_be_written_to_is_noted_once(desk: Desk, how: str) -> None:
    notes: Callable[[], list[str]] = lambda: [  # noqa: E731
        event.fact.text for event in desk.store.events("s1") if isinstance(event.fact, facts.Noted) and event.fact.bad
    ]
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        match how:
            case "removed":
                await desk.world.remove(desk.world.bot_user, desk.room)
            case "archived":
                await desk.world.archive(desk.room)
            case "deleted":
                await desk.world.delete_channel(desk.room)
            case "revoked":
                await desk.world.revoke()
        desk.tell(*logs.begun(), *logs.proposed(), *logs.merged())
        with desk.store.subscribe() as news:
            async with asyncio.timeout(10):
                while not notes():
                    await news.changed(5)
        await asyncio.sleep(0.5)
    assert len(notes()) <= 2 and "Slack" in notes()[0]
    assert len(desk.world.refused) < 10


async def test_the_message_was_deleted_and_its_end_is_told_anew(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        await desk.world.delete(desk.said[0])
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")


async def test_the_build_comes_in_one_message(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        desk.tell(*logs.begun(), *logs.proposed(preview=logs.preview("s1")))
        await desk.reads("Built from commit", "preview-qr.png", timeout=15)
    upload = desk.said[-1]
    names = [file.name for file in upload.files]
    assert names == ["before-start.png", "after-start.png", "preview-qr.png", "shop.apk"]
    assert [file.alt_text for file in upload.files][:2] == ["/ before the change", "/ after the change"]
    assert upload.files[0].content == PNG
    assert "SHA-256 " + "e" * 64 in upload.text and "3.4 MB" in upload.text
    assert "http" not in upload.text  # nothing that Slack could fetch
    async with desk.telling():
        desk.tell(*logs.merged())
        await desk.reads("✓ Live")
    assert sum(bool(each.files) for each in desk.said) == 1


async def test_an_upload_whose_answer_was_lost_is_not_doubled(desk: Desk) -> None:
    desk.world.fail("files.completeUploadExternal", "lost")
    async with desk.telling():
        desk.ask()
        desk.tell(*logs.begun(), *logs.proposed(preview=logs.preview("s1")))
        await desk.world.until(lambda: desk.calls("conversations.replies") > 0)
        post = lambda: desk.store.threads.post(str(desk.place), "build-aaaaaaaaaaaa")  # noqa: E731
        async with asyncio.timeout(5):
            while not (found := post()) or not found.ref:
                await asyncio.sleep(0.02)
    assert sum(bool(each.files) for each in desk.said) == 1


async def test_blocks_that_slack_does_not_take_leave_the_words(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "invalid_blocks")
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        assert desk.said[0].blocks == []


async def test_a_missing_scope_is_noted_with_its_remedy(desk: Desk) -> None:
    desk.world.workspace.app.scopes.discard("files:write")
    async with desk.telling():
        desk.ask()
        desk.tell(*logs.begun(), *logs.proposed(preview=logs.preview("s1")))
        await desk.reads("✓ Ready for you", "Add the scope `files:write`")


async def test_one_that_cannot_be_shown_keeps_no_other_from_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    other = await desk.world.say(desk.ada, desk.room, "and this")
    view = replace(VIEW, session=lambda session: {"s2": "https://honk.example/sessions/s2"}[session])
    async with desk.telling(view):
        desk.ask()
        await desk.reads("Something went wrong while showing this")
        desk.ask("s2", place=str(replace(desk.place, thread=other)))
        await desk.world.until(lambda: "On it…" in desk.world.transcript(desk.room, other))
    assert "Session s1 cannot be shown" in caplog.text


async def test_without_a_worker_it_says_so(desk: Desk) -> None:
    desk.ask()
    view = VIEW
    access = SlackAccess(desk.world.url, desk.world.bot_token)
    later = stores.time.time() + 3600
    async with client.connected(access) as connected:
        team = desk.world.workspace.id
        async with teller.telling(connected, desk.store, team=team, view=view, clock=lambda: later):
            await desk.reads("No worker is running just now")


async def test_many_sessions_end_in_their_last_state_within_the_limits(desk: Desk) -> None:
    rooms = [desk.world.channel(f"room{number}", members=[desk.ada]) for number in range(10)]
    threads = []
    async with desk.telling():
        for number in range(30):
            room = rooms[number % 10]
            ts = await desk.world.say(desk.ada, room, "please")
            desk.ask(f"m{number}", place=str(Place(desk.world.workspace.id, room.id, ts)))
            threads.append((room, ts))
        await desk.world.until(lambda: all("On it…" in desk.world.transcript(*each) for each in threads))
        for number in range(30):
            desk.tell(*logs.begun(), *logs.proposed(), session=f"m{number}")
            await asyncio.sleep(0)
        await desk.world.until(lambda: all("Ready for you" in desk.world.transcript(*each) for each in threads), 15)
    assert [each.error for each in desk.world.refused] == []
