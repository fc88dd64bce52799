"""The phases of a session.

    intake ─► prepare ─► work ─► check ─► propose ─► preview ─► review ─► merge ─► deploy ─► watch ─► live
      │                   │        │                              │  ▲              │         │        │
      ▼                   ▼        ▼                              ▼  │ (reply)      └─► rollback ◄─────┘ (asked)
    asking              paused   failed                        intake                    └─► rolled_back

`asking`, `paused`, `review` and `failed` wait for a person; a reply leads from any of them back to `intake`.
`cancelled` ends a turn, not the session: a reply starts another one. `closed` is final.
"""

from enum import StrEnum


class Phase(StrEnum):
    """What is going on; shown to people and stored."""

    INTAKE = "intake"
    ASKING = "asking"
    PREPARE = "prepare"
    WORK = "work"
    PAUSED = "paused"
    CHECK = "check"
    PROPOSE = "propose"
    PREVIEW = "preview"
    REVIEW = "review"
    MERGE = "merge"
    DEPLOY = "deploy"
    WATCH = "watch"
    LIVE = "live"
    ROLLBACK = "rollback"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


WORKING = frozenset(
    {
        Phase.INTAKE,
        Phase.PREPARE,
        Phase.WORK,
        Phase.CHECK,
        Phase.PROPOSE,
        Phase.PREVIEW,
        Phase.MERGE,
        Phase.DEPLOY,
        Phase.WATCH,
        Phase.ROLLBACK,
    }
)
"""Phases in which Honk is doing something; in all others it waits for a person or is done."""

SHIPPED = frozenset({Phase.LIVE, Phase.ROLLED_BACK, Phase.CLOSED})
"""Phases after which the branch takes no more turns."""
