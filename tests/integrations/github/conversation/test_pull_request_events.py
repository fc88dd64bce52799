"""What people do to Honk's pull requests on GitHub."""

from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from tests.integrations.github.conversation.conftest import GitHubFixture


async def proposed(github: GitHubFixture) -> Session:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    return session


async def notes(github: GitHubFixture) -> list[str]:
    log = await github.service.services.store.events((await github.sessions())[0].id)
    return [each.data.text for each in log if isinstance(each.data, events.NoteAdded)]


async def test_closing_and_reopening_the_pull_request_closes_and_reopens_the_session(github: GitHubFixture) -> None:
    session = await proposed(github)
    number = session.change.number
    github.simulator.double("pull_request", 5)
    await github.simulator.close(github.ben, github.shop, number)
    await github.settle()
    assert (await github.sessions())[0].phase == Phase.CLOSED
    assert await notes(github) == [f"ben closed pull request #{number} on GitHub, so this session is closed. Reopen "
                           f"#{number} on GitHub to continue."]  # fmt: skip
    await github.publish()
    assert f"ben closed pull request #{number} on GitHub" in github.comments(1)[0]
    assert "`@honk …` asks for something else." in github.comments(1)[0]
    await github.simulator.reopen(github.ben, github.shop, number)
    await github.settle()
    assert (await github.sessions())[0].phase == Phase.REVIEW
    await github.comment(1, "@honk and more now")
    assert len((await github.sessions())[0].turns) == 2


async def test_late_and_reversed_events_end_in_the_present_state(github: GitHubFixture) -> None:
    session = await proposed(github)
    number = session.change.number
    github.simulator.hold()
    await github.simulator.close(github.ben, github.shop, number)
    await github.simulator.reopen(github.ben, github.shop, number)
    github.simulator.release(backwards=True)
    await github.settle()
    assert (await github.sessions())[0].phase == Phase.REVIEW


async def test_closing_it_while_a_turn_runs_stops_that_first(github: GitHubFixture) -> None:
    session = await proposed(github)
    await github.comment(1, "@honk and more")
    await github.simulator.close(github.ben, github.shop, session.change.number)
    await github.settle()
    assert (await github.sessions())[0].cancelled_upto == 2
    assert (await github.sessions())[0].phase == Phase.INTAKE
    await github.record(session, events.TurnEnded(2, Phase.CANCELLED, "", "Stopped, as asked."))
    await github.publish()
    assert (await github.sessions())[0].phase == Phase.CLOSED


async def test_a_merge_on_github_is_a_merge_command(github: GitHubFixture) -> None:
    session = await proposed(github)
    await github.simulator.merge(github.ben, github.shop, session.change.number)
    await github.settle()
    assert await github.poll()
    now = (await github.sessions())[0]
    assert (now.phase, now.orders) == (Phase.MERGE, 1)
    log = [each.data for each in await github.service.services.store.events(now.id)]
    [word] = [each for each in log if isinstance(each, events.MergeRequested)]
    assert word.person.id == f"github:{github.ben.id}"
    assert (await notes(github))[0].startswith("ben merged pull request")


async def test_a_merge_of_another_head_is_noted(github: GitHubFixture) -> None:
    session = await proposed(github)
    await github.simulator.push(github.ada, github.shop, session.change.branch, {"shop.py": "OPEN = 1\n"})
    await github.simulator.merge(github.ben, github.shop, session.change.number)
    await github.settle()
    assert any("is not what I verified" in each for each in await notes(github))
