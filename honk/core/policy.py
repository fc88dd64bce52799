"""Who may merge, roll back, cancel or raise a budget.

Each question is an ordered list of rules over one `PolicyCase`. A rule reads the case and returns a `Ruling`: yes or
no, and why. Every rule is asked, so that a person sees at once what is missing; an empty list allows nothing.
People are compared by id, never by name, and nothing here comes from the tree that an agent edited.
"""

from collections.abc import Callable
from dataclasses import dataclass

from honk.core import ci
from honk.core.ci import Check
from honk.core.honk_toml import FILENAME, PolicySettings
from honk.core.person import AGENT, Person
from honk.core.session import Session
from honk.core.verdict import NOTHING_CHECKED, Finding, Verdict, blocked, green, passed


@dataclass(frozen=True)
class PolicyCase:
    """What is known when a person gives a command.

    `settings` are the base branch's. `asked` holds everybody whose messages the change was made from, the requester
    first. `may_write` is the forge's answer about `actor`. `shown` is the commit that the command was given for, `head`
    the one that is there now; `approvers` approved exactly `head`. `verified`: `verdicts` and `findings` speak of
    exactly `head`; so do `checks`, the forge's own. `paths` are the changed files. `confirmed`: the actor said, of
    `shown`, that they have looked at what was flagged.
    """

    settings: PolicySettings
    actor: Person
    asked: tuple[Person, ...]
    may_write: bool = False
    head: str = ""
    shown: str = ""
    approvers: tuple[Person, ...] = ()
    verified: bool = False
    verdicts: tuple[Verdict, ...] = ()
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    paths: tuple[str, ...] = ()
    confirmed: bool = False

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the approvers who did not ask for the change; approving one's own request does not count."""
        own = {AGENT.id, *(person.id for person in self.asked)}
        return tuple({person.id: person.name for person in self.approvers if person.id not in own}.values())


@dataclass(frozen=True)
class Ruling:
    """An answer with its reasons: `reason` is a sentence for people, `parts` what it was made from, in order."""

    ok: bool
    rule: str
    reason: str
    parts: tuple["Ruling", ...] = ()


Rule = Callable[[PolicyCase], Ruling]


def case(
    session: Session,
    settings: PolicySettings,
    actor: Person,
    *,
    may_write: bool,
    verified: bool,
    shown: str = "",
    confirmed: bool = False,
) -> PolicyCase:
    """The case of a session in its current state."""
    files = session.change.diffstat.files
    return PolicyCase(
        settings=settings,
        actor=actor,
        asked=session.askers,
        may_write=may_write,
        head=session.change.head,
        shown=shown,
        approvers=tuple(given.person for given in session.approvals if given.head == session.change.head),
        verified=verified,
        verdicts=session.verdicts,
        findings=session.guard,
        checks=session.ci,
        paths=tuple(dict.fromkeys(path for file in files for path in (file.path, file.old_path) if path)),
        confirmed=confirmed,
    )


def may_merge(of: PolicyCase) -> Ruling:
    """Whether the actor may merge the change now."""
    return every("merge", MERGE, of)


def may_take_part(of: PolicyCase) -> Ruling:
    """Whether the actor may cancel the session's work, raise its budget or roll its change back."""
    return every("take part", TAKE_PART, of)


def every(name: str, rules: tuple[Rule, ...], of: PolicyCase) -> Ruling:
    """Yes when there is at least one rule and every rule says yes. Every rule is asked."""
    parts = tuple(rule(of) for rule in rules)
    if not parts:
        return Ruling(False, name, f"No rule allows anybody to {name}.")
    refused = [part.reason for part in parts if not part.ok]
    return Ruling(not refused, name, " ".join(refused) or f"{of.actor.name} may {name}.", parts)


def why(ruling: Ruling) -> str:
    """The ruling as text for a person: one line for the answer, and one for each rule below it."""
    return "\n".join(_lines(ruling, 0))


def is_there(of: PolicyCase) -> Ruling:
    """The change has a commit."""
    if not of.head:
        return Ruling(False, "change", "There is no change to merge yet.")
    return Ruling(True, "change", f"The change is commit {of.head[:10]}.")


def is_what_was_shown(of: PolicyCase) -> Ruling:
    """The command was given for the present commit, not for an earlier one that the message showed."""
    if of.shown != of.head:
        return Ruling(False, "shown", "The change has moved on since it was shown; look at it as it is now.")
    return Ruling(True, "shown", "The command was given for this commit.")


def is_green(of: PolicyCase) -> Ruling:
    """The verifiers ran on exactly this commit and blame nothing on it. An unknown result is not a pass."""
    if not of.verified:
        return Ruling(False, "verifiers", "The verifiers have not run on this commit yet.")
    if unknown := [verdict.name for verdict in of.verdicts if verdict.state == "unknown"]:
        return Ruling(False, "verifiers", f"The result of these verifiers is unknown: {', '.join(unknown)}.")
    if not green(of.verdicts):
        red = ", ".join(verdict.name for verdict in of.verdicts if verdict.blames)
        return Ruling(False, "verifiers", f"Verifiers fail because of this change: {red}.")
    if not of.verdicts:
        return Ruling(True, "verifiers", NOTHING_CHECKED)
    before = [verdict.name for verdict in of.verdicts if not verdict.ok]
    known = f" ({', '.join(before)} failed before it)" if before else ""
    return Ruling(True, "verifiers", f"The verifiers blame nothing on this commit{known}.")


def has_passed(of: PolicyCase) -> Ruling:
    """Every kind of verifier in `[policy] require` of the base branch ran on this commit and passed."""
    if missing := [kind for kind in of.settings.require if not passed(of.verdicts, kind)]:
        reasons = "; ".join(f"{kind} {_why_not_passed(of.verdicts, kind)}" for kind in missing)
        return Ruling(False, "required", f"This repository's policy requires verifiers that did not pass: {reasons}.")
    if of.settings.require:
        return Ruling(True, "required", f"The required verifiers passed: {', '.join(of.settings.require)}.")
    return Ruling(True, "required", "No verifier is required.")


def _why_not_passed(verdicts: tuple[Verdict, ...], kind: str) -> str:
    states = [verdict.state for verdict in verdicts if (verdict.kind or verdict.name) == kind and not verdict.ok]
    return f"is {', '.join(str(state) for state in states)}" if states else "did not run"


def is_green_on_the_forge(of: PolicyCase) -> Ruling:
    """None of the forge's checks fails because of this change, and no required one is still running."""
    if red := ci.blamed(of.checks):
        return Ruling(False, "checks", f"The forge's checks fail because of this change: {_names(red)}.")
    if pending := ci.waited_for(of.checks):
        return Ruling(False, "checks", f"The forge's checks are still running: {_names(pending)}. Wait for them.")
    known = [check.name for check in of.checks if check.state == "red"]
    if known:
        return Ruling(
            True, "checks", f"These checks fail on the forge, and also on the base branch: {', '.join(known)}."
        )
    return Ruling(True, "checks", "None of the forge's checks fails.")


def is_not_blocked(of: PolicyCase) -> Ruling:
    """No guard rule blocks the change."""
    if blocked(of.findings):
        stops = [finding for finding in of.findings if finding.severity == "block"]
        return Ruling(False, "guard", "The guard blocks this change: " + "; ".join(map(_place, stops)) + ".")
    return Ruling(True, "guard", "The guard blocks nothing.")


def is_looked_at(of: PolicyCase) -> Ruling:
    """A person has looked at what was flagged, and at any change of the rules themselves: the actor says so of this
    commit, or somebody who did not ask for the change has approved it (design, section 4.5)."""
    flags = [_place(finding) for finding in of.findings if finding.severity == "flag"]
    if FILENAME in of.paths and not any(finding.path == FILENAME for finding in of.findings):
        flags.append(f"{FILENAME}, which holds the rules of this repository, is changed")
    if not flags:
        return Ruling(True, "look", "Nothing is flagged.")
    if of.confirmed:
        return Ruling(True, "look", f"{of.actor.name} has looked at what was flagged.")
    if of.others:
        return Ruling(True, "look", f"{of.others[0]} has looked at it and approved it.")
    return Ruling(False, "look", "Somebody has to look at this first, and say so: " + "; ".join(flags) + ".")


def may_write(of: PolicyCase) -> Ruling:
    """The actor may write to the repository, by the forge's answer."""
    if not of.may_write:
        return Ruling(False, "rights", f"{of.actor.name} may not write to this repository.")
    return Ruling(True, "rights", f"{of.actor.name} may write to this repository.")


def is_allowed_to(of: PolicyCase) -> Ruling:
    """`[policy] merge` of the base branch allows the actor to merge."""
    match of.settings.merge:
        case "nobody":
            return Ruling(False, "who", "This repository's policy lets nobody merge through Honk.")
        case "requester" if not of.asked or of.actor.id != of.asked[0].id:
            who = of.asked[0].name if of.asked else "the requester"
            return Ruling(False, "who", f"This repository's policy lets only {who} merge it, who asked for it.")
        case "requester":
            return Ruling(True, "who", f"{of.actor.name} asked for it.")
        case "approved":
            return Ruling(True, "who", "Anybody may merge after others have approved.")
        case "anyone":
            return Ruling(True, "who", "This repository's policy lets anybody merge.")


def is_approved(of: PolicyCase) -> Ruling:
    """Enough people who did not ask for the change approved exactly this commit."""
    wanted = max(of.settings.approvals, 1 if of.settings.merge == "approved" else 0)
    if wanted == 0:
        return Ruling(True, "approvals", "No approval is needed.")
    got = f"{len(of.others)} of {wanted}" + (f" ({', '.join(of.others)})" if of.others else "")
    if len(of.others) < wanted:
        return Ruling(False, "approvals", f"Approvals of this commit by others: {got}.")
    return Ruling(True, "approvals", f"Approved by others: {got}.")


def takes_part(of: PolicyCase) -> Ruling:
    """The actor asked for some of the session's work, or may write to the repository."""
    if any(person.id == of.actor.id for person in of.asked):
        return Ruling(True, "takes part", f"{of.actor.name} asked for it.")
    if of.may_write:
        return Ruling(True, "takes part", f"{of.actor.name} may write to this repository.")
    return Ruling(False, "takes part", f"{of.actor.name} did not ask for it, and may not write to this repository.")


MERGE: tuple[Rule, ...] = (
    is_there,
    is_what_was_shown,
    is_green,
    has_passed,
    is_green_on_the_forge,
    is_not_blocked,
    is_looked_at,
    may_write,
    is_allowed_to,
    is_approved,
)
"""The rules for a merge."""

TAKE_PART: tuple[Rule, ...] = (takes_part,)
"""The rules for cancelling, raising the budget and rolling back."""


def _names(checks: tuple[Check, ...]) -> str:
    return ", ".join(check.name for check in checks)


def _place(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    return f"{finding.path}{line}, {finding.reason.rstrip('.')}" if finding.path else finding.reason.rstrip(".")


def _lines(ruling: Ruling, depth: int) -> list[str]:
    mark = "✓" if ruling.ok else "✗"
    below = [line for part in ruling.parts for line in _lines(part, depth + 1)]
    summary = ("yes" if ruling.ok else "no") if ruling.parts else ruling.reason
    return [f"{'  ' * depth}{mark} {ruling.rule}: {summary}", *below]
