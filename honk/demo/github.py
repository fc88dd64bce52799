"""The demo on a simulated GitHub, which refuses what the real one refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from honk_simulators import github
from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.branches import pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.simulator import GitHubSimulator
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.workflows import Workflow, passing

from honk.core import ci
from honk.core.session import Session
from honk.demo.story import PROJECT, REQUESTER, DemoSetup
from honk.git import remote
from honk.settings import GitHubAccess

OWNER = "tidewater"
CHECK = "test"
LOG = "python3 -m unittest -q\nRan 31 tests in 2.1s\n\nOK\n"


@dataclass(frozen=True)
class DemoGitHub:
    """The simulated GitHub and its one repository."""

    simulator: GitHubSimulator
    repository: Repository

    @property
    def url(self) -> str:
        """The repository's page."""
        return f"{self.simulator.web}/{self.repository.full_name}"

    async def transcripts(self) -> list[str]:
        """The pull requests' pages as text, oldest first."""
        return [await self.simulator.transcript(self.repository, number) for number in sorted(self.repository.issues)]


@asynccontextmanager
async def opened(at: DemoSetup) -> AsyncIterator[tuple[DemoSetup, DemoGitHub]]:
    """The demo's setup with the repository on GitHub: `main` takes only pull requests with a green check. Honk uses
    Robin's token."""
    async with github.serve(root=_made(at)) as simulator:
        robin = simulator.user("robin", REQUESTER.name, REQUESTER.email)
        simulator.organization(OWNER, [robin])
        workflow = Workflow("ci", {CHECK: passing(LOG)})
        repository = await simulator.repository(f"{OWNER}/{PROJECT}", private=True, writers=[robin])
        repository.workflows = [workflow_runs.prepare(simulator.state, workflow)]
        start = (await remote.remote_refs(str(at.repository))).head
        await git.bring(repository.git_dir, at.repository, start, "refs/heads/main")
        await pushes.moved(simulator.state, repository, robin, [("refs/heads/main", git.NOTHING, start)])
        await simulator.settled()
        repository.protections["main"] = Protection(checks=(CHECK,))
        access = GitHubAccess(url=simulator.url, token=simulator.token(robin))
        patience = replace(at.settings.file.github, poll_seconds=0.5)
        own = replace(at.settings, github=access, file=replace(at.settings.file, github=patience))
        hub = DemoGitHub(simulator, repository)
        yield replace(at, settings=own, address=hub.url, ready=checked), hub


def checked(session: Session) -> bool:
    """GitHub's checks have ended: before that it does not merge."""
    return bool(session.ci) and ci.settled(session.ci)


def _made(at: DemoSetup) -> Path:
    place = at.root / "github"
    place.mkdir()
    return place
