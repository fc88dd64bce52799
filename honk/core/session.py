"""A session: the fold of its events."""

from dataclasses import dataclass, field, replace

from honk.core import events
from honk.core.change import Change
from honk.core.ci import Check
from honk.core.cost import Cost
from honk.core.delivery import Preview, ShipStatus
from honk.core.diff import MeasuredTests
from honk.core.events import EventData
from honk.core.person import AGENT, Person
from honk.core.phase import WORKING, Phase
from honk.core.verdict import Finding, JudgedTurn, Verdict

MOST_VIEWS = 12
"""Pages that the agent looked at in its last turn, the newest ones."""


@dataclass(frozen=True)
class Turn:
    """One message and what became of it. `outcome` is None while it runs or waits in the queue; `given_to_agent`:
    an agent was started with it. `private`: its words are not for everybody who can read the repository; `link` leads
    to where it was written."""

    number: int
    text: str
    person: Person
    outcome: Phase | None = None
    summary: str = ""
    error: str = ""
    given_to_agent: bool = False
    private: bool = False
    link: str = ""


@dataclass(frozen=True)
class Egress:
    """A host that a sandbox asked for, how often, and whether it was let through."""

    host: str
    allowed: bool
    phase: str
    count: int = 1


@dataclass(frozen=True)
class Session:
    """Everything that is known of a session now.

    `limit` is its budget in US dollars, 0 while it has the policy's. `orders` counts the commands to merge or roll
    back, `cancelled_upto` is the last turn that a person wants stopped, `verified_tree` the git tree of `verdicts` and
    `guard`, `baseline_of` the commit that `baseline` speaks of, `said` is the agent's last message, `pushed`
    the head that the forge has, `ci` what the forge's own checks say of `ci_of`, `sent_back` what the agent was last
    sent back for and `ci_rounds` how often since a person last spoke, `views` the pages that the agent looked at in its
    last turn, `judged` the judge's last answer in each turn. `unmatched` are the protected patterns that match
    no file of the base. `tests` says what the tests execute of the change, at the git tree `tests_of`. `error` says why
    the last turn or order failed,
    `status` is its exit status on a command line.
    """

    id: str
    repo: str = ""
    phase: Phase = Phase.INTAKE
    agent: str = ""
    conversation: str = ""
    turns: tuple[Turn, ...] = ()
    change: Change = field(default_factory=Change)
    baseline: tuple[Verdict, ...] = ()
    baseline_of: str = ""
    verdicts: tuple[Verdict, ...] = ()
    guard: tuple[Finding, ...] = ()
    verified_tree: str = ""
    preview: Preview = field(default_factory=Preview)
    views: tuple[events.PageViewed, ...] = ()
    judged: tuple[JudgedTurn, ...] = ()
    cost: Cost = field(default_factory=Cost)
    limit: float = 0.0
    egress: tuple[Egress, ...] = ()
    approvals: tuple[events.Approved, ...] = ()
    ship: ShipStatus = field(default_factory=ShipStatus)
    question: events.QuestionAsked | None = None
    conflict: events.BaseConflicted | None = None
    said: str = ""
    model: str = ""
    pushed: str = ""
    cancelled_upto: int = 0
    orders: int = 0
    ci: tuple[Check, ...] = ()
    ci_of: str = ""
    ci_rounds: int = 0
    sent_back: events.ChecksSentToAgent | None = None
    unmatched: tuple[str, ...] = ()
    tests: MeasuredTests = field(default_factory=MeasuredTests)
    tests_of: str = ""
    error: str = ""
    status: int = 0

    @property
    def request(self) -> str:
        """The first message's text."""
        return self.turns[0].text if self.turns else ""

    @property
    def requests(self) -> tuple[str, ...]:
        """What people asked for, the oldest first: the messages that an agent was started with, and the first one.

        Messages of people who were refused grant nothing, and Honk's own are no request.
        """
        return tuple(
            turn.text for turn in self.turns if turn.person != AGENT and (turn.given_to_agent or turn.number == 1)
        )

    @property
    def subject(self) -> str:
        """What the session is about, in words for everybody who can read the repository: the request; the agent's own
        account of it, where the request was made in private."""
        return (self.said or f"Change {self.id}") if self.turns and self.turns[0].private else self.request

    @property
    def requester(self) -> Person | None:
        """The person who started the session."""
        return self.turns[0].person if self.turns else None

    @property
    def askers(self) -> tuple[Person, ...]:
        """The requester, and whoever else an agent was started for: each once. Who was refused, or still waits in the
        queue, is not among them."""
        asked = (turn.person for turn in self.turns if turn.given_to_agent or turn.number == 1)
        return tuple({person.id: person for person in asked if person != AGENT}.values())

    @property
    def current(self) -> Turn | None:
        """The oldest turn without an outcome: the one that runs, or the next to."""
        return next((turn for turn in self.turns if turn.outcome is None), None)

    @property
    def busy(self) -> bool:
        """Honk is doing something for it, or will without being asked again."""
        return self.phase in WORKING or self.current is not None

    @property
    def summary(self) -> str:
        """The last finished turn's summary."""
        return next((turn.summary for turn in reversed(self.turns) if turn.summary), "")


def apply(session: Session, data: EventData) -> Session:
    """The session after `data`. Every event is accepted in every state; whoever records it checks before."""
    match data:
        case events.TurnRequested():
            turn = Turn(data.turn, data.text, data.person, private=data.context.private, link=data.context.link)
            return replace(
                session,
                turns=(*session.turns, turn),
                phase=session.phase if session.busy else Phase.INTAKE,
                repo=session.repo or data.repo,
                agent=session.agent or data.agent,
                question=None,
                ci_rounds=session.ci_rounds if data.person == AGENT else 0,
            )
        case events.TurnEnded():
            return _end_turn(session, data)
        case events.CancelRequested():
            return replace(session, cancelled_upto=max(session.cancelled_upto, data.upto))
        case events.CostRecorded():
            return replace(session, cost=session.cost + data.cost, model=data.model or session.model)
        case events.BudgetReached():
            return replace(session, phase=Phase.PAUSED)
        case events.BudgetRaised():
            return replace(session, limit=data.limit)
        case events.EgressRecorded():
            return replace(session, egress=_count(session.egress, data))
        case events.MergeRequested():
            return replace(session, phase=Phase.MERGE, orders=session.orders + 1, error="", status=0)
        case events.RollbackRequested():
            # Honk's own rollback is part of the merge; a person's command is an order of its own
            orders = session.orders + (1 if data.person else 0)
            return replace(session, phase=Phase.ROLLBACK, orders=orders, error="", status=0)
        case events.OrderFailed():
            return replace(session, error=data.error, status=data.status)
        case events.NoteAdded() | events.AgentSaid() | events.AgentToolUsed():
            return session
        case (
            events.MergedUntested() | events.Merged() | events.Deployed() | events.HealthWatched() | events.RolledBack()
        ):
            return replace(session, ship=_ship(session.ship, data))
        case _:
            return _apply_work(session, data)


def _apply_work(session: Session, data: EventData) -> Session:
    """The events of a turn's stages."""
    match data:
        case events.PhaseEntered():
            return replace(session, phase=data.phase)
        case events.RepoChosen():
            return replace(session, repo=data.repo)
        case events.QuestionAsked():
            return replace(session, phase=Phase.ASKING, question=data)
        case events.WorkspacePrepared():
            change = replace(session.change, branch=data.branch, base=data.base, base_branch=data.base_branch)
            moved = data.base != session.change.base
            preview = Preview() if moved else session.preview
            return replace(session, change=change, preview=preview, unmatched=data.unmatched)
        case events.AgentStarted():
            turns = tuple(
                replace(turn, given_to_agent=True) if turn == session.current else turn for turn in session.turns
            )
            return replace(session, agent=data.agent, conversation=data.conversation, turns=turns, views=())
        case events.Judged():
            others = tuple(judged for judged in session.judged if judged.turn != data.turn)
            return replace(session, judged=(*others, JudgedTurn(data.turn, data.judgement)))
        case events.PageViewed():
            same = (data.path, data.device)
            kept = tuple(view for view in session.views if (view.path, view.device) != same)
            return replace(session, views=(*kept, data)[-MOST_VIEWS:])
        case events.AgentEnded():
            return replace(session, said=data.summary)
        case events.BaseConflicted():
            return replace(session, conflict=data)
        case events.BaselineVerified():
            return replace(session, baseline=data.verdicts, baseline_of=data.commit)
        case events.Verified() if data.by == "merge":
            return session  # of base and change together, not of the change
        case events.Verified():
            if data.tree != session.tests_of:
                session = replace(session, tests=MeasuredTests(), tests_of="")
            return replace(session, verdicts=data.verdicts, guard=data.findings, verified_tree=data.tree)
        case events.TestsMeasured() if data.tree == session.verified_tree:
            return replace(session, tests=data.tests, tests_of=data.tree)
        case events.BranchUpdated() | events.ChangeProposed():
            pushed = data.change.head if isinstance(data, events.ChangeProposed) else session.pushed
            moved = data.change.head != session.change.head
            session = replace(session, approvals=(), ci=(), ci_of="") if moved else session
            return replace(session, change=data.change, conflict=None, pushed=pushed)
        case events.BranchMoved():
            if not data.head:
                return replace(session, pushed="")
            change = replace(session.change, head=data.head)
            return replace(session, change=change, pushed=data.head, approvals=(), ci=(), ci_of="")
        case events.ForgeChecksRead() if data.head == session.change.head:
            return replace(session, ci=data.checks, ci_of=data.head)
        case events.ChecksSentToAgent():
            return replace(session, sent_back=data, ci_rounds=session.ci_rounds + 1)
        case events.PreviewReady():
            return replace(session, preview=data.preview)
        case events.Approved():
            return replace(session, approvals=(*session.approvals, data))
    return session


def _end_turn(session: Session, data: events.TurnEnded) -> Session:
    turns = tuple(
        replace(turn, outcome=data.outcome, summary=data.summary, error=data.error)
        if turn.number == data.turn
        else turn
        for turn in session.turns
    )
    return replace(
        session,
        turns=turns,
        phase=data.outcome,
        error=data.error,
        status=data.status,
    )


def _count(seen: tuple[Egress, ...], data: events.EgressRecorded) -> tuple[Egress, ...]:
    for index, row in enumerate(seen):
        if (row.host, row.allowed, row.phase) == (data.host, data.allowed, data.phase):
            return (*seen[:index], replace(row, count=row.count + data.count), *seen[index + 1 :])
    return (*seen, Egress(data.host, data.allowed, data.phase, data.count))


def _ship(ship: ShipStatus, data: EventData) -> ShipStatus:
    match data:
        case events.Merged():
            return replace(ship, merged_sha=data.sha, merged_by=data.person.name, untested=False, tip=data.tip or None)
        case events.MergedUntested():
            return replace(ship, merged_sha=data.sha, merged_by=data.person.name, untested=True)
        case events.Deployed():
            return replace(ship, deployed=data.ok)
        case events.HealthWatched():
            return replace(ship, healthy=data.healthy)
        case events.RolledBack():
            return replace(ship, reverted_sha=data.sha)
    return ship
