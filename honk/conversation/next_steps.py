"""What a person can do with a session, decided once; each integration says it in its own words. Pure."""

from collections.abc import Mapping
from typing import Literal

from honk.core.phase import Phase

Step = Literal[
    "merge", "merge looked", "change", "deploy", "rollback", "new", "go on", "answer", "try again", "continue"
]
"""`merge looked`: after a look at what was flagged. `deploy`: the change is merged and was not tested with the base.
`new`: ask for something else."""

_STEPS: Mapping[Phase, tuple[Step, ...]] = {
    Phase.REVIEW: ("merge", "change"),
    Phase.LIVE: ("rollback", "new"),
    Phase.PAUSED: ("go on", "change"),
    Phase.ASKING: ("answer",),
    Phase.FAILED: ("try again",),
    Phase.CANCELLED: ("continue",),
    Phase.ROLLED_BACK: ("new",),
    Phase.CLOSED: ("new",),
}


def next_steps(phase: Phase, *, flagged: bool, untested: bool) -> tuple[Step, ...]:
    """Empty while Honk works. `flagged`: the guard has findings. `untested`: the merged change was not deployed because
    the base branch with it was not tested, or failed."""
    if phase == Phase.LIVE and untested:
        return ("deploy", "rollback")
    if phase == Phase.REVIEW and flagged:
        return ("merge looked", "change")
    return _STEPS.get(phase, ())


def sentence(steps: tuple[Step, ...], words: Mapping[Step, str], between: str) -> str:
    """The steps in `words`, as one sentence; empty for no step."""
    text = between.join(words[step] for step in steps)
    return f"{text[0].upper()}{text[1:]}." if text else ""
