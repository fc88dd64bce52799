"""What people do to Honk's pull requests on GitHub."""

from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from tests.integrations.github.conversation.conftest import Street


async def proposed(town: Street) -> Session:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    session = await town.proposed((await town.sessions())[0])
    await town.tell()
    return session


async def notes(town: Street) -> list[str]:
    log = await town.service.services.store.events((await town.sessions())[0].id)
    return [each.data.text for each in log if isinstance(each.data, events.NoteAdded)]


async def test_closing_it_closes_the_session_and_opening_it_again_goes_on(town: Street) -> None:
    session = await proposed(town)
    number = session.change.number
    town.world.double("pull_request", 5)
    await town.world.close(town.ben, town.shop, number)
    await town.heard()
    assert (await town.sessions())[0].phase == Phase.CLOSED
    assert await notes(town) == [f"ben closed pull request #{number} on GitHub, so this session is closed. Reopen "
                           f"#{number} on GitHub to continue."]  # fmt: skip
    await town.tell()
    assert f"ben closed pull request #{number} on GitHub" in town.said(1)[0]
    assert "`@honk …` asks for something else." in town.said(1)[0]
    await town.world.reopen(town.ben, town.shop, number)
    await town.heard()
    assert (await town.sessions())[0].phase == Phase.REVIEW
    await town.say(1, "@honk and more now")
    assert len((await town.sessions())[0].turns) == 2


async def test_late_and_reversed_events_end_with_what_is(town: Street) -> None:
    session = await proposed(town)
    number = session.change.number
    town.world.hold()
    await town.world.close(town.ben, town.shop, number)
    await town.world.reopen(town.ben, town.shop, number)
    town.world.release(backwards=True)
    await town.heard()
    assert (await town.sessions())[0].phase == Phase.REVIEW


async def test_closing_it_while_a_turn_runs_stops_that_first(town: Street) -> None:
    session = await proposed(town)
    await town.say(1, "@honk and more")
    await town.world.close(town.ben, town.shop, session.change.number)
    await town.heard()
    assert (await town.sessions())[0].cancelled_upto == 2
    assert (await town.sessions())[0].phase == Phase.INTAKE
    await town.record(session, events.TurnEnded(2, Phase.CANCELLED, "", "Stopped, as asked."))
    await town.tell()
    assert (await town.sessions())[0].phase == Phase.CLOSED


async def test_merging_it_on_github_is_a_word_to_merge(town: Street) -> None:
    session = await proposed(town)
    await town.world.merge(town.ben, town.shop, session.change.number)
    await town.heard()
    assert await town.look()
    now = (await town.sessions())[0]
    assert (now.phase, now.orders) == (Phase.MERGE, 1)
    log = [each.data for each in await town.service.services.store.events(now.id)]
    [word] = [each for each in log if isinstance(each, events.MergeRequested)]
    assert word.person.id == f"github:{town.ben.id}"
    assert (await notes(town))[0].startswith("ben merged pull request")


async def test_a_merge_with_more_in_it_is_said(town: Street) -> None:
    session = await proposed(town)
    await town.world.push(town.ada, town.shop, session.change.branch, {"shop.py": "OPEN = 1\n"})
    await town.world.merge(town.ben, town.shop, session.change.number)
    await town.heard()
    assert any("is not what I verified" in each for each in await notes(town))
