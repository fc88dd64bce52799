"""Merging: who may ask for it, which commit it is about, and what is tested before the branch moves."""

import asyncio

import pytest

from honk.client import Call
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.person import AGENT
from honk.core.phase import Phase
from honk.testing.script import Script
from tests.story.conftest import ADA, APP, BEN, VERIFY_STEP, Installation, read, say, write

STRIPPED = 'def greet(name):\n    return "Hello, " + name.strip()\n'
TITLED = 'def greet(name):\n    return "Hello, " + name.strip().title()\n'


def edit(path: str, content: str) -> Script:
    """The agent's turn that brings one file to `content`."""
    return (read(path), write(path, content), say(f"{path} is done."))


def rules(*lines: str) -> dict[str, str]:
    """The project under a policy."""
    return {**APP, "honk.toml": "\n".join([APP["honk.toml"], *lines, ""])}


async def test_the_word_counts_for_what_was_shown_and_once(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await honk.ask("strip the name", ADA)
        with pytest.raises(WorkFailed, match="still working on this session"):
            await honk.command("merge", Call(session.id, ADA))
        session = await installation.quiet(session.id)
        shown = session.change.head
        session = await installation.merge(session, BEN)
        assert session.phase == Phase.REVIEW, "policy: the requester merges"
        assert "lets only Ada merge it" in session.error
        session = await installation.reply(session, "and title it")
        with pytest.raises(WorkFailed, match="has moved from"):
            await honk.command("merge", Call(session.id, ADA, head=shown))

        before = installation.main()
        words = [honk.command("merge", Call(session.id, ADA, head=session.change.head)) for _ in range(3)]
        answers = await asyncio.gather(*words, return_exceptions=True)
        assert sum(isinstance(answer, WorkFailed) for answer in answers) == 2, answers
        session = await installation.quiet(session.id)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert len(await installation.recorded(session, events.Merged)) == 1
        assert installation.main() == session.ship.merged_sha
        app = installation.root / "app.git"
        assert installation.git("show", "-s", "--format=%P", "main", at=app).split() == [before, session.change.head]
        assert installation.git("show", "-s", "--format=%an", "main", at=app) == "Ada"
        with pytest.raises(WorkFailed, match="Already merged"):
            await honk.command("merge", Call(session.id, ADA))
        with pytest.raises(WorkFailed, match="is over"):
            await honk.command("reply", Call(session.id, ADA, "one more thing"))


async def test_an_approval_is_somebody_elses_and_belongs_to_one_head(installation: Installation) -> None:
    installation.repository("careful", rules("[policy]", "approvals = 1"))
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "careful.git"))
        session = await installation.ask("strip the name")
        await honk.command("approve", Call(session.id, ADA))
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and "Approvals of this commit by others: 0 of 1" in session.error
        session = await honk.command("approve", Call(session.id, BEN))
        assert [given.person.name for given in session.approvals] == ["Ada", "Ben"]

        session = await installation.reply(session, "and title it")
        assert session.approvals == (), "a new push voids it"
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and "0 of 1" in session.error
        await honk.command("approve", Call(session.id, BEN))
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)


async def test_what_the_guard_flags_takes_a_look_and_the_rules_are_those_of_now(installation: Installation) -> None:
    ci = ".github/workflows/ci.yml"
    installation.repository("careful", {**APP, ci: "on: push\njobs: {}\n"})
    installation.scripts["strip the name"] = (
        *edit("greet.py", STRIPPED)[:-1],
        *edit(ci, "on: pull_request_target\njobs: {}\n"),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "careful.git"))
        session = await installation.ask("strip the name")
        assert session.phase == Phase.REVIEW and session.guard, await installation.thread(session)
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and "Somebody has to look at this first" in session.error

        installation.push("careful", "honk.toml", rules("[policy]", 'merge = "nobody"')["honk.toml"])
        session = await installation.merge(session, confirmed=True)
        assert session.phase == Phase.REVIEW and "lets nobody merge" in session.error, "a rule made since counts"
        installation.push("careful", "honk.toml", rules("[policy]", 'merge = "anyone"')["honk.toml"])
        session = await installation.merge(session, BEN, confirmed=True)
        assert session.phase == Phase.LIVE, await installation.thread(session)


async def test_a_moved_base_is_tested_together_before_the_branch_moves(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("strip the name")
        red = installation.push("app", "test_more.py", MORE.format(want="Hello,  Ada"))
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and installation.main() == red, await installation.thread(session)
        assert "together with them test is red" in session.error
        assert all(verdict.ok for verdict in session.verdicts), "of itself it is as green as it was"

        moved = installation.push("app", "test_more.py", MORE.format(want="Hello, Ada"))
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        tested = [data for data in await installation.recorded(session, events.Verified) if data.by == "merge"]
        app = installation.root / "app.git"
        assert installation.git("rev-parse", "main^{tree}", at=app) == tested[-1].tree
        assert installation.git("show", "-s", "--format=%P", "main", at=app).split() == [moved, session.change.head]
        assert installation.file("greet.py") == STRIPPED.strip() and "test_more" not in installation.file("greet.py")


MORE = (
    "import unittest\n\nfrom greet import greet\n\n\nclass More(unittest.TestCase):\n"
    '    def test_spaces(self):\n        self.assertEqual(greet(" Ada"), "{want}")\n'
)


async def test_a_reply_mends_what_is_red_together(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["stay polite"] = (
        read("test_more.py"),
        write("test_more.py", MORE.format(want="Hello, Ada")),
        VERIFY_STEP,
        say("The new test expects stripped names now."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("strip the name")
        installation.push("app", "test_more.py", MORE.format(want="Hello,  Ada"))
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW
        session = await installation.reply(session, "stay polite")
        said = str(installation.model.asked[-1].body["messages"])
        assert "main has moved and is now merged into the working tree" in said and "stay polite" in said
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["greet.py", "test_more.py"]
        session = await installation.merge(session, confirmed=True)
        assert session.phase == Phase.LIVE, await installation.thread(session)


async def test_a_conflict_goes_back_to_the_agent_once(installation: Installation) -> None:
    both = 'def greet(name):\n    return "Hi, " + name.strip()\n'
    greets = APP["test_greet.py"].replace("Hello, Ada", "Hi, Ada")
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["conflict markers"] = (read("greet.py"), write("greet.py", both), VERIFY_STEP, say("Both."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("strip the name")
        first = session.change.head
        (installation.root / "app-checkout" / "test_greet.py").write_text(greets)
        moved = installation.push("app", "greet.py", 'def greet(name):\n    return "Hi, " + name\n')
        session = await installation.merge(session)
        assert [turn.person for turn in session.turns] == [ADA, AGENT]
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.main() == moved, "resolved, and shown to a person before it is merged"
        assert "main has new commits and conflicts in greet.py" in await installation.thread(session)
        app = installation.root / "app.git"
        assert installation.git("show", "-s", "--format=%P", session.change.head, at=app).split() == [first, moved]
        assert "<<<<" not in installation.file("greet.py", rev=session.change.branch)
        assert [file.path for file in session.change.diffstat.files] == ["greet.py"], "what is new against the new base"

        again = installation.push("app", "greet.py", 'def greet(name):\n    return "Hi, " + name + ""\n')
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and installation.main() == again
        assert "has new commits again and conflicts in greet.py" in session.error
        assert len(session.turns) == 2

        installation.push("app", "greet.py", 'def greet(name):\n    return "Hi, " + name\n')
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert installation.file("greet.py") == both.strip()


async def test_a_checkout_of_the_users_moves_along_when_it_is_clean(installation: Installation) -> None:
    checkout = installation.root / "app-checkout"
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    async with installation.open() as honk:
        await honk.add_repo(str(checkout), "app")
        session = await installation.ask("strip the name")
        (checkout / "greet.py").write_text("# a note to myself\n")
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW
        assert "commit or stash" in session.error
        assert (checkout / "greet.py").read_text() == "# a note to myself\n"

        installation.git("checkout", "greet.py", at=checkout)
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert (checkout / "greet.py").read_text() == STRIPPED
        assert installation.git("status", "--porcelain", at=checkout) == ""
        assert installation.git("rev-parse", "main", at=checkout) == session.ship.merged_sha
