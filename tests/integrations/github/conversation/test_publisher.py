"""Honk's comments about a session: their text, and how often they are written."""

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
from tests.integrations.github.conversation.conftest import GitHubFixture

SAM = Person("slack:T1/U9", "Sam", "sam@example.com")


async def test_a_turn_is_one_comment_from_beginning_to_end(github: GitHubFixture) -> None:
    issue = await github.issue()
    asked = await github.comment(issue.number, "@honk mend it")
    await github.publish()
    [first] = github.comments(issue.number)
    assert first.startswith("**Working**, in `shop`.\n\nLooking at what is needed.")
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    [comment] = github.comments(issue.number)
    pull = session.change.number
    assert f"**Proposed** as #{pull} at {session.change.head[:10]} (1 file, +1 −1)." in comment
    assert "> It was empty, thanks to `@eve`. Closes `#1`." in comment
    assert "| ✓ | test | `make test` | 0.5 s |" in comment
    assert "**Next:** `@honk merge` merges exactly this" in comment
    assert f"<sub>Session {session.id}</sub>" in comment
    assert comment.endswith(mark(session.id, "turn-1"))
    assert sorted(github.reactions(issue.number, asked)) == ["eyes", "rocket"]
    [short] = github.comments(pull)
    assert f"Requested [here]({session.turns[0].link})." in short
    assert await github.service.services.store.threads.session(github.thread(pull)) == session.id


async def test_no_comment_is_written_twice_or_edited_without_a_change(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    await github.propose((await github.sessions())[0])
    for _ in range(3):
        await github.publish()
    fresh = integration.make(github.integration.parts)
    await fresh.publisher.catch_up()
    await fresh.publisher.tick()
    assert not fresh.publisher.due
    writes = [
        each for each in github.simulator.requests if each.method in ("POST", "PATCH") and "body" in (each.body or {})
    ]
    assert len(writes) == 2


async def test_a_running_turn_is_edited_slowly_and_its_end_at_once(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = (await github.sessions())[0]
    await github.publish()
    for phase in (Phase.PREPARE, Phase.WORK):
        await github.record(session, events.PhaseEntered(phase))
        await github.publish()
    assert "Looking at what is needed." in github.comments(issue.number)[0]
    assert 0 < github.integration.publisher.due[session.id] - github.simulator.state.now() <= 20
    github.simulator.wait(21)
    await github.integration.publisher.tick()
    assert "The agent is at work." in github.comments(issue.number)[0]
    red = Verdict("test", False, 0.5, "make test", "Makefile")
    await github.record(session, events.Verified(1, "agent", "tree", (red,)))
    await github.publish()
    await github.record(
        session, events.TurnEnded(1, Phase.FAILED, "", "The agent's program failed: @eve did it.\nE assert")
    )
    await github.publish()
    comment = github.comments(issue.number)[0]
    assert "**The agent's program failed: `@eve` did it.**" in comment
    assert "```text\nE assert\n```" in comment
    assert "`@honk …` continues from here." in comment


async def test_a_comment_is_found_after_a_crash_between_posting_and_storing(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    github.simulator.strike(RequestFault("cut", r"POST .*/issues/\d+/comments", after=True))
    await github.publish()
    assert len(github.comments(issue.number)) == 1
    assert github.integration.publisher.due
    await github.propose((await github.sessions())[0])
    github.simulator.wait(60)
    await github.publish()
    [comment] = github.comments(issue.number)
    assert "**Proposed**" in comment


async def test_the_next_start_publishes_what_happened_in_between(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    await github.publish()
    await github.propose((await github.sessions())[0])
    fresh = integration.make(github.integration.parts)
    await fresh.publisher.catch_up()
    await fresh.publisher.tick()
    [comment] = github.comments(issue.number)
    assert "**Proposed**" in comment


async def test_a_forged_mark_is_ignored(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = (await github.sessions())[0]
    await github.service.services.store.threads.begin(github.thread(issue.number), "turn-1")
    github.simulator.wait(-900)
    theirs = await github.simulator.comment(github.eve, github.shop, issue.number, f"x\n\n{mark(session.id, 'turn-1')}")
    github.simulator.wait(900)
    await github.publish()
    comments = {each.id: each for each in github.shop.issues[issue.number].comments}
    assert comments[theirs].body.startswith("x")
    assert len(github.comments(issue.number)) == 1


async def test_a_comment_that_people_delete_stays_deleted(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    await github.publish()
    github.shop.issues[issue.number].comments.pop()
    await github.propose((await github.sessions())[0])
    await github.publish()
    assert github.comments(issue.number) == []


async def test_commands_are_shown_on_the_pull_request(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    pull = session.change.number
    asked = await github.comment(pull, "@honk merge", github.ben)
    await github.publish()
    assert github.comments(pull)[-1].startswith("**ben:** merge  \nTesting it together with the current base branch")
    ben = Person("github:1", "ben", "")
    await github.record(
        session,
        events.Merged("c0ffee" * 6, ben),
        events.PhaseEntered(Phase.DEPLOY),
        events.Deployed("c0ffee" * 6, True, 2.0),
        events.HealthWatched(True, 3.0),
        events.PhaseEntered(Phase.LIVE),
    )
    await github.publish()
    comment = github.comments(pull)[-1]
    assert "Merged: main is now c0ffeec0ff, with exactly the files that were tested." in comment
    assert "Live and healthy, watched for 3.0 s." in comment
    assert "`@honk rollback` rolls it back; `@honk …` asks for something else." in comment
    assert "Merged as c0ffeec0ff, deployed, healthy." in github.comments(issue.number)[0]
    assert "rocket" in github.reactions(pull, asked)


async def test_a_failed_command_is_shown_in_the_issue_and_on_the_pull_request(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = await github.propose((await github.sessions())[0])
    await github.record(
        session, events.ForgeChecksRead(session.change.head, (Check("build", "green"), Check("e2e", "red")))
    )
    await github.publish()
    assert "**GitHub's checks:** ✗ e2e · ✓ build" in github.comments(issue.number)[0]
    asked = await github.comment(issue.number, "@honk merge")
    await github.record(
        session, events.OrderFailed("Not merged. Approvals: 0 of 1."), events.PhaseEntered(Phase.REVIEW)
    )
    await github.publish()
    for number in (issue.number, session.change.number):
        assert "**Not merged.** Approvals: 0 of 1." in "".join(github.comments(number))
    assert sorted(github.reactions(issue.number, asked)) == ["confused", "eyes"]


async def test_merge_of_a_flagged_change_is_answered_with_the_findings(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    session = await github.propose((await github.sessions())[0])
    finding = Finding("tests", "test_cart.py", 3, "flag", "an assertion was removed by @eve")
    await github.record(session, events.Verified(1, "gate", "t", (), (finding,)))
    await github.publish()
    github.simulator.wait(60)
    await github.comment(issue.number, "@honk merge")
    assert "Look at these findings" in github.comments(issue.number)[-1]
    assert "`@eve`" in github.comments(issue.number)[-1]
    assert (await github.session(issue.number)).orders == 0
    await github.comment(issue.number, "@honk merge looked")
    assert (await github.session(issue.number)).orders == 1


async def test_a_private_request_from_elsewhere_is_not_quoted(github: GitHubFixture) -> None:
    context = MessageContext("slack:T1/C1/1.1", "https://slack.test/secret-channel", private=True)
    session = await github.service.ask("mend the secret cart", SAM, repo="shop", context=context)
    session = await github.propose(session)
    await github.publish()
    [short] = github.comments(session.change.number)
    assert "Requested in a private place." in short
    assert not re.search("secret|Sam", short)


async def test_an_archived_repository_becomes_a_note_of_the_session(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    github.simulator.archive(github.shop)
    await github.settle()
    await github.publish()
    await github.publish()
    log = [each.data for each in await github.service.services.store.events((await github.sessions())[0].id)]
    notes = [each.text for each in log if isinstance(each, events.NoteAdded)]
    assert len(notes) == 2
    assert notes[0].startswith("acme/shop was archived on GitHub")
    assert notes[1].startswith(f"I cannot write in shop#{issue.number}")


async def test_a_question_is_shown_with_its_choices(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    question = events.QuestionAsked("Which one?", ("a", "b"))
    await github.record((await github.sessions())[0], question, events.TurnEnded(1, Phase.ASKING))
    await github.publish()
    assert "**Which one?**\n\n- `a`\n- `b`" in github.comments(issue.number)[0]


async def test_another_pull_request_stays_unchanged_and_the_answer_says_so(github: GitHubFixture) -> None:
    await github.simulator.push(github.ada, github.shop, "own", {"cart.py": "TOTAL = 9\n"})
    pull = await github.simulator.pull_request(github.ada, github.shop, "own", "My own")
    await github.comment(pull.number, "@honk add a test")
    assert "I work on my own branch, from `main`" in github.comments(pull.number)[0]
    [session] = await github.sessions()
    assert session.request == "add a test"
    assert str(GitHubThreadRef(github.shop.id, pull.number)) == github.thread(pull.number)


async def notes(github: GitHubFixture) -> list[str]:
    log = [
        each.data
        for session in (await github.sessions())
        for each in await github.service.services.store.events(session.id)
    ]
    return [each.text for each in log if isinstance(each, events.NoteAdded)]


async def test_an_answer_for_a_locked_issue_becomes_a_note_and_a_comment_on_the_pull_request(
    github: GitHubFixture,
) -> None:
    issue = await github.issue()
    await github.simulator.lock(github.ada, github.shop, issue.number)
    await github.comment(issue.number, "@honk mend it")
    await github.publish()
    assert [each.split(":")[0] for each in await notes(github)] == [f"I cannot write in shop#{issue.number}"]
    assert "locked" in (await notes(github))[0]
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    assert not github.comments(issue.number)
    pull = session.change.number
    assert [f"**Proposed** as #{pull}" in each for each in github.comments(pull)] == [True, False]
    assert "Requested [here]" in github.comments(pull)[1]
    await github.comment(issue.number, "@honk status")
    assert "**Review**" in github.comments(pull)[-1]
    assert (
        f"[this comment]({github.simulator.web}/acme/shop/issues/{issue.number}#issuecomment-"
        in github.comments(pull)[-1]
    )
    assert (await notes(github))[-1].startswith(f"I cannot answer in shop#{issue.number}")
    await github.comment(issue.number, "@honk and paint it")
    session = await github.propose((await github.sessions())[0])
    refused = [each for each in github.simulator.requests if each.status == 403 and each.path.endswith("/comments")]
    await github.publish()
    await github.publish()
    assert [each.split(":")[0] for each in await notes(github)].count(f"I cannot write in shop#{issue.number}") == 1
    again = [each for each in github.simulator.requests if each.status == 403 and each.path.endswith("/comments")]
    assert len(again) - len(refused) <= 1, "it is not tried again and again"
    assert len(github.comments(pull)) == 4
    await github.simulator.unlock(github.ada, github.shop, issue.number)
    github.simulator.wait(3600)
    await github.comment(issue.number, "@honk and polish it")
    await github.publish()
    assert "**Working**" in github.comments(issue.number)[-1]


async def test_an_answer_replaces_a_refused_reaction(github: GitHubFixture) -> None:
    issue = await github.issue()
    await github.comment(issue.number, "@honk mend it")
    github.simulator.strike(RequestFault("403", "reactions", count=None))
    await github.comment(issue.number, "@honk stop")
    assert "Command received: stop." in github.comments(issue.number)[-1]
    session = await github.propose((await github.sessions())[0])
    await github.publish()
    await github.simulator.approve(github.ben, github.shop, session.change.number)
    await github.comment(session.change.number, "@honk approve", github.ben)
    assert f"Approved by ben: {session.change.head[:10]}." in github.comments(session.change.number)[-1]
    github.simulator.wait(60)
    await github.comment(issue.number, "@honk merge", github.ben)
    assert "Command received: merge." in github.comments(issue.number)[-1]
    github.simulator.strike()
    await github.comment(issue.number, "@honk status")
    assert "Command received" not in github.comments(issue.number)[-1]
