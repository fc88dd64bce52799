"""What stands on Honk's messages about turns and orders: headlines, steps, buttons, hints. Pure.

Plain words, escaped where a message is made; where a function says markup, it takes or gives finished markup.
"""

from collections.abc import Mapping

from honk.conversation import event_lines, texts
from honk.conversation.next_steps import Step, next_steps, sentence
from honk.core.phase import Phase

Steps = tuple[tuple[str, frozenset[Phase]], ...]
"""Names in their order, each with the phases that belong to it."""

TURN_STEPS: Steps = (
    ("understand", frozenset({Phase.INTAKE, Phase.ASKING})),
    ("prepare", frozenset({Phase.PREPARE})),
    ("work", frozenset({Phase.WORK, Phase.PAUSED})),
    ("check", frozenset({Phase.CHECK})),
    ("propose", frozenset({Phase.PROPOSE})),
    ("preview", frozenset({Phase.PREVIEW})),
)
MERGE_STEPS: Steps = (
    ("test with the base", frozenset({Phase.MERGE})),
    ("deploy", frozenset({Phase.DEPLOY})),
    ("watch", frozenset({Phase.WATCH})),
)
ROLLBACK_STEPS: Steps = (("roll back", frozenset({Phase.ROLLBACK})),)

MERGE = "Merge"
DEPLOY = "Test and deploy"
CHANGES = "Show changes"
ASK = "Ask for changes"
STOP = "Stop"
RETRY = "Try again"
GO_ON = "Go on"
ROLL_BACK = "Roll back"
OPEN = "Open the new version"
PICK = "Another repository…"
NO = "Not now"

QUEUED = "Queued: I will start on this when the current work is done"
STOPPING = "Stopping"
ASKED_BY_HONK = "I asked the agent:"
"""Above the text of a turn that Honk began itself: a conflict to resolve, red checks to fix."""

PROPOSED = "✓ Proposed"
"""The headline of a change that was merged, closed or replaced by a newer one."""

ANSWER_HINT = "Reply with the answer."
NOT_MERGED_HINT = "Nothing was merged. Reply with what should be different, or press Merge to try again."
NO_WORKER = "No worker is running. Work starts as soon as one is: `honk serve` or `honk worker`."
CANNOT_SHOW = "An error in Honk keeps this message from being shown; work continues. The server’s log has the details."
FULL_SESSION = "Open the full session"
NO_CHANGES = "Nothing is changed."
ONLY_RENAMED = "Renamed, its content is unchanged."
CHANGES_TITLE = "Changes"
"""The title of the window with the changes; at most 24 characters."""

CLOSE = "Close"
SCAN_CODE = "Scan the code to try the new version on another phone."
QR_TITLE = "QR code of the new version"
INSTALL_ABOVE = "install it with the link in the message above"

_ENDED = {
    Phase.REVIEW: "✓ Ready for you",
    Phase.ASKING: "A question",
    Phase.PAUSED: "Paused",
    Phase.CANCELLED: "Stopped",
    Phase.LIVE: "This change is finished",
    Phase.ROLLED_BACK: "This change is finished",
    Phase.CLOSED: "This change is finished",
}
_STEPS: Mapping[Step, str] = {
    "merge": "press Merge to bring it to production",
    "merge looked": "look at what is flagged, then press Merge",
    "change": "reply with what should be different",
    "deploy": "press Test and deploy when the branch is fixed",
    "rollback": "press Roll back to undo it",
    "new": "mention me in a new message for something new",
    "go on": "press Go on to allow more",
    "answer": "press a name or reply with it",
    "try again": "reply with a hint, or press Try again",
    "continue": "reply to continue from there, or press Try again",
}


def in_progress(phase: Phase, repo: str) -> str:
    where = f" in {repo}" if repo else ""
    match phase:
        case Phase.INTAKE:
            return "On it"
        case Phase.PREPARE:
            return f"{texts.PHASES[phase]}{where}"
        case Phase.CHECK | Phase.PROPOSE | Phase.PREVIEW:
            return texts.PHASES[phase]
    return f"Working{where}"


def asked_elsewhere(name: str) -> str:
    return f"{name} asked:"


def ended(phase: Phase) -> str:
    return _ENDED.get(phase, "✗ Not done")


def next_step(phase: Phase, *, flagged: bool, untested: bool) -> str:
    return sentence(next_steps(phase, flagged=flagged, untested=untested), _STEPS, ", or ")


def order_in_progress(kind: str, name: str) -> str:
    return f"Merging, requested by {name}" if kind == "merge" else f"↩ Rolling back, requested by {name}"


def order_ended(kind: str, phase: Phase, *, failed: bool, untested: bool = False) -> str:
    match phase:
        case Phase.LIVE if kind == "merge" and untested:
            return "⚠ Merged, not deployed"
        case Phase.ROLLED_BACK:
            return "↩ Rolled back" if kind == "rollback" else "↩ Rolled back automatically"
        case Phase.LIVE if kind == "merge":
            return "⚠ Merged, but look at production" if failed else "✓ Live"
        case Phase.LIVE:
            return "✗ Not rolled back"
    return "✗ Not merged"


def confirm_merge(head: str, base: str) -> tuple[str, str, str]:
    text = (
        f"{head[:10]} is tested together with {base or 'the base branch'} as it is now, merged, deployed and watched."
    )
    return "Merge to production?", f"{text} You can roll it back.", MERGE


def confirm_deploy(base: str) -> tuple[str, str, str]:
    text = f"{base or 'The base branch'} is tested as it is now, with this change in it, then deployed and watched."
    return "Test and deploy?", text, DEPLOY


def confirm_expectations(reasons: list[str]) -> tuple[str, str, str]:
    return "Are these new expectations right?", "\n".join(reasons), "Yes: merge"


def confirm_flagged(reasons: list[str]) -> tuple[str, str, str]:
    return "Have you looked at this?", "\n".join(reasons), "I looked: merge"


def confirm_rollback() -> tuple[str, str, str]:
    text = "Production goes back to the version before, and the branch gets a tested revert of this change."
    return "Roll back?", text, ROLL_BACK


def shortened(link: str) -> str:
    """Something was left out of a message. `link` is markup."""
    return f"… this is shortened: {link}"


def artifact(size: int, sha256: str) -> str:
    return f"{event_lines.file_size(size)} · SHA-256 {sha256}"


def too_large(most: int) -> str:
    """Beside a file that is not uploaded. `most` in bytes."""
    return f"larger than {event_lines.file_size(most)}, so it is not uploaded here"


def build(head: str) -> str:
    """Above the files of a build. `head` is markup."""
    return f"Built from commit {head}."


def picture(path: str, when: str) -> str:
    return f"{path} {when} the change"


def not_shown(why: str) -> str:
    return f"The thread in Slack could not be updated. {why}"


def left_out(hunks: int, added: int, deleted: int, *, truncated: bool) -> str:
    if not hunks:
        return "… the rest of this file is in the full session"
    more = " and more" if truncated else ""
    return f"… {event_lines.count(hunks, 'more place')} (+{added} −{deleted}{more}) in the full session"
