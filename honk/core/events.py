"""The things that can happen to a session: one small frozen class each.

The append-only log of these events is the truth about a session; everything else (`Session`, `Timeline`, the thread,
the evidence) is folded from it. An event holds plain values only, so that it goes to JSON and back unchanged.
"""

from dataclasses import dataclass

from honk.core.change import Change
from honk.core.ci import Check
from honk.core.cost import Cost
from honk.core.delivery import Preview
from honk.core.diff import MeasuredTests
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.verdict import Finding, Judgement, SetupRun, Verdict


@dataclass(frozen=True)
class TurnRequested:
    """A person's message: the start of turn `turn`. `repo` is what they named, empty when they named none; `context` is
    what came with it."""

    turn: int
    text: str
    person: Person
    repo: str = ""
    agent: str = ""
    context: MessageContext = NO_CONTEXT


@dataclass(frozen=True)
class RepoChosen:
    """Intake found the repository. `why` says how."""

    repo: str
    why: str


@dataclass(frozen=True)
class QuestionAsked:
    """Honk needs an answer before it can go on; `choices` are the likely ones."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhaseEntered:
    """The session entered a phase."""

    phase: Phase


@dataclass(frozen=True)
class WorkspacePrepared:
    """The workspace is ready. `base` is the commit that it starts from; `reused` when the set-up was already warm;
    `unmatched` are the protected patterns that match no file of it."""

    base: str
    base_branch: str
    branch: str
    reused: bool
    seconds: float
    setup: tuple[SetupRun, ...] = ()
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgentStarted:
    """The agent's program has started. `conversation` is the id by which it can be resumed."""

    agent: str
    model: str
    conversation: str
    resumed: bool = False


@dataclass(frozen=True)
class AgentSaid:
    """Text that the agent wrote while it worked. Untrusted."""

    text: str


@dataclass(frozen=True)
class AgentToolUsed:
    """One tool call of the agent, in a few words. Untrusted."""

    tool: str
    detail: str


@dataclass(frozen=True)
class AgentEnded:
    """The agent ended its turn by itself. `summary` is its last message. Untrusted."""

    summary: str


@dataclass(frozen=True)
class Judged:
    """The judge has read the change of git tree `tree` in turn `turn`."""

    turn: int
    tree: str
    judgement: Judgement


@dataclass(frozen=True)
class PageViewed:
    """The agent looked at a page of the app as its workspace was: the picture is blob `sha256` (PNG). The problems are
    untrusted text, one line each; `problem` says why there is no picture."""

    path: str
    device: str
    sha256: str = ""
    url: str = ""
    console_errors: tuple[str, ...] = ()
    failed_requests: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class BaseConflicted:
    """The base branch, now at `base`, and the change touch the same lines. `tree` is their merge with markers.
    `rewritten`: the base branch no longer contains the old base, so the old commits must not come back."""

    base: str
    tree: str
    paths: tuple[str, ...]
    rewritten: bool = False


@dataclass(frozen=True)
class BaselineVerified:
    """The verifiers ran on the base commit `commit`, without the change."""

    verdicts: tuple[Verdict, ...]
    commit: str = ""


@dataclass(frozen=True)
class Verified:
    """The verifiers ran on exactly the files of git tree `tree`, and the guard read their difference from the base.

    `round` counts from 1 in a turn; `by` is `agent` (it asked), `gate` (it wanted to end its turn) or `merge`.
    """

    round: int
    by: str
    tree: str
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TestsMeasured:
    """What the tests execute and notice of the change whose files are the git tree `tree`."""

    tree: str
    tests: MeasuredTests


@dataclass(frozen=True)
class CostRecorded:
    """More tokens were used; the costs of all these events add up. `model` is the name that the answer gave."""

    cost: Cost
    model: str = ""


@dataclass(frozen=True)
class BudgetReached:
    """The session is paused because it has cost `usd` of `limit`. The work is kept."""

    usd: float
    limit: float


@dataclass(frozen=True)
class BudgetRaised:
    """A person allowed the session more."""

    limit: float
    person: Person


@dataclass(frozen=True)
class EgressRecorded:
    """A sandbox asked for a host, `count` times. `phase` is setup, work or verify."""

    host: str
    allowed: bool
    phase: str
    reason: str = ""
    count: int = 1


@dataclass(frozen=True)
class BranchUpdated:
    """The session's branch has a new head."""

    change: Change


@dataclass(frozen=True)
class BranchMoved:
    """Somebody else moved the session's branch on the forge to `head` (empty: they deleted it); taken in during turn
    `turn`. `authors` are the names of their commits; `conflicts` are files that hold conflict markers."""

    head: str
    turn: int
    authors: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeProposed:
    """The change is on the forge; `change.url` leads to its pull request. `draft`: it is one until the forge's checks
    are done."""

    change: Change
    summary: str
    draft: bool = False


@dataclass(frozen=True)
class PreviewReady:
    """The preview is up: the new version can be tried."""

    preview: Preview


@dataclass(frozen=True)
class Approved:
    """A person approved exactly this head."""

    head: str
    person: Person


@dataclass(frozen=True)
class MergeRequested:
    """A person gave the command to merge exactly this head. `confirmed`: they looked at what the guard flagged."""

    head: str
    person: Person
    confirmed: bool = False


@dataclass(frozen=True)
class RollbackRequested:
    """A person (None: Honk itself, after a failed deploy or health check) wants the merged change rolled back."""

    reason: str
    person: Person | None = None


@dataclass(frozen=True)
class MergedUntested:
    """The change is on the base branch as `sha`, from `base`, with files that nobody has tested as they are there: the
    branch moved in the very moment, or somebody merged it elsewhere. It goes live once it is Merged as well."""

    sha: str
    person: Person
    base: str


@dataclass(frozen=True)
class Merged:
    """The base branch moved to `sha`, which has the files that were tested; from `base`, where we know (a forge that
    rebases brings several commits). `tip`: what was tested, and goes live, is this later commit of the branch."""

    sha: str
    person: Person
    base: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Deployed:
    """`deploy.run` ended. `output` is its relevant end when it failed."""

    sha: str
    ok: bool
    seconds: float
    output: str = ""


@dataclass(frozen=True)
class HealthWatched:
    """Health after a deploy, watched for `seconds`."""

    healthy: bool
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class RolledBack:
    """The change was rolled back. `sha` is the revert commit; `reason` says who or what asked for it."""

    sha: str
    reason: str
    person: Person | None = None


@dataclass(frozen=True)
class NoteAdded:
    """A sentence from Honk to the thread that changes nothing; `bad` when something was refused or failed."""

    text: str
    bad: bool = False


@dataclass(frozen=True)
class CancelRequested:
    """A person wants all turns up to number `upto` to stop, the running one first."""

    person: Person
    upto: int


@dataclass(frozen=True)
class TurnEnded:
    """The turn is over. `error` is empty when it did what was asked; `summary` is the agent's last message.

    `status` is the error's exit status on a command line (core.errors), 0 where there is no error.
    """

    turn: int
    outcome: Phase
    summary: str = ""
    error: str = ""
    status: int = 0


@dataclass(frozen=True)
class OrderFailed:
    """A merge or rollback failed or was refused; `error` and `status` as in TurnEnded."""

    error: str
    status: int = 1


@dataclass(frozen=True)
class ForgeChecksRead:
    """The states of the forge's checks of `head`."""

    head: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class ChecksSentToAgent:
    """Checks of `head` that are red because of it go back to the agent, as turn `turn`."""

    head: str
    names: tuple[str, ...]
    turn: int


EventData = (
    TurnRequested | RepoChosen | QuestionAsked | PhaseEntered | WorkspacePrepared | AgentStarted | AgentSaid |
    AgentToolUsed | AgentEnded | Judged | PageViewed | BaseConflicted | BaselineVerified | Verified | TestsMeasured
    | CostRecorded | BudgetReached | BudgetRaised | EgressRecorded | BranchUpdated | BranchMoved | ChangeProposed |
    PreviewReady | Approved | MergeRequested | RollbackRequested | MergedUntested | Merged | Deployed |
    HealthWatched | RolledBack | NoteAdded | CancelRequested | TurnEnded | OrderFailed | ForgeChecksRead |
    ChecksSentToAgent
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """An entry of the log: `seq` counts from 1 in a session, `at` is seconds since the epoch (UTC)."""

    session: str
    seq: int
    at: float
    data: EventData
