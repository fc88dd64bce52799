"""The words on Honk's messages in Slack: headlines, steps, buttons, what to do next. Pure.

Plain words; what of them is untrusted is escaped where the card is made.
"""

from honk.conversation import event_lines
from honk.core.phase import Phase

STEPS: tuple[tuple[str, frozenset[Phase]], ...] = (
    ("understand", frozenset({Phase.INTAKE, Phase.ASKING})),
    ("prepare", frozenset({Phase.PREPARE})),
    ("work", frozenset({Phase.WORK, Phase.PAUSED})),
    ("check", frozenset({Phase.CHECK})),
    ("propose", frozenset({Phase.PROPOSE})),
    ("preview", frozenset({Phase.PREVIEW})),
)
"""The way of a turn, and the phases that stand at each place of it."""

SHIP_STEPS: tuple[tuple[str, frozenset[Phase]], ...] = (
    ("test with the base", frozenset({Phase.MERGE})),
    ("deploy", frozenset({Phase.DEPLOY})),
    ("watch", frozenset({Phase.WATCH})),
)
"""The way of a merge."""

BACK_STEPS: tuple[tuple[str, frozenset[Phase]], ...] = (("roll back", frozenset({Phase.ROLLBACK})),)
"""The way back."""

INSTALLABLE = (".apk", ".ipa")
"""Builds that a phone installs from a page of theirs."""

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


def doing(phase: Phase, repo: str) -> str:
    """The headline while a turn runs."""
    where = f" in {repo}" if repo else ""
    match phase:
        case Phase.INTAKE:
            return "On it"
        case Phase.PREPARE:
            return f"Preparing a workspace{where}"
        case Phase.WORK:
            return f"Working{where}"
        case Phase.CHECK:
            return "Checking the change"
        case Phase.PROPOSE:
            return "Opening the pull request"
        case Phase.PREVIEW:
            return "Building the preview"
    return f"At it{where}"


def waits() -> str:
    """The headline of a turn before which others come."""
    return "Noted: this comes next, after what runs now"


def stopping() -> str:
    """The headline after somebody said stop."""
    return "Stopping"


def asked_elsewhere(name: str) -> str:
    """A request that was not written in this thread."""
    return f"{name} asked:"


def asked_by_honk() -> str:
    """A turn that Honk itself began: a conflict to resolve, red checks to mend."""
    return "I asked the agent:"


def ended(phase: Phase) -> str:
    """The headline of a turn that is over."""
    match phase:
        case Phase.REVIEW:
            return "✓ Ready for you"
        case Phase.ASKING:
            return "One question"
        case Phase.PAUSED:
            return "Paused"
        case Phase.CANCELLED:
            return "Stopped"
        case Phase.LIVE | Phase.ROLLED_BACK | Phase.CLOSED:
            return "This change is over"
    return "✗ Not done"


def past() -> str:
    """The headline of a change that was decided on, or that a newer one has replaced."""
    return "✓ Proposed"


def next_step(phase: Phase, *, flagged: bool = False, untested: bool = False) -> str:
    """What a person can do at the end of a turn. `untested`: it is merged with something else, and not deployed."""
    match phase:
        case Phase.LIVE if untested:
            return "Press Test and deploy when the branch is mended, or Roll back to take this change out of it."
        case Phase.REVIEW if flagged:
            return "Look at what is flagged, then press Merge. Or reply here with what should be different."
        case Phase.REVIEW:
            return "Press Merge to bring it to production, or reply here with what should be different."
        case Phase.ASKING:
            return "Press a name or reply with it."
        case Phase.PAUSED:
            return "Press Go on to allow more, or reply with what should be different."
        case Phase.CANCELLED:
            return "Reply to go on from there, or press Try again."
        case Phase.LIVE:
            return "Press Roll back to take it back. For something new, mention me in a new message."
        case Phase.ROLLED_BACK | Phase.CLOSED:
            return "For something new, mention me in a new message of the channel."
    return "Reply with a hint, or press Try again."


def refused_next() -> str:
    """What to do after an order that was not carried out."""
    return "Nothing was merged. Reply here with what should be different, or press Merge again when it is settled."


def merging(name: str) -> str:
    """The headline while a merge is under way."""
    return f"{name} says merge"


def rolling_back(name: str) -> str:
    """The headline while a change is taken back."""
    return f"↩ {name} says roll back"


def shipped(kind: str, phase: Phase, *, failed: bool, untested: bool = False) -> str:
    """The headline of an order that is over."""
    match phase:
        case Phase.LIVE if kind == "merge" and untested:
            return "⚠ Merged, not deployed"
        case Phase.ROLLED_BACK:
            return "↩ Rolled back" if kind == "rollback" else "↩ Taken back"
        case Phase.LIVE if kind == "merge":
            return "⚠ Merged, but look at production" if failed else "✓ Live"
        case Phase.LIVE:
            return "✗ Not rolled back"
    return "✗ Not merged"


def confirm_merge(head: str, base: str) -> tuple[str, str, str]:
    """Title, text and yes of the question before a merge."""
    return (
        "Merge to production?",
        f"{head[:10]} is tested together with {base or 'the base branch'} as it is now, merged, deployed and watched."
        " You can roll it back.",
        "Merge",
    )


def confirm_deploy(base: str) -> tuple[str, str, str]:
    """Title, text and yes of the question before what was merged untested is tested and goes live."""
    text = f"{base or 'The base branch'} is tested as it is now, with this change in it, then deployed and watched."
    return "Test and deploy?", text, DEPLOY


def confirm_flagged(reasons: list[str]) -> tuple[str, str, str]:
    """The same where something was flagged."""
    return "Have you looked at this?", "\n".join(reasons), "I looked: merge"


def confirm_rollback() -> tuple[str, str, str]:
    """Title, text and yes of the question before a rollback."""
    return (
        "Roll back?",
        "Production goes back to the version before, and the branch gets a tested revert of this change.",
        "Roll back",
    )


def no() -> str:
    """The other answer."""
    return "Not now"


def unverified() -> str:
    """There was nothing to check with."""
    return "No verifier was found in this repository: nothing was checked but the guard’s rules."


def more_in_console(link: str) -> str:
    """Something was left out. `link` is markup."""
    return f"… this is not all: {link}"


def and_more(number: int, noun: str) -> str:
    """A list that goes on."""
    return f"and {event_lines.count(number, 'more ' + noun)}"


def artifact(size: int, sha256: str) -> str:
    """A file's size and checksum."""
    return f"{human_size(size)} · SHA-256 {sha256}"


def too_large(most: int) -> str:
    """A file that is not uploaded."""
    return f"larger than {human_size(most)}, so it is not uploaded here"


def build(head: str) -> str:
    """Above the files of a build. `head` is markup."""
    return f"Built from commit {head}."


def scan() -> str:
    """What the QR code is for."""
    return "Scan the code to try the new version on another phone."


def qr() -> str:
    """The QR code's title."""
    return "QR code of the new version"


def picture(path: str, when: str) -> str:
    """A picture's title."""
    return f"{path} {when} the change"


def same(is_same: bool) -> str:
    """Whether a page looks as it did."""
    return "as before" if is_same else "changed"


def install_above() -> str:
    """Where an app's install page is."""
    return "install it by the link in the message above"


def not_shown(why: str) -> str:
    """For the session's other surfaces: its thread in Slack does not follow any more."""
    return f"The thread in Slack could not be brought up to date. {why}"


def cannot_show() -> str:
    """A fault of ours."""
    return "Something went wrong while showing this here; the work goes on. The trace is in the server’s log."


def no_worker() -> str:
    """Nobody is there to do the work."""
    return "No worker is running just now. It goes on by itself when one is there: `honk serve` or `honk worker`."


def human_size(size: int) -> str:
    """`812 bytes`, `3.4 MB`."""
    if size < 1000:
        return event_lines.count(size, "byte")
    for unit in ("kB", "MB", "GB"):
        size_in = size / 1000 ** (1 + ("kB", "MB", "GB").index(unit))
        if size_in < 1000:
            return f"{size_in:.1f} {unit}"
    return f"{size / 10**12:.1f} TB"


def changes_title() -> str:
    """The title of the window with the changes; at most 24 characters."""
    return "Changes"


def close() -> str:
    """The button that closes it; at most 24 characters."""
    return "Close"


def no_changes() -> str:
    """There is no difference."""
    return "Nothing is changed."


def renamed_only() -> str:
    """A file with another name and the same content."""
    return "Moved, its content is the same."


def pull_request(number: int) -> str:
    """The words of the link to it."""
    return f"Pull request #{number}"


def everything() -> str:
    """The words of the link to the session's page."""
    return "Everything in the console"


def all_in_console() -> str:
    """The words of a link."""
    return "all of it in the console"


def left_out(hunks: int, added: int, deleted: int, *, truncated: bool) -> str:
    """A part of a file's diff that does not fit into the window."""
    if not hunks:
        return "… the file goes on: the rest is in the console"
    more = " and more" if truncated else ""
    return f"… {event_lines.count(hunks, 'more place')} (+{added} −{deleted}{more}) in the console"
