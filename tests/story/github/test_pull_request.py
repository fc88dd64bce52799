"""From a request to a merged pull request on GitHub, and what may come in between."""

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from honk_simulators.github import RequestFault
from honk_simulators.github.state.repositories import Protection

from honk.client import Call
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.policy import FILENAME
from tests.story.conftest import APP, VERIFY_STEP, Installation, read, say, shell, write
from tests.story.github.github_story import BEST, BETTER, edit, open_github_story

POLICY = {**APP, FILENAME: APP[FILENAME] + '[policy]\nmerge = "anyone"\napprovals = 1\n'}


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = edit(BETTER)
    built.scripts["document it"] = edit(BEST)
    return built


async def test_a_request_becomes_a_merged_pull_request_and_is_taken_back(installation: Installation) -> None:
    async with open_github_story(installation) as at:
        session = await at.ask()
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        issue = at.pull(session.change.number)
        assert session.change.url == f"{at.simulator.web}/acme/shop/pull/{issue.number}"
        assert "### Unchanged\n\nexisting tests" in (issue.body or "") and "| ✓ | test |" in (issue.body or "")
        await at.service.command("reply", Call(session.id, at.person, "document it"))
        session = await installation.quiet(session.id)
        assert list(at.repository.issues) == [issue.number] and "document it" in (issue.body or "")
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert issue.pull is not None and issue.pull.merged_at is not None
        session = await at.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
        assert at.pull(2).title.startswith("Revert ") and at.pull(2).pull.merged_at  # type: ignore[union-attr]
        assert installation.git("show", "main:greet.py", at=at.repository.git_dir) == APP["greet.py"].strip()


@pytest.mark.long
async def test_who_may_not_write_on_github_may_not_through_honk(installation: Installation) -> None:
    async with open_github_story(installation) as at:
        eve = at.simulator.user("eve")
        refused = await installation.quiet(
            (await at.service.ask("strip the name", Person(f"github:{eve.id}", "Eve", ""))).id
        )
        assert "You may not change shop yet" in refused.error
        unknown = await installation.quiet(
            (await at.service.ask("strip the name", Person("slack:T1/U9", "Cat", ""))).id
        )
        assert "account on GitHub is not known" in unknown.error and "/honk link" in unknown.error
        session = await at.ask()
        at.simulator.role(at.repository, at.ada, "read")
        session = await at.merge(session)
        assert "Ada may not write to this repository" in session.error
        assert not at.repository.issues[1].pull.merged_at  # type: ignore[union-attr]


@pytest.mark.long
async def test_githubs_rules_are_github_own_and_its_reviews_count(installation: Installation) -> None:
    async with open_github_story(installation, files=POLICY, protection=Protection(reviews=1)) as at:
        ben = at.simulator.user("ben")
        at.simulator.role(at.repository, ben, "write")
        session = await at.ask()
        await at.simulator.approve(at.ada, at.repository, session.change.number)
        session = await at.merge(session)
        assert "Approvals of this commit by others: 0 of 1" in session.error, "her own counts for nothing"
        await at.simulator.approve(ben, at.repository, session.change.number)
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)


@pytest.mark.long
async def test_what_github_waits_for_is_said_and_nothing_is_lost(installation: Installation) -> None:
    async with open_github_story(installation, protection=Protection(reviews=1)) as at:
        ben = at.simulator.user("ben")
        at.simulator.role(at.repository, ben, "write")
        session = await at.ask()
        session = await at.merge(session)
        assert "GitHub does not merge #1 yet" in session.error and "review" in session.error
        await at.simulator.approve(ben, at.repository, session.change.number)
        assert (await at.merge(session)).phase == Phase.LIVE


@pytest.mark.long
async def test_a_base_that_moved_is_tested_together(installation: Installation) -> None:
    async with open_github_story(installation) as at:
        session = await at.ask()
        await at.simulator.push(at.ada, at.repository, "main", {"other.py": "x = 1\n"})
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert installation.git("show", "main:other.py", at=at.repository.git_dir) == "x = 1"
        assert "strip" in installation.git("show", "main:greet.py", at=at.repository.git_dir)


@pytest.mark.long
async def test_a_branch_that_has_to_contain_its_base_is_brought_up_to_date(installation: Installation) -> None:
    installation.scripts["bring it up to date"] = (VERIFY_STEP, say("It is."))
    async with open_github_story(installation, protection=Protection(checks=("ci",), strict=True)) as at:
        session = await at.ask()
        await at.simulator.push(at.repository.owner, at.repository, "main", {"other.py": "x = 1\n"})
        await at.simulator.status(at.ada, at.repository, session.change.head, "ci", "success")
        session = await at.merge(session)
        assert "Write to Honk to have it updated" in session.error, session.error
        await at.service.command("reply", Call(session.id, at.person, "bring it up to date"))
        session = await installation.quiet(session.id)
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        await at.simulator.status(at.ada, at.repository, session.change.head, "ci", "success")
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert installation.git("show", "main:other.py", at=at.repository.git_dir) == "x = 1"


@pytest.mark.long
async def test_a_merge_on_github_is_taken_as_the_merge_and_deployed(installation: Installation) -> None:
    files = {**APP, FILENAME: APP[FILENAME] + f"[deploy]\nrun = 'cp greet.py {installation.root}/live.py'\n"}
    async with open_github_story(installation, files=files) as at:
        session = await at.ask()
        sha = await at.simulator.merge(at.ada, at.repository, session.change.number)
        session = await at.merge(session)
        assert (session.phase, session.ship.merged_sha) == (Phase.LIVE, sha), await installation.thread(session)
        assert (installation.root / "live.py").read_text() == BETTER


@pytest.mark.long
async def test_all_commits_of_a_rebased_pull_request_are_taken_back(installation: Installation) -> None:
    async with open_github_story(installation, merge_method="rebase") as at:
        session = await at.ask()
        await at.service.command("reply", Call(session.id, at.person, "document it"))
        session = await at.merge(await installation.quiet(session.id))
        assert installation.git("rev-list", "--count", "main", at=at.repository.git_dir) == "3"
        session = await at.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
        assert installation.git("show", "main:greet.py", at=at.repository.git_dir) == APP["greet.py"].strip()


@pytest.mark.long
async def test_a_push_by_somebody_else_is_kept(installation: Installation) -> None:
    async with open_github_story(installation) as at:
        session = await at.ask()
        theirs = await at.simulator.push(at.ada, at.repository, session.change.branch, {"mine.py": "x = 1\n"})
        await at.service.command("reply", Call(session.id, at.person, "document it"))
        session = await installation.quiet(session.id)
        assert session.phase == Phase.REVIEW, session.error
        assert f"Others pushed to `{session.change.branch}`: {theirs[:10]}" in await installation.thread(session)
        assert at.pull(1).pull.head_sha == session.change.head  # type: ignore[union-attr]
        parents = installation.git("show", "-s", "--format=%P", session.change.head, at=at.repository.git_dir)
        assert parents == theirs


@pytest.mark.parametrize("where", ["POST .*/pulls$", "PUT .*/merge$"])
@pytest.mark.long
async def test_an_answer_that_is_lost_does_nothing_twice(installation: Installation, where: str) -> None:
    async with open_github_story(installation) as at:
        at.simulator.strike(RequestFault("cut", where, after=True))
        session = await at.merge(await at.ask())
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert list(at.repository.issues) == [1]


@pytest.mark.parametrize(
    ("befalls", "says"),
    [
        ("archive", "acme/shop is archived"),
        ("rename", ""),
    ],
)
@pytest.mark.long
async def test_what_befalls_the_repository_in_a_session(installation: Installation, befalls: str, says: str) -> None:
    async with open_github_story(installation) as at:
        session = await at.ask()
        getattr(at.simulator, befalls)(at.repository, *(["store"] if befalls == "rename" else []))
        session = await at.merge(session)
        assert (says in session.error) if says else (session.phase == Phase.LIVE), session.error


SIGHT = "env; cat /proc/*/environ /proc/*/cmdline; cat .git/config; find / -xdev -name '*.json'; cat /tmp/* /run/*"
"""All that one sees in a sandbox."""


def watching(installation: Installation) -> tuple[Path, Path]:
    """A git before the real one in PATH, that writes its arguments down; its directory, and its notes."""
    notes, place = installation.root / "git.log", installation.root / "bin"
    place.mkdir()
    git = place / "git"
    real = next(path for path in os.environ["PATH"].split(":") if (Path(path) / "git").exists())
    git.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {notes}\nexec {real}/git "$@"\n')
    git.chmod(git.stat().st_mode | stat.S_IXUSR)
    return place, notes


async def test_tokens_are_found_nowhere(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    place, notes = watching(installation)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    installation.scripts["look around"] = (read("greet.py"), shell(SIGHT), write("greet.py", BETTER), say("Done."))
    installation.tune("model", record=True)
    files = {**APP, FILENAME: f"[verify]\ntest = '''{SIGHT}; python3 -m unittest -q'''\n"}
    async with open_github_story(installation, files=files) as at:
        session = await at.merge(await at.ask("look around"))
        assert session.phase == Phase.LIVE, await installation.thread(session)
        tokens = [*at.simulator.state.tokens, installation.settings.github.private_key.splitlines()[1]]
        recorded = await installation.thread(session) + "".join(str(seen.body) for seen in installation.model.requests)
    assert len(tokens) > 3 and "honk-placeholder" in recorded
    argv = notes.read_text()
    assert "fetch" in argv and "push" in argv
    kept = {path: path.read_bytes() for path in installation.settings.home.rglob("*") if path.is_file()}
    for token in tokens:
        assert token not in recorded and token not in argv
        assert not [path for path, content in kept.items() if token.encode() in content]
    assert replace(installation.settings).github.private_key not in repr(installation.settings)
