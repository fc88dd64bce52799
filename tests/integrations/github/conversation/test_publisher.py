"""What people read on GitHub about a session, and how often it is written."""

import re

from honk_simulators.github.state.request_log import RequestFault

from honk.core import events
from honk.core.ci import Check
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.verdict import Finding, Verdict
from honk.integrations.github import integration
from honk.integrations.github.conversation.comment_writer import mark
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from tests.integrations.github.conversation.conftest import Street

SAM = Person("slack:T1/U9", "Sam", "sam@example.com")


async def test_a_turn_is_one_comment_from_beginning_to_end(town: Street) -> None:
    issue = await town.issue()
    asked = await town.say(issue.number, "@honk mend it")
    await town.tell()
    [first] = town.said(issue.number)
    assert first.startswith("**Working**, in `shop`.\n\nLooking at what is needed.")
    session = await town.proposed((await town.sessions())[0])
    await town.tell()
    [said] = town.said(issue.number)
    pull = session.change.number
    assert f"**Proposed** as #{pull} at {session.change.head[:10]} (1 file, +1 −1)." in said
    assert "> It was empty, thanks to `@eve`. Closes `#1`." in said
    assert "| ✓ | test | `make test` | 0.5 s |" in said
    assert "**Next:** `@honk merge` merges exactly this" in said
    assert f"<sub>Session {session.id}</sub>" in said
    assert said.endswith(mark(session.id, "turn-1"))
    assert sorted(town.reactions(issue.number, asked)) == ["eyes", "rocket"]
    [short] = town.said(pull)
    assert f"Requested [here]({session.turns[0].link})." in short
    assert await town.service.services.store.threads.session(town.place(pull)) == session.id


async def test_nothing_is_written_twice_and_nothing_again_that_says_the_same(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    await town.proposed((await town.sessions())[0])
    for _ in range(3):
        await town.tell()
    writes = [each for each in town.world.requests if each.method in ("POST", "PATCH") and "body" in (each.body or {})]
    assert len(writes) == 2
    town.surface.teller.due.clear()
    await town.surface.teller.catch_up()
    assert not town.surface.teller.due


async def test_a_running_turn_is_edited_slowly_and_its_end_at_once(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    session = (await town.sessions())[0]
    await town.tell()
    for phase in (Phase.PREPARE, Phase.WORK):
        await town.record(session, events.PhaseEntered(phase))
        await town.tell()
    assert "Looking at what is needed." in town.said(issue.number)[0]
    assert 0 < town.surface.teller.due[session.id] - town.world.state.now() <= 20
    town.world.wait(21)
    await town.surface.teller.tick()
    assert "The agent is at work." in town.said(issue.number)[0]
    red = Verdict("test", False, 0.5, "make test", "Makefile")
    await town.record(session, events.Verified(1, "agent", "tree", (red,)))
    await town.tell()
    await town.record(
        session, events.TurnEnded(1, Phase.FAILED, "", "The agent's program failed: @eve did it.\nE assert")
    )
    await town.tell()
    said = town.said(issue.number)[0]
    assert "**The agent's program failed: `@eve` did it.**" in said
    assert "```text\nE assert\n```" in said
    assert "`@honk …` continues from here." in said


async def test_a_crash_between_posting_and_noting_finds_the_comment(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    town.world.strike(RequestFault("cut", r"POST .*/issues/\d+/comments", after=True))
    await town.tell()
    assert len(town.said(issue.number)) == 1
    assert town.surface.teller.due
    await town.proposed((await town.sessions())[0])
    town.world.wait(60)
    await town.tell()
    [said] = town.said(issue.number)
    assert "**Proposed**" in said


async def test_what_happened_while_nobody_told_is_told_at_the_next_start(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    await town.tell()
    await town.proposed((await town.sessions())[0])
    fresh = integration.make(town.surface.parts)
    await fresh.teller.catch_up()
    await fresh.teller.tick()
    [said] = town.said(issue.number)
    assert "**Proposed**" in said


async def test_somebody_who_writes_our_mark_first_gains_nothing(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    session = (await town.sessions())[0]
    await town.service.services.store.threads.begin(town.place(issue.number), "turn-1")
    town.world.wait(-900)
    theirs = await town.world.comment(town.eve, town.shop, issue.number, f"x\n\n{mark(session.id, 'turn-1')}")
    town.world.wait(900)
    await town.tell()
    comments = {each.id: each for each in town.shop.issues[issue.number].comments}
    assert comments[theirs].body.startswith("x")
    assert len(town.said(issue.number)) == 1


async def test_a_comment_that_people_delete_stays_deleted(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    await town.tell()
    town.shop.issues[issue.number].comments.pop()
    await town.proposed((await town.sessions())[0])
    await town.tell()
    assert town.said(issue.number) == []


async def test_orders_are_told_on_the_pull_request(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    session = await town.proposed((await town.sessions())[0])
    await town.tell()
    pull = session.change.number
    asked = await town.say(pull, "@honk merge", town.ben)
    await town.tell()
    assert town.said(pull)[-1].startswith("**ben:** merge  \nTesting it together with the current base branch")
    ben = Person("github:1", "ben", "")
    await town.record(
        session,
        events.Merged("c0ffee" * 6, ben),
        events.PhaseEntered(Phase.DEPLOY),
        events.Deployed("c0ffee" * 6, True, 2.0),
        events.HealthWatched(True, 3.0),
        events.PhaseEntered(Phase.LIVE),
    )
    await town.tell()
    said = town.said(pull)[-1]
    assert "Merged: main is now c0ffeec0ff, with exactly the files that were tested." in said
    assert "Live and healthy, watched for 3.0 s." in said
    assert "`@honk rollback` rolls it back; `@honk …` asks for something else." in said
    assert "Merged as c0ffeec0ff, deployed, healthy." in town.said(issue.number)[0]
    assert "rocket" in town.reactions(pull, asked)


async def test_an_order_that_fails_is_told_where_the_turn_was_and_on_the_pull_request(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    session = await town.proposed((await town.sessions())[0])
    await town.record(
        session, events.ForgeChecksRead(session.change.head, (Check("build", "green"), Check("e2e", "red")))
    )
    await town.tell()
    assert "**GitHub's checks:** ✗ e2e · ✓ build" in town.said(issue.number)[0]
    asked = await town.say(issue.number, "@honk merge")
    await town.record(session, events.OrderFailed("Not merged. Approvals: 0 of 1."), events.PhaseEntered(Phase.REVIEW))
    await town.tell()
    for number in (issue.number, session.change.number):
        assert "**Not merged.** Approvals: 0 of 1." in "".join(town.said(number))
    assert sorted(town.reactions(issue.number, asked)) == ["confused", "eyes"]


async def test_a_word_to_merge_what_was_flagged_is_answered_with_what_to_look_at(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    session = await town.proposed((await town.sessions())[0])
    finding = Finding("tests", "test_cart.py", 3, "look", "an assertion was removed by @eve")
    await town.record(session, events.Verified(1, "gate", "t", (), (finding,)))
    await town.tell()
    town.world.wait(60)
    await town.say(issue.number, "@honk merge")
    assert "Look at these findings" in town.said(issue.number)[-1]
    assert "`@eve`" in town.said(issue.number)[-1]
    assert (await town.session(issue.number)).orders == 0
    await town.say(issue.number, "@honk merge looked")
    assert (await town.session(issue.number)).orders == 1


async def test_what_was_asked_in_private_elsewhere_is_not_told(town: Street) -> None:
    context = MessageContext("slack:T1/C1/1.1", "https://slack.test/secret-channel", private=True)
    session = await town.service.ask("mend the secret cart", SAM, repo="shop", context=context)
    session = await town.proposed(session)
    await town.tell()
    [short] = town.said(session.change.number)
    assert "Requested in a private place." in short
    assert not re.search("secret|Sam", short)


async def test_an_archived_repository_is_said_in_the_session_and_nothing_crashes(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    town.world.archive(town.shop)
    await town.heard()
    await town.tell()
    await town.tell()
    log = [each.data for each in await town.service.services.store.events((await town.sessions())[0].id)]
    notes = [each.text for each in log if isinstance(each, events.NoteAdded)]
    assert len(notes) == 2
    assert notes[0].startswith("acme/shop was archived on GitHub")
    assert notes[1].startswith(f"I cannot write in shop#{issue.number}")


async def test_a_question_is_told_with_its_choices(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    question = events.QuestionAsked("Which one?", ("a", "b"))
    await town.record((await town.sessions())[0], question, events.TurnEnded(1, Phase.ASKING))
    await town.tell()
    assert "**Which one?**\n\n- `a`\n- `b`" in town.said(issue.number)[0]


async def test_another_pull_request_is_left_alone_and_that_is_said(town: Street) -> None:
    await town.world.push(town.ada, town.shop, "own", {"cart.py": "TOTAL = 9\n"})
    pull = await town.world.pull_request(town.ada, town.shop, "own", "My own")
    await town.say(pull.number, "@honk add a test")
    assert "I work on my own branch, from `main`" in town.said(pull.number)[0]
    [session] = await town.sessions()
    assert session.request == "add a test"
    assert str(GitHubThreadRef(town.shop.id, pull.number)) == town.place(pull.number)


async def notes(town: Street) -> list[str]:
    log = [
        each.data
        for session in (await town.sessions())
        for each in await town.service.services.store.events(session.id)
    ]
    return [each.text for each in log if isinstance(each, events.NoteAdded)]


async def test_what_cannot_be_said_in_a_locked_issue_is_said_in_the_log_and_on_the_pull_request(town: Street) -> None:
    issue = await town.issue()
    await town.world.lock(town.ada, town.shop, issue.number)
    await town.say(issue.number, "@honk mend it")
    await town.tell()
    assert [each.split(":")[0] for each in await notes(town)] == [f"I cannot write in shop#{issue.number}"]
    assert "locked" in (await notes(town))[0]
    session = await town.proposed((await town.sessions())[0])
    await town.tell()
    assert not town.said(issue.number)
    pull = session.change.number
    assert [f"**Proposed** as #{pull}" in each for each in town.said(pull)] == [True, False]
    assert "Requested [here]" in town.said(pull)[1]
    await town.say(issue.number, "@honk status")
    assert "**Review**" in town.said(pull)[-1]
    assert f"[this comment]({town.world.web}/acme/shop/issues/{issue.number}#issuecomment-" in town.said(pull)[-1]
    assert (await notes(town))[-1].startswith(f"I cannot answer in shop#{issue.number}")
    await town.say(issue.number, "@honk and paint it")
    session = await town.proposed((await town.sessions())[0])
    refused = [each for each in town.world.requests if each.status == 403 and each.path.endswith("/comments")]
    await town.tell()
    await town.tell()
    assert [each.split(":")[0] for each in await notes(town)].count(f"I cannot write in shop#{issue.number}") == 1
    again = [each for each in town.world.requests if each.status == 403 and each.path.endswith("/comments")]
    assert len(again) - len(refused) <= 1, "it is not tried again and again"
    assert len(town.said(pull)) == 4
    await town.world.unlock(town.ada, town.shop, issue.number)
    town.world.wait(3600)
    await town.say(issue.number, "@honk and polish it")
    await town.tell()
    assert "**Working**" in town.said(issue.number)[-1]


async def test_what_a_reaction_would_have_said_is_said_in_words(town: Street) -> None:
    issue = await town.issue()
    await town.say(issue.number, "@honk mend it")
    town.world.strike(RequestFault("403", "reactions", count=None))
    await town.say(issue.number, "@honk stop")
    assert "Command received: stop." in town.said(issue.number)[-1]
    session = await town.proposed((await town.sessions())[0])
    await town.tell()
    await town.world.approve(town.ben, town.shop, session.change.number)
    await town.say(session.change.number, "@honk approve", town.ben)
    assert f"Approved by ben: {session.change.head[:10]}." in town.said(session.change.number)[-1]
    town.world.wait(60)
    await town.say(issue.number, "@honk merge", town.ben)
    assert "Command received: merge." in town.said(issue.number)[-1]
    town.world.strike()
    await town.say(issue.number, "@honk status")
    assert "Command received" not in town.said(issue.number)[-1]
