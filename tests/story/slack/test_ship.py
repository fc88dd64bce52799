"""From a mention to production and back, without leaving the thread."""

from honk.core import events
from tests.story.conftest import APP, read, say, write
from tests.story.slack.conftest import SlackStory
from tests.story.test_ship import BETTER, edit, production

LOUDER = 'def greet(name):\n    return "HELLO, " + name\n'


async def test_two_people_ask_in_one_thread_merge_with_a_double_click_and_roll_back(story: SlackStory) -> None:
    installation, simulator = story.installation, story.simulator
    installation.scripts["strip the name"] = edit("greet.py", BETTER)
    installation.scripts["say it twice"] = (
        read("greet.py"),
        write("greet.py", BETTER.replace("name.strip()", "name.strip() + name")),
        write("test_greet.py", APP["test_greet.py"].replace('"Hello, Ada"', '"Hello, AdaAda"')),
        say("Twice now."),
        say("Twice now."),  # it is asked once about the test that now expects something else
    )
    async with production(installation, "shop") as live, story.open():
        await installation.service.add_repo(str(installation.root / "shop.git"), "shop")
        ts = await simulator.say(story.ada, story.channel, f"{story.at} strip the name, in shop")
        first = await story.button(ts, "Merge")
        assert "`greet.py` is done." in story.thread(ts)
        await simulator.press(story.ben, first, "Show changes")
        [view] = simulator.views(story.ben)
        assert "name.strip()" in str(view.data)
        await simulator.say(story.ben, story.channel, "say it twice", thread=ts)
        await story.reads(ts, "Twice now.")
        card = await story.button(ts, "Merge")
        assert card.ts != first.ts
        assert "[Merge]" not in simulator.text(next(each for each in story.channel.messages if each.ts == first.ts))
        await simulator.press(story.ada, first, "Merge", stale=True)
        assert "has moved from" in story.ephemeral_text(story.ada)
        await simulator.press(story.cat, card, "Merge")
        assert "may not write to this repository" in story.ephemeral_text(story.cat)
        await simulator.press(story.ben, card, "Merge")
        assert "lets only Ada merge it" in story.ephemeral_text(story.ben)
        assert await installation.recorded(await story.session(ts), events.MergeRequested) == []
        await simulator.press(story.ada, card, "Merge", times=2)
        await story.button(ts, "Roll back")
        session = await story.session(ts)
        assert session.ship.healthy
        assert len(await installation.recorded(session, events.Merged)) == 1
        log = installation.git("log", "-1", "--format=%an%n%B", "main", at=installation.root / "shop.git")
        assert log.startswith("Ada")
        assert "Co-authored-by: Ben <ben@example.com>" in installation.git(
            "log", "--format=%B", "main", at=installation.root / "shop.git"
        )
        assert len(live.log) == 1
        await simulator.press(story.ada, await story.button(ts, "Roll back"), "Roll back")
        await story.reads(ts, "olled back")
        await simulator.until(lambda: len(live.log) == 2, 30)
        assert installation.file("greet.py", "shop") == APP["greet.py"].strip()
        assert simulator.refused == []
