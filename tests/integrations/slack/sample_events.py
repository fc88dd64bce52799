"""Sessions' sample_events made by hand, as the flow would write them."""

from collections.abc import Iterable, Sequence

from honk.core import events
from honk.core.change import Change, Diffstat, FileChange
from honk.core.cost import Cost
from honk.core.delivery import Artifact, Preview, Screenshot
from honk.core.events import Event, EventData
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.verdict import Finding, Verdict

ROBIN = Person("slack:T1/U1", "Robin", "robin@example.com")
SAM = Person("slack:T1/U2", "Sam", "sam@example.com")
HEAD, BASE, MERGED, REVERTED = "a" * 40, "b" * 40, "c" * 40, "d" * 40
PLACE = "slack:T1/C1/1700000000.000100"
REQUEST = "the playlist page crashes when it is empty"
URL = "https://forge.example/shop/pull/7"

GREEN = (
    Verdict("lint", True, 0.3, "ruff check .", "pyproject.toml"),
    Verdict("test", True, 2.1, "pytest -q", "pyproject.toml"),
)
RED = (
    GREEN[0],
    Verdict("test", False, 2.4, "pytest -q", "pyproject.toml", "FAILED test_playlist.py::test_empty\nIndexError: list"),
)
CHANGE = Change(
    branch="honk/s1",
    base_branch="main",
    base=BASE,
    head=HEAD,
    url=URL,
    number=7,
    diffstat=Diffstat((FileChange("app/playlist.py", "modified", 4, 1), FileChange("tests/test_x.py", "added", 9, 0))),
)
FLAG = Finding("protected path", "infra/a.tf", 3, "flag", "this path is protected")


def asked(text: str = REQUEST, person: Person = ROBIN, turn: int = 1, place: str = PLACE) -> EventData:
    return events.TurnRequested(
        turn, text, person, context=MessageContext(thread=place, link="https://slack.example/p1" if place else "")
    )


def begun() -> list[EventData]:
    """Until the agent is at work."""
    return [
        events.PhaseEntered(Phase.INTAKE),
        events.RepoChosen("shop", "you named it"),
        events.PhaseEntered(Phase.PREPARE),
        events.WorkspacePrepared(BASE, "main", "honk/s1", True, 0.2),
        events.PhaseEntered(Phase.WORK),
        events.AgentStarted("claude", "claude-sonnet", "c1"),
        events.AgentSaid("I look at the **playlist** page."),
        events.AgentToolUsed("Edit", "app/playlist.py"),
    ]


def checked(verdicts: Sequence[Verdict] = GREEN, findings: Sequence[Finding] = (), round: int = 1) -> EventData:
    return events.Verified(round, "agent", "t" * 40, tuple(verdicts), tuple(findings))


def preview(session: str, base: str = "https://honk.example") -> Preview:
    return Preview(
        url=f"{base}/p/token/",
        artifacts=(Artifact("shop.apk", "e" * 64, 3_400_000, f"{base}/f/token"),),
        screenshots=(Screenshot("/", "before", "1" * 64), Screenshot("/", "after", "2" * 64)),
    )


def proposed(
    turn: int = 1, *, findings: Sequence[Finding] = (), change: Change = CHANGE, preview: Preview | None = None
) -> list[EventData]:
    """From the agent's end to the review."""
    said = "The page now says *No songs yet*.\n\n- guarded `playlist[0]`\n- added a test"
    return [
        checked(findings=findings),
        events.CostRecorded(Cost(0.12, 1000, 200), "claude-sonnet"),
        events.AgentEnded(said),
        events.PhaseEntered(Phase.CHECK),
        events.BranchUpdated(change),
        events.PhaseEntered(Phase.PROPOSE),
        events.ChangeProposed(change, said),
        events.PhaseEntered(Phase.PREVIEW),
        *([events.PreviewReady(preview)] if preview else []),
        events.TurnEnded(turn, Phase.REVIEW, said),
    ]


def whole(*, findings: Sequence[Finding] = (), preview: Preview | None = None) -> list[EventData]:
    """One turn from the request to the review."""
    return [asked(), *begun(), *proposed(findings=findings, preview=preview)]


def merged(person: Person = ROBIN) -> list[EventData]:
    """From the merge command to live."""
    return [
        events.MergeRequested(HEAD, person),
        events.PhaseEntered(Phase.MERGE),
        events.Merged(MERGED, person),
        events.PhaseEntered(Phase.DEPLOY),
        events.Deployed(MERGED, True, 3.0),
        events.PhaseEntered(Phase.WATCH),
        events.HealthWatched(True, 10.0),
        events.PhaseEntered(Phase.LIVE),
    ]


def rolled_back(person: Person = ROBIN) -> list[EventData]:
    """From the rollback command to the previous version."""
    return [
        events.RollbackRequested("Robin asked for it", person),
        events.PhaseEntered(Phase.ROLLBACK),
        events.RolledBack(REVERTED, "Robin asked for it", person),
        events.PhaseEntered(Phase.ROLLED_BACK),
    ]


def history(rows: Iterable[EventData], session: str = "s1", began: float = 1000.0) -> tuple[Event, ...]:
    """The log, one second a fact."""
    return tuple(Event(session, index + 1, began + index, data) for index, data in enumerate(rows))
