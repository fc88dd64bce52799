"""Commands and buttons without a worker: what is recorded, and what is shown to whom."""

import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from honk_simulators.slack import Channel, ChannelMessage, SlackSimulator, User

from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.slack.intake.button_values import ButtonValue
from honk.integrations.slack.messages import block_kit
from tests.integrations.slack import sample_events
from tests.integrations.slack.conftest import ConnectedSlack, Open

OLD = "e" * 40


@dataclass
class ReviewedThread:
    """A session in review, in a thread of Ada's, with a message that has buttons."""

    connected: ConnectedSlack
    ada: User
    ben: User
    channel: Channel
    ts: str
    card: ChannelMessage

    @property
    def simulator(self) -> SlackSimulator:
        return self.connected.simulator

    async def session(self) -> Session:
        found = await self.connected.session(self.channel, self.ts)
        assert found is not None
        return found

    async def count(self, kind: type[events.EventData]) -> int:
        history = await self.connected.service.services.store.events((await self.session()).id)
        return sum(isinstance(event.data, kind) for event in history)

    async def record(self, *happened: events.EventData) -> None:
        for data in happened:
            await self.connected.service.services.store.record((await self.session()).id, data)

    async def say(self, user: User, text: str) -> None:
        await self.simulator.say(user, self.channel, text, thread=self.ts)
        await self.simulator.quiet()


@pytest.fixture
async def reviewed(simulator: SlackSimulator, connect_slack: Open) -> AsyncIterator[ReviewedThread]:
    ada, ben = simulator.user("Ada"), simulator.user("Ben")
    async with connect_slack(ada) as connected:
        yield await set_up(connected, ada, ben)


async def set_up(connected: ConnectedSlack, ada: User, ben: User) -> ReviewedThread:
    simulator = connected.simulator
    channel = simulator.channel("playlists", members=[ada, ben])
    await connected.repo("shop")
    empty_mirror(connected.settings.home / "mirrors" / "shop.git")
    ts = await simulator.say(ada, channel, f"{connected.at} fix the page")
    session = await simulator.until_answered(lambda: connected.session(channel, ts))
    store = connected.service.services.store
    for data in (
        *sample_events.begun(),
        sample_events.checked(),
        events.ChangeProposed(sample_events.CHANGE, "Fixed."),
        ended(1, Phase.REVIEW),
    ):
        await store.record(session.id, data)
    presses = [
        ("Merge", ButtonValue("merge", session.id, sample_events.HEAD)),
        ("Ask", ButtonValue("ask", session.id, sample_events.HEAD)),
        ("Stop", ButtonValue("stop", session.id)),
        ("Back", ButtonValue("rollback", session.id)),
        ("Again", ButtonValue("retry", session.id)),
        ("On", ButtonValue("go_on", session.id)),
        ("Shop", ButtonValue("pick", session.id, pick="shop")),
        ("Lost", ButtonValue("rollback", "nosuchsession", pick="x")),
        ("Changes", ButtonValue("changes", session.id, sample_events.HEAD)),
    ]
    made = [block_kit.button(label, press) for label, press in presses]
    stale = block_kit.button("Stale", ButtonValue("merge", session.id, OLD)) | {"action_id": "honk.merge.stale"}
    forged = block_kit.button("Forged", ButtonValue("stop", "x")) | {"action_id": "honk.nonsense"}
    strange = block_kit.button("Strange", ButtonValue("stop", "x")) | {"action_id": "honk.stop.x", "value": "{not json"}
    rows = block_kit.actions([*made, stale, forged, strange, block_kit.menu("All repositories")])
    return ReviewedThread(connected, ada, ben, channel, ts, await connected.post(channel, ts, rows))


def empty_mirror(path: Path) -> None:
    """A mirror with an empty commit on main: the merge's rules are read from there."""
    run = ["git", "-C", str(path), "-c", "user.name=Honk", "-c", "user.email=honk@example.com"]
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    tree = subprocess.check_output([*run, "mktree"], input=b"").strip()
    commit = subprocess.check_output([*run, "commit-tree", "-m", "begin", tree.decode()]).strip()
    subprocess.run([*run, "update-ref", "refs/heads/main", commit.decode()], check=True)


def ended(turn: int, outcome: Phase) -> events.TurnEnded:
    return events.TurnEnded(turn, outcome, "Fixed.")


async def test_a_double_click_merges_once_and_a_stale_button_is_refused(
    reviewed: ReviewedThread,
) -> None:
    await reviewed.simulator.press(reviewed.ada, reviewed.card, "Stale")
    assert "has moved from eeeeeeeeee" in reviewed.connected.ephemeral_text(reviewed.ada)
    assert await reviewed.count(events.MergeRequested) == 0
    await reviewed.simulator.press(reviewed.ada, reviewed.card, "Merge", times=2)
    assert await reviewed.count(events.MergeRequested) == 1
    assert len(reviewed.simulator.ephemerals(reviewed.ada)) == 1  # the second click is not answered with a no


async def test_buttons_become_the_next_turn(reviewed: ReviewedThread) -> None:
    for label, text in (("Again", "Try again."), ("On", "Go on."), ("Shop", "shop")):
        await reviewed.simulator.press(reviewed.ada, reviewed.card, label)
        assert (await reviewed.session()).turns[-1].text == text
    assert [turn.person.name for turn in (await reviewed.session()).turns] == ["Ada"] * 4
    assert (await reviewed.session()).current is not None
    await reviewed.simulator.press(reviewed.ben, reviewed.card, "Stop")
    assert "did not ask for it" in reviewed.connected.ephemeral_text(reviewed.ben)
    await reviewed.simulator.press(reviewed.ada, reviewed.card, "Stop")
    assert (await reviewed.session()).cancelled_upto == 4


async def test_unknown_buttons_are_answered(reviewed: ReviewedThread) -> None:
    for label in ("Forged", "Strange", "Lost", "Back", "Changes"):
        before = len(reviewed.simulator.ephemerals(reviewed.ada))
        assert (await reviewed.simulator.press(reviewed.ada, reviewed.card, label)).ok
        assert len(reviewed.simulator.ephemerals(reviewed.ada)) == before + 1, label


async def test_the_menu_offers_repositories_and_takes_one(reviewed: ReviewedThread) -> None:
    for name, about in (("workshop", ""), ("radio", "songs for the shop"), ("zebra", "")):
        await reviewed.connected.repo(name, about)
    await reviewed.record(events.QuestionAsked("Which repository is this about?", ("shop",)))
    offered = await reviewed.simulator.suggest(reviewed.ada, reviewed.card, block_kit.MENU_ACTION, "shop")
    assert [each["value"] for each in offered] == ["shop", "workshop", "radio"]
    assert len(await reviewed.simulator.suggest(reviewed.ada, reviewed.card, block_kit.MENU_ACTION, "")) == 4
    await reviewed.simulator.suggest(reviewed.ada, reviewed.card, block_kit.MENU_ACTION, "rad")
    await reviewed.simulator.choose(reviewed.ada, reviewed.card, block_kit.MENU_ACTION, "radio")
    assert (await reviewed.session()).turns[-1].text == "radio"


async def test_changes_are_asked_for_in_a_window(reviewed: ReviewedThread) -> None:
    await reviewed.simulator.press(reviewed.ben, reviewed.card, "Ask")
    [view] = reviewed.simulator.views(reviewed.ben)
    assert await reviewed.simulator.submit(reviewed.ben, view, {"honk.changes": "make it green"}) == {}
    assert reviewed.simulator.views(reviewed.ben) == []
    assert ((await reviewed.session()).turns[-1].text, (await reviewed.session()).turns[-1].person.name) == (
        "make it green",
        "Ben",
    )
    await reviewed.record(events.Merged("c" * 40, (await reviewed.session()).turns[0].person), ended(2, Phase.LIVE))
    await reviewed.simulator.press(reviewed.ben, reviewed.card, "Ask")
    [view] = reviewed.simulator.views(reviewed.ben)
    errors = await reviewed.simulator.submit(reviewed.ben, view, {"honk.changes": "and blue"})
    assert "session is over" in errors["honk.changes"]


async def test_commands_do_the_same_as_buttons(reviewed: ReviewedThread) -> None:
    connected, simulator = reviewed.connected, reviewed.simulator
    await reviewed.say(reviewed.ada, "status?")
    assert "review" in connected.ephemeral_text(reviewed.ada)
    await reviewed.say(reviewed.ada, "stop")
    assert "There is nothing to stop" in connected.ephemeral_text(reviewed.ada)
    await reviewed.say(reviewed.ada, "roll back")
    assert "nothing to roll back" in connected.ephemeral_text(reviewed.ada)
    await reviewed.record(sample_events.checked(findings=(sample_events.FLAG,)))
    await reviewed.say(reviewed.ada, f"{connected.at} Merge!")
    assert "this path is protected" in connected.ephemeral_text(reviewed.ada)
    assert await reviewed.count(events.MergeRequested) == 0
    await reviewed.say(reviewed.ada, "merge looked")
    [order] = [
        event.data
        for event in await connected.service.services.store.events((await reviewed.session()).id)
        if is_merge(event.data)
    ]
    assert (order.head, order.confirmed, order.person.name) == (sample_events.HEAD, True, "Ada")
    assert len((await reviewed.session()).turns) == 1
    await reviewed.record(events.Merged("c" * 40, order.person), events.PhaseEntered(Phase.LIVE))
    await reviewed.say(reviewed.ada, "thanks!")
    assert "Mention me in a new message" in connected.ephemeral_text(reviewed.ada)
    await reviewed.say(reviewed.ada, "rollback.")
    assert await reviewed.count(events.RollbackRequested) == 1
    assert len((await reviewed.session()).turns) == 1
    assert simulator.attempts


def is_merge(data: events.EventData) -> bool:
    return isinstance(data, events.MergeRequested)


async def test_go_on_continues_a_paused_session(reviewed: ReviewedThread) -> None:
    await reviewed.say(reviewed.ada, "make it green")
    await reviewed.record(events.BudgetReached(5.0, 5.0), events.TurnEnded(2, Phase.PAUSED, "", "Paused."))
    await reviewed.say(reviewed.ada, "Go on")
    assert await reviewed.count(events.BudgetRaised) == 1
    assert (await reviewed.session()).turns[-1].text == "Go on."


async def test_who_may_not_write_may_not_merge(reviewed: ReviewedThread) -> None:
    await reviewed.simulator.press(reviewed.ben, reviewed.card, "Merge")
    assert "may not write" in reviewed.connected.ephemeral_text(reviewed.ben)
    guest = reviewed.simulator.user("Gus", guest="single")
    await reviewed.simulator.invite(guest, reviewed.channel)
    await reviewed.simulator.press(guest, reviewed.card, "Merge")
    assert "guests cannot" in reviewed.connected.ephemeral_text(guest)
    assert await reviewed.count(events.MergeRequested) == 0
