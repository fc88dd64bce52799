"""What the forge's own checks say of a commit: the outer loop, beside our verifiers. Pure.

A check that the change is not to blame for is named and left alone: red on the base commit as well (`on_base`), or red
and then green when the same head was run once more (`flaky`). What cannot be read is unknown, never green.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["queued", "running", "green", "red", "skipped", "unknown"]

FINISHED: frozenset[State] = frozenset({"green", "red", "skipped"})


@dataclass(frozen=True)
class Check:
    """One check of one commit. `excerpt` holds the relevant lines of its log when it is red; untrusted text.

    `required`: the base branch's rules ask for it. `attempt` counts the runs of it, `again` says that it was red and
    that we had it run once more. `unclear`: it is red, and still runs on the base.
    """

    name: str
    state: State
    url: str = ""
    excerpt: str = ""
    required: bool = False
    on_base: bool = False
    flaky: bool = False
    again: bool = False
    attempt: int = 1
    unclear: bool = False

    @property
    def finished(self) -> bool:
        """It has an answer."""
        return self.state in FINISHED

    @property
    def blames(self) -> bool:
        """Red, and green on the base as far as anybody knows."""
        return self.state == "red" and not self.on_base


@dataclass(frozen=True)
class Look:
    """What is known when the checks of a head are looked at.

    `expected`: the repository has checks, even where none is there yet. `waited` is in seconds since the head was
    proposed, `patience` how long it is waited for. `rounds` counts how often the agent was sent back since a person
    last spoke, `most` how often it may be; `tried`: it was sent back for this very head and has changed nothing.
    """

    checks: tuple[Check, ...]
    expected: bool
    waited: float
    patience: float
    rounds: int = 0
    most: int = 0
    tried: bool = False


Step = Literal["nothing", "wait", "late", "green", "rerun", "fix", "person"]
"""What to do next. nothing: there are no checks; late: say that it takes long; rerun: once more, to tell flaky from
red; fix: to the agent; person: only a person can go on."""


def step(look: Look) -> Step:
    """What to do about the checks of a head."""
    if not look.checks and not look.expected:
        return "nothing"
    if not look.checks or not settled(look.checks):
        return "wait" if look.waited < look.patience else "late"
    red = blamed(look.checks)
    if not red:
        return "green"
    if any(not check.again for check in red):
        return "rerun"
    if any(check.unclear for check in red) and look.waited < look.patience:
        return "wait"
    return "fix" if look.rounds < look.most and not look.tried else "person"


def settled(checks: Iterable[Check]) -> bool:
    """All of them have an answer."""
    return all(check.finished for check in checks)


def blamed(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those that are red because of the change, as far as anybody knows."""
    return tuple(check for check in checks if check.blames)


def pending(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those without an answer."""
    return tuple(check for check in checks if not check.finished)


def under_way(check: Check) -> bool:
    """It has begun and will have an answer. One that has nothing but a name is only asked for by the branch's rules."""
    return check.state == "running" or (check.state == "queued" and bool(check.url))


def waited_for(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those without an answer that a merge has to wait for: required, or red a moment ago."""
    return tuple(check for check in pending(checks) if check.required or check.again)


def remembered(before: Iterable[Check], now: Iterable[Check]) -> tuple[Check, ...]:
    """`now`, as the forge tells it, with what we know from an earlier look at the same head: what was asked to run
    again, and what was found in logs and on the base. Both are of one commit."""
    known = {check.name: check for check in before}
    return tuple(_remembered(known.get(check.name), check) for check in now)


def asked_again(checks: Iterable[Check], names: Iterable[str]) -> tuple[Check, ...]:
    """The checks after `names` were asked to run once more: queued, whatever the forge still says of the run before."""
    wanted = frozenset(names)
    return tuple(
        replace(check, state="queued", again=True, attempt=check.attempt + 1) if check.name in wanted else check
        for check in checks
    )


def tried_again(checks: Iterable[Check], names: Iterable[str]) -> tuple[Check, ...]:
    """The checks where `names` cannot be run once more: their result counts as it is."""
    wanted = frozenset(names)
    return tuple(replace(check, again=True) if check.name in wanted else check for check in checks)


def _remembered(before: Check | None, now: Check) -> Check:
    if before is None:
        return now
    again = before.again or (before.state == "red" and now.attempt > before.attempt)
    if before.again and now.attempt < before.attempt:
        return replace(before, url=now.url or before.url, required=now.required)  # the run that we asked for is to come
    same = now.state == before.state and now.attempt == before.attempt
    return replace(
        now,
        again=again,
        flaky=again and now.state == "green",
        on_base=before.on_base and now.state == "red",
        unclear=before.unclear and now.state == "red",
        excerpt=before.excerpt if same else now.excerpt,
    )
