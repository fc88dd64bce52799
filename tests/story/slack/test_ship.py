"""From a mention to production and back, without leaving the thread."""

from honk.core import events
from tests.story.conftest import APP, read, say, write
from tests.story.slack.conftest import Square
from tests.story.test_ship import BETTER, edit, production

LOUDER = 'def greet(name):\n    return "HELLO, " + name\n'


async def test_two_people_ask_in_one_thread_merge_with_a_double_click_and_take_it_back(square: Square) -> None:
    town, world = square.town, square.world
    town.scripts["strip the name"] = edit("greet.py", BETTER)
    town.scripts["say it twice"] = (
        read("greet.py"),
        write("greet.py", BETTER.replace("name.strip()", "name.strip() + name")),
        write("test_greet.py", APP["test_greet.py"].replace('"Hello, Ada"', '"Hello, AdaAda"')),
        say("Twice now."),
    )
    async with production(town, "shop") as live, square.open():
        await town.service.add_repo(str(town.root / "shop.git"), "shop")
        ts = await world.say(square.ada, square.room, f"{square.at} strip the name, in shop")
        first = await square.button(ts, "Merge")
        assert "`greet.py` is done." in square.thread(ts)
        await world.press(square.ben, first, "Show changes")
        [view] = world.views(square.ben)
        assert "name.strip()" in str(view.data)
        await world.say(square.ben, square.room, "say it twice", thread=ts)
        await square.reads(ts, "Twice now.")
        card = await square.button(ts, "Merge")
        assert card.ts != first.ts
        assert "[Merge]" not in world.text(next(each for each in square.room.messages if each.ts == first.ts))
        await world.press(square.ada, first, "Merge", stale=True)
        assert "has moved from" in square.told(square.ada)
        await world.press(square.cat, card, "Merge")
        assert "may not write to this repository" in square.told(square.cat)
        await world.press(square.ben, card, "Merge")
        assert "lets only Ada merge it" in square.told(square.ben)
        assert town.told(square.session(ts), events.MergeAsked) == []
        await world.press(square.ada, card, "Merge", times=2)
        await square.button(ts, "Roll back")
        session = square.session(ts)
        assert session.ship.healthy
        assert len(town.told(session, events.Merged)) == 1
        log = town.git("log", "-1", "--format=%an%n%B", "main", at=town.root / "shop.git")
        assert log.startswith("Ada")
        assert "Co-authored-by: Ben <ben@example.com>" in town.git(
            "log", "--format=%B", "main", at=town.root / "shop.git"
        )
        assert len(live.log) == 1
        await world.press(square.ada, await square.button(ts, "Roll back"), "Roll back")
        await square.reads(ts, "olled back")
        await world.until(lambda: len(live.log) == 2, 30)
        assert town.file("greet.py", "shop") == APP["greet.py"].strip()
        assert world.refused == []
