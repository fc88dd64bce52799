"""The follower, tick by tick, on a GitHub that runs beside the test; there is no agent and nothing is waited for."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from honk_simulators import github
from honk_simulators.github.simulator import GitHubSimulator as GitHub
from honk_simulators.github.state.accounts import GitHubAccount, Installation
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.request_log import RequestFault
from honk_simulators.github.state.workflows import Job, Workflow, failing, flaky, passing

from honk import settings as settings_module
from honk.app import open_app
from honk.core import events
from honk.core.change import Change
from honk.core.errors import WorkFailed
from honk.core.honk_toml import Deploy
from honk.core.person import AGENT, Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.pipeline.ci import checks_review, deployments
from honk.pipeline.ci.watcher import LEASE_SECONDS, Follower
from honk.pipeline.context import Services, StageContext
from honk.settings import GitHubAccess

BRANCH = "honk/abc2345-strip"
DAY = 86_400.0
LOG = "AssertionError: Hello is not enough\n"


@dataclass
class Bench:
    """A house without a worker, and one session that waits for a person with its head on GitHub."""

    github: GitHub
    repository: Repository
    installation: Installation
    ada: GitHubAccount
    services: Services
    now: float = 0.0
    followers: list[Follower] = field(default_factory=list)
    id: str = "abc2345"
    started: float = 0.0

    async def session(self) -> Session:
        return await self.services.store.session(self.id)

    async def ctx(self) -> StageContext:
        return await StageContext.opened(self.services, self.id, "order-1", 0)

    async def head(self) -> str:
        return (await self.session()).change.head

    async def thread(self) -> str:
        """Honk's sentences."""
        told = await self.services.store.events(self.id)
        return "\n".join(event.data.text for event in told if isinstance(event.data, events.NoteAdded))

    async def told(self, kind: type[events.EventData]) -> int:
        return sum(isinstance(event.data, kind) for event in await self.services.store.events(self.id))

    def follower(self) -> Follower:
        made = Follower(self.services, lambda: self.started + self.now)
        self.followers.append(made)
        return made

    async def tick(self, minutes: float = 1.0, by: Follower | None = None) -> None:
        """Time passes, and somebody looks."""
        self.now += minutes * 60
        await (by or self.followers[0]).tick()
        await self.github.settled()

    def draft(self, wanted: bool | None = None) -> bool:
        """Whether it is one; a person may make it so."""
        pull = self.repository.issues[1].pull
        assert pull is not None
        pull.draft = pull.draft if wanted is None else wanted
        return pull.draft

    async def propose(self, content: str = "new", draft: bool = False) -> None:
        """A head that waits for a person."""
        store = self.services.store
        head = await self.github.push(self.ada, self.repository, BRANCH, {"greet.py": content})
        change = Change(
            branch=BRANCH,
            base_branch="main",
            base=(await self.session()).change.base,
            head=head,
            number=1,
            url="http://pull/1",
        )
        await store.record(self.id, events.BranchUpdated(change))
        await store.record(self.id, events.ChangeProposed(change, "", draft))
        self.started = (await store.events(self.id))[-1].at
        turn = (await self.session()).current
        assert turn is not None
        await store.record(self.id, events.TurnEnded(turn.number, Phase.REVIEW))
        await self.github.settled()

    @property
    def looks(self) -> int:
        """How often anybody has looked at checks."""
        return sum(seen.path.endswith("/check-runs") for seen in self.github.requests)

    async def say(self, commit: str, state: str) -> None:
        """An older kind of check says something of a commit."""
        await self.github.status(self.ada, self.repository, commit, "jenkins", state)

    async def another(self, name: str) -> None:
        """One more session that waits for a person, with the same head."""
        store, change = self.services.store, (await self.session()).change
        await store.start(name, events.TurnRequested(1, "strip", AGENT, "shop"))
        await store.record(name, events.WorkspacePrepared(change.base, "main", BRANCH, False, 0.0))
        await store.record(name, events.ChangeProposed(change, ""))
        await store.record(name, events.TurnEnded(1, Phase.REVIEW))

    def jobs(self, **jobs: Job) -> None:
        """What the workflow does from now on."""
        self.repository.workflows[0].jobs = jobs


@asynccontextmanager
async def bench(
    root: Path, workflows: Sequence[Workflow], files: Mapping[str, str] | None = None, **changed: object
) -> AsyncIterator[Bench]:
    async with github.serve() as hub:
        ada = hub.user("ada")
        repository = await hub.repository(
            "acme/shop", files=files or {"greet.py": "old"}, writers=[ada], workflows=workflows
        )
        await hub.settled()
        app = hub.app()
        installation = hub.install(app, repository)
        base = settings_module.load({"HONK_HOME": str(root / "home"), "HOME": str(root)})
        file = replace(base.file, github=replace(base.file.github, **{"ci_rounds": 1, **changed}))  # type: ignore[arg-type]
        access = GitHubAccess(url=hub.url, app_id=str(app.id), private_key=app.private_key)
        opened = open_app(replace(base, github=access, file=file), base_url="http://honk.test", working=False)
        async with opened as service:
            repo = await service.add_repo(f"{hub.web}/acme/shop", "shop")
            made = Bench(hub, repository, installation, ada, service.services)
            await service.services.store.start(
                made.id, events.TurnRequested(1, "strip", Person(f"github:{ada.id}", "Ada", "a@b.c"), "shop")
            )
            found = await service.services.forges["github"].fetch(repo, (await made.ctx()).mirror)
            await service.services.store.record(made.id, events.WorkspacePrepared(found, "main", BRANCH, False, 0.0))
            await made.propose()
            await hub.pull_request(ada, repository, BRANCH, "Strip", draft=True)
            made.follower()
            yield made


def a_workflow(**jobs: Job) -> Workflow:
    return Workflow("ci", jobs)


async def test_green_makes_the_draft_ready_and_is_over(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        await at.tick(0)
        assert [(check.name, check.state) for check in (await at.session()).ci] == [("test", "green")]
        assert (await at.session()).ci_of == await at.head()
        assert not at.repository.issues[1].pull.draft  # type: ignore[union-attr]
        asked = len(at.github.requests)
        await at.tick()
        assert len(at.github.requests) == asked, "nobody asks about what is settled"
        at.now += 1
        await at.followers[0].tick(frozenset({await at.head()}))
        assert len(at.github.requests) > asked, "unless something is heard of it"
        assert await at.told(events.ForgeChecksRead) == 1


async def test_a_head_is_made_ready_once(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        await at.tick(0)
        at.draft(True)
        await at.followers[0].tick(frozenset({await at.head()}))
        assert at.draft(), "a person's word counts more"
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.propose("newer")
        await at.tick(0)
        assert not at.draft() and (await at.thread()).count("no draft any more") == 2


async def test_what_turns_out_red_is_a_draft_unless_a_person_wants_it_ready(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())], ci_rounds=0) as at:
        at.jobs(test=failing(LOG))
        for draft in (False, True):
            at.draft(False)
            await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
            await at.propose(f"was a draft: {draft}", draft=draft)
            await at.tick(0)
            await at.tick()
            assert "It is yours now" in (await at.thread()) and at.draft() is not draft
            at.draft(False)
            await at.followers[0].tick(frozenset({await at.head()}))
            assert not at.draft()


async def test_with_nothing_to_wait_for_after_all_it_is_ready(tmp_path: Path) -> None:
    async with bench(tmp_path, []) as at:
        await at.tick(2)
        assert at.draft(), "a person's"
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.propose("newer", draft=True)
        at.now = 0.0
        await at.tick(0)
        assert at.draft(), "one may come yet"
        await at.tick(2)
        assert not at.draft()


async def test_red_is_run_again_and_then_sent_back_once(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        at.jobs(test=failing(LOG))
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.propose("newer")
        await at.tick(0)
        assert (
            "Running that once more" in (await at.thread())
            and (await at.session()).ci[0].again
            and not (await at.session()).ci[0].finished
        )
        await at.tick()
        assert (await at.session()).ci_rounds == 1 and (await at.session()).sent_back is not None
        turn = (await at.session()).turns[-1]
        assert turn.person == AGENT and 'The check "test" failed on the forge.' in turn.text
        assert LOG not in turn.text, "what a log says comes along as data"
        await at.tick()
        assert len((await at.session()).turns) == 3, "the turn waits for a worker: nothing more is done"


async def test_a_crash_between_the_note_and_the_turn_loses_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        await at.services.store.record(at.id, events.ChecksSentToAgent(await at.head(), ("test",), 2))
        await at.tick(0)
        assert [turn.person.id for turn in (await at.session()).turns[1:]] == [AGENT.id]
        assert (await at.session()).ci_rounds == 1


async def test_an_agent_that_changed_nothing_is_not_asked_again(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())], ci_rounds=5) as at:
        at.jobs(test=failing(LOG))
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.propose("newer")
        await at.tick(0)
        await at.tick()
        assert (await at.session()).ci_rounds == 1
        await at.services.store.record(at.id, events.TurnEnded(3, Phase.REVIEW))
        await at.tick()
        assert (await at.session()).ci_rounds == 1 and "It is yours now" in await at.thread()


@pytest.mark.parametrize("state", ["failure", "success"])
async def test_what_still_runs_on_the_base_is_not_known_yet(tmp_path: Path, state: str) -> None:
    async with bench(tmp_path, []) as at:
        await at.say((await at.session()).change.base, "pending")
        await at.say(await at.head(), "failure")
        for minutes in (0, 1, 1):
            await at.tick(minutes)
        assert (
            (await at.session()).ci[0].unclear
            and (await at.session()).ci[0].blames
            and await at.told(events.ChecksSentToAgent) == 0
        )
        assert (await at.thread()).count("whether this change is to blame is not known yet") == 1
        await at.say((await at.session()).change.base, state)
        await at.tick()
        assert (await at.session()).ci[0].on_base is (state == "failure") and not (await at.session()).ci[0].unclear
        assert await at.told(events.ChecksSentToAgent) == (state == "success")


async def test_what_never_ends_on_the_base_is_the_changes_after_a_while(tmp_path: Path) -> None:
    async with bench(tmp_path, []) as at:
        await at.say((await at.session()).change.base, "pending")
        await at.say(await at.head(), "failure")
        await at.tick(0)
        await at.tick(59)
        assert await at.told(events.ChecksSentToAgent) == 0
        await at.tick(2)
        assert await at.told(events.ChecksSentToAgent) == 1


async def test_an_earlier_commit_speaks_for_a_base_without_an_answer(tmp_path: Path) -> None:
    async with bench(tmp_path, []) as at:
        await at.say((await at.session()).change.base, "failure")
        base = await at.github.push(at.ada, at.repository, "main", {"other": "x"})
        await at.services.forges["github"].fetch(await at.services.store.repo("shop"), (await at.ctx()).mirror)
        await at.say(base, "pending")
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.services.store.record(at.id, events.WorkspacePrepared(base, "main", BRANCH, False, 0.0))
        await at.propose("newer")
        await at.say(await at.head(), "failure")
        await at.tick(0)
        assert (await at.session()).ci[0].on_base and await at.told(events.ChecksSentToAgent) == 0


async def test_who_may_not_run_it_again_takes_its_word(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        at.jobs(test=failing(LOG))
        at.github.narrow(at.installation, permissions={**at.installation.permissions, "actions": "read"})
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.propose("newer")
        await at.tick(0)
        await at.tick()
        assert (await at.session()).ci_rounds == 1 and "once more" not in await at.thread()


async def test_a_person_who_speaks_meanwhile_is_not_talked_over(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        await at.services.store.reply(at.id, events.TurnRequested(0, "wait", AGENT))
        with pytest.raises(checks_review.Gone):
            await checks_review.record(
                await at.ctx(), events.ChecksSentToAgent(await at.head(), ("test",), 3), "sent", await at.head()
            )
        asked = len(at.github.requests)
        await at.tick(0)
        assert len(at.github.requests) == asked and await at.told(events.ChecksSentToAgent) == 0


async def test_what_never_comes_is_said_after_a_while(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        at.repository.protections["main"] = Protection(checks=("test", "security"))
        await at.tick(59)
        assert not (await at.thread()) and [check.state for check in (await at.session()).ci] == ["queued", "green"]
        await at.tick(2)
        await at.tick(11)
        assert (await at.thread()).count("After 60 minutes “security” has no result.") == 1


async def test_a_forge_that_does_not_answer_says_nothing_of_the_checks(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        at.github.strike(RequestFault("cut", "/check-runs$", count=None))
        for _ in range(2):
            await at.tick()
        assert not (await at.session()).ci and not await at.thread()
        await at.tick()
        assert "they count as unknown" in await at.thread()
        at.github.strike()
        await at.tick()
        assert (await at.session()).ci[0].state == "green"


async def test_a_missing_permission_is_named_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        granted = {name: level for name, level in at.installation.permissions.items() if name != "checks"}
        at.github.narrow(at.installation, permissions=granted)
        await at.tick(0)
        await at.tick()
        assert (await at.thread()).count("they count as unknown") == 1 and "checks: read" in await at.thread()


async def test_one_follower_at_a_time(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=flaky(LOG))]) as at:
        other = at.follower()
        await at.tick(0)
        asked = len(at.github.requests)
        assert await other.tick() == LEASE_SECONDS / 4 and len(at.github.requests) == asked
        await at.followers[0].stop()
        await other.tick()
        assert len(at.github.requests) > asked


async def test_a_session_is_followed_however_many_newer_ones_there_are(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        for number in range(210):
            await at.services.store.start(f"newer{number}", events.TurnRequested(1, "other", AGENT, "shop"))
        await at.tick(0)
        assert (await at.session()).ci[0].state == "green"


async def test_old_ones_are_looked_at_one_after_the_other(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        at.repository.protections["main"] = Protection(checks=("security",))
        for number in range(3):
            await at.another(f"old{number}")
        at.now = 61 * 60
        looks = []
        for _ in range(10):
            await at.followers[0].tick()
            looks.append(at.looks)
            at.now += 6.5
        assert looks == [1, 1, 2, 2, 3, 3, 4, 4, 4, 4], "one every 12 seconds, each once"
        before = at.looks
        await at.followers[0].tick(frozenset({await at.head()}))
        assert at.looks == before + 4, "unless something is heard of them"


async def test_what_does_not_move_is_looked_at_ever_more_seldom(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())]) as at:
        at.repository.protections["main"] = Protection(checks=("security",))
        await at.tick(61)
        for days, seldom in [(1, 0.1), (5, 0.5), (60, 1.0)]:
            at.now = days * DAY
            await at.tick()
            looks = at.looks
            await at.tick(0.95 * seldom * DAY / 60)
            assert at.looks == looks
            await at.tick(0.1 * seldom * DAY / 60)
            assert at.looks == looks + 1
        assert (await at.thread()).count("has no result") == 1


@pytest.mark.parametrize(
    ("workflow", "job", "said"),
    [
        ("ci.yml", failing("no SDK\n"), "ci.yml failed, so there is nothing of it to try: "),
        ("ci.yml", passing(), "ci.yml has kept no artifacts: "),
        ("release.yml", passing(), "There is no workflow release.yml in acme/shop"),
    ],
)
async def test_a_build_that_is_not_there_is_said_once(tmp_path: Path, workflow: str, job: Job, said: str) -> None:
    files = {"honk.toml": f'[preview]\nworkflow = "{workflow}"\n', "greet.py": "old"}
    async with bench(tmp_path, [a_workflow(test=job)], files) as at:
        await at.tick(0)
        await at.tick()
        preview = (await at.session()).preview
        assert f"{(await at.thread())}\n{preview.note}".count(said) == 1 and not preview.artifacts


async def test_a_build_replaces_the_one_before(tmp_path: Path) -> None:
    files = {"honk.toml": '[preview]\nworkflow = "ci.yml"\n', "greet.py": "old"}
    async with bench(tmp_path, [a_workflow(test=passing("", {"app": {"a.apk": b"one"}}))], files) as at:
        await at.tick(0)
        at.jobs(test=passing("", {"app": {"a.apk": b"other"}}))
        await at.services.store.reply(at.id, events.TurnRequested(0, "more", AGENT))
        await at.propose("newer")
        await at.tick()
        assert [(each.name, each.size) for each in (await at.session()).preview.artifacts] == [("a.apk", 5)]


async def test_a_deployment_that_does_not_come_or_end_is_unknown(tmp_path: Path) -> None:
    async with bench(tmp_path, [a_workflow(test=passing())], deploy_seconds=0.1) as at:
        assert not await deployments.expected(await at.ctx(), Deploy())
        assert await deployments.follow(await at.ctx(), Deploy(), await at.head()) is None
        with pytest.raises(WorkFailed, match=r"deploy\.yml"):
            await deployments.follow(await at.ctx(), Deploy(workflow="deploy.yml"), await at.head())
        where = f"/repos/{at.repository.full_name}/deployments"
        await at.github.act(at.ada, "POST", where, {"ref": (await at.head()), "required_contexts": []})
        assert await deployments.expected(await at.ctx(), Deploy())
        with pytest.raises(WorkFailed, match="I cannot say whether it is live"):
            await deployments.follow(await at.ctx(), Deploy(timeout=0.1), await at.head())
