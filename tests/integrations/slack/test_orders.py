"""Buttons and words that order something, in a house without a worker: what is recorded, and what is told to whom."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from honk_simulators.slack import Channel, Message, User, World

from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.slack.intake.button_values import Press
from honk.integrations.slack.messages import block_kit
from tests.integrations.slack import logs
from tests.integrations.slack.conftest import Office, Open

OLD = "e" * 40


@dataclass
class Scene:
    """A session in review, in a thread of Ada's, with a message that has buttons."""

    office: Office
    ada: User
    ben: User
    room: Channel
    ts: str
    card: Message

    @property
    def world(self) -> World:
        return self.office.world

    @property
    def session(self) -> Session:
        found = self.office.session(self.room, self.ts)
        assert found is not None
        return found

    def count(self, kind: type[events.EventData]) -> int:
        history = self.office.service.services.store.events(self.session.id)
        return sum(isinstance(event.data, kind) for event in history)

    def record(self, *happened: events.EventData) -> None:
        for data in happened:
            self.office.service.services.store.record(self.session.id, data)

    async def say(self, user: User, text: str) -> None:
        await self.world.say(user, self.room, text, thread=self.ts)
        await self.world.quiet()


@pytest.fixture
async def scene(world: World, open_office: Open) -> AsyncIterator[Scene]:
    ada, ben = world.user("Ada"), world.user("Ben")
    async with open_office(ada) as office:
        yield await set_up(office, ada, ben)


async def set_up(office: Office, ada: User, ben: User) -> Scene:
    world = office.world
    room = world.channel("playlists", members=[ada, ben])
    office.repo("shop")
    ts = await world.say(ada, room, f"{office.at} mend the page")
    session = await world.until(lambda: office.session(room, ts))
    store = office.service.services.store
    for data in (*logs.begun(), logs.checked(), events.Proposed(logs.CHANGE, "Mended."), ended(1, Phase.REVIEW)):
        store.record(session.id, data)
    presses = [
        ("Merge", Press("merge", session.id, logs.HEAD)),
        ("Ask", Press("ask", session.id, logs.HEAD)),
        ("Stop", Press("stop", session.id)),
        ("Back", Press("rollback", session.id)),
        ("Again", Press("retry", session.id)),
        ("On", Press("go_on", session.id)),
        ("Shop", Press("pick", session.id, pick="shop")),
        ("Lost", Press("rollback", "nosuchsession", pick="x")),
        ("Changes", Press("changes", session.id, logs.HEAD)),
    ]
    made = [block_kit.button(label, press) for label, press in presses]
    stale = block_kit.button("Stale", Press("merge", session.id, OLD)) | {"action_id": "honk.merge.stale"}
    forged = block_kit.button("Forged", Press("stop", "x")) | {"action_id": "honk.nonsense"}
    strange = block_kit.button("Strange", Press("stop", "x")) | {"action_id": "honk.stop.x", "value": "{not json"}
    rows = block_kit.actions([*made, stale, forged, strange, block_kit.menu("All repositories")])
    return Scene(office, ada, ben, room, ts, await office.post(room, ts, rows))


def ended(turn: int, outcome: Phase) -> events.TurnEnded:
    return events.TurnEnded(turn, outcome, "Mended.")


async def test_a_double_click_merges_once_and_a_button_of_an_older_commit_explains_itself(scene: Scene) -> None:
    await scene.world.press(scene.ada, scene.card, "Stale")
    assert "has moved from eeeeeeeeee" in scene.office.told(scene.ada)
    assert scene.count(events.MergeAsked) == 0
    await scene.world.press(scene.ada, scene.card, "Merge", times=2)
    assert scene.count(events.MergeAsked) == 1
    assert len(scene.world.ephemerals(scene.ada)) == 1  # the second click is not answered with a no


async def test_what_buttons_say_becomes_the_next_turn(scene: Scene) -> None:
    for label, text in (("Again", "Try again."), ("On", "Go on."), ("Shop", "shop")):
        await scene.world.press(scene.ada, scene.card, label)
        assert scene.session.turns[-1].text == text
    assert [turn.person.name for turn in scene.session.turns] == ["Ada"] * 4
    assert scene.session.current is not None
    await scene.world.press(scene.ben, scene.card, "Stop")
    assert "did not ask for it" in scene.office.told(scene.ben)
    await scene.world.press(scene.ada, scene.card, "Stop")
    assert scene.session.cancelled_upto == 4


async def test_buttons_that_cannot_be_understood_are_answered(scene: Scene) -> None:
    for label in ("Forged", "Strange", "Lost", "Back", "Changes"):
        before = len(scene.world.ephemerals(scene.ada))
        assert (await scene.world.press(scene.ada, scene.card, label)).ok
        assert len(scene.world.ephemerals(scene.ada)) == before + 1, label


async def test_the_menu_offers_repositories_and_takes_one(scene: Scene) -> None:
    for name, about in (("workshop", ""), ("radio", "songs for the shop"), ("zebra", "")):
        scene.office.repo(name, about)
    scene.record(events.Questioned("Which repository is this about?", ("shop",)))
    offered = await scene.world.suggest(scene.ada, scene.card, block_kit.MENU_ACTION, "shop")
    assert [each["value"] for each in offered] == ["shop", "workshop", "radio"]
    assert len(await scene.world.suggest(scene.ada, scene.card, block_kit.MENU_ACTION, "")) == 4
    await scene.world.suggest(scene.ada, scene.card, block_kit.MENU_ACTION, "rad")
    await scene.world.choose(scene.ada, scene.card, block_kit.MENU_ACTION, "radio")
    assert scene.session.turns[-1].text == "radio"


async def test_changes_are_asked_for_in_a_window(scene: Scene) -> None:
    await scene.world.press(scene.ben, scene.card, "Ask")
    [view] = scene.world.views(scene.ben)
    assert await scene.world.submit(scene.ben, view, {"honk.wish": "make it green"}) == {}
    assert scene.world.views(scene.ben) == []
    assert (scene.session.turns[-1].text, scene.session.turns[-1].person.name) == ("make it green", "Ben")
    scene.record(events.Merged("c" * 40, scene.session.turns[0].person), ended(2, Phase.LIVE))
    await scene.world.press(scene.ben, scene.card, "Ask")
    [view] = scene.world.views(scene.ben)
    errors = await scene.world.submit(scene.ben, view, {"honk.wish": "and blue"})
    assert "session is over" in errors["honk.wish"]


async def test_words_work_as_buttons_do(scene: Scene) -> None:
    office, world = scene.office, scene.world
    await scene.say(scene.ada, "status?")
    assert "review" in office.told(scene.ada)
    await scene.say(scene.ada, "stop")
    assert "Nothing is running" in office.told(scene.ada)
    await scene.say(scene.ada, "roll back")
    assert "nothing to roll back" in office.told(scene.ada)
    scene.record(logs.checked(findings=(logs.FLAG,)))
    await scene.say(scene.ada, f"{office.at} Merge!")
    assert "this path is protected" in office.told(scene.ada)
    assert scene.count(events.MergeAsked) == 0
    await scene.say(scene.ada, "merge looked")
    [order] = [event.data for event in office.service.services.store.events(scene.session.id) if is_merge(event.data)]
    assert (order.head, order.confirmed, order.person.name) == (logs.HEAD, True, "Ada")
    assert len(scene.session.turns) == 1
    scene.record(events.Merged("c" * 40, order.person), events.Entered(Phase.LIVE))
    await scene.say(scene.ada, "thanks!")
    assert "Mention me in a new message" in office.told(scene.ada)
    await scene.say(scene.ada, "rollback.")
    assert scene.count(events.RollbackAsked) == 1
    assert len(scene.session.turns) == 1
    assert world.attempts


def is_merge(data: events.EventData) -> bool:
    return isinstance(data, events.MergeAsked)


async def test_a_session_that_waits_for_money_goes_on_at_a_word(scene: Scene) -> None:
    await scene.say(scene.ada, "make it green")
    scene.record(events.BudgetReached(5.0, 5.0), events.TurnEnded(2, Phase.PAUSED, "", "Paused."))
    await scene.say(scene.ada, "Go on")
    assert scene.count(events.BudgetRaised) == 1
    assert scene.session.turns[-1].text == "Go on."


async def test_who_is_no_member_presses_in_vain(scene: Scene) -> None:
    await scene.world.press(scene.ben, scene.card, "Merge")
    assert "may not write" in scene.office.told(scene.ben)
    guest = scene.world.user("Gus", guest="single")
    await scene.world.invite(guest, scene.room)
    await scene.world.press(guest, scene.card, "Merge")
    assert "guests cannot" in scene.office.told(guest)
    assert scene.count(events.MergeAsked) == 0
