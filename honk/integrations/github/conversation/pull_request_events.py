"""What people do to Honk's pull requests on GitHub: closed, opened again, merged. The session learns it.

Always decided by what GitHub says now, never by what an event said: events come late, twice and in any order.
"""

from contextlib import suppress

from honk.core import events
from honk.core.errors import HonkError
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.core.session import Session
from honk.integrations.github.conversation import fields, models, texts
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import who
from honk.integrations.github.conversation.models import GitHubPullRequest, GitHubUser
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef

LANDED = frozenset({Phase.LIVE, Phase.ROLLED_BACK})


class _Busy(Exception):  # noqa: N818 - a state, not a mistake
    """Something runs for the session, which will settle it."""


async def settle(room: GitHubDependencies, repo: Repo, place: GitHubThreadRef) -> None:
    """Look at the pull request at `place`, and let its session know.

    Raises UsageError where it is gone, Unavailable when it is to be tried again.
    """
    name = room.store.threads.session(str(place))
    if not name:
        return
    session = room.store.session(name)
    if session.change.number != place.number or session.ship.merged_sha:
        return
    pull = models.pull(await room.talk.pull(repo, place.number))
    with suppress(_Busy):
        if pull.merged:
            await _merged(room, session, pull)
        elif pull.state == "closed":
            by = models.account(fields.record(await room.talk.issue(repo, place.number)), "closed_by")
            await _closed(room, session, pull, by)
        elif session.phase == Phase.CLOSED:
            _reopened(room, session, pull)


async def _merged(room: GitHubDependencies, session: Session, pull: GitHubPullRequest) -> None:
    """Merging on GitHub is a word to merge: GitHub's rules allowed it, the deploy and the watch are ours. What runs for
    the session goes first; then this is looked at again."""
    if session.busy:
        return
    by = pull.merged_by or models.GHOST
    store = room.store
    if session.phase == Phase.CLOSED:
        store.record(session.id, events.Entered(Phase.REVIEW), key=f"github:open:{pull.updated}", check=_idle)
    store.record(session.id, events.Noted(texts.merged_by(by.login, pull.number)), key=f"github:merged:{pull.number}")
    if pull.head != session.change.head:
        note = events.Noted(texts.merged_other(pull.head, session.change.head), bad=True)
        store.record(session.id, note, key=f"github:other:{pull.head}")
    claim = f"github:merged:{place_of(room, session)}"
    try:
        await room.honk_client.merge(session.id, who(by), head=session.change.head, claim=claim)
    except HonkError as error:
        store.record(session.id, events.Noted(str(error), bad=True), key=f"{claim}:refused")


def place_of(room: GitHubDependencies, session: Session) -> str:
    """Where the session's pull request is."""
    return str(room.repositories.pull(session) or "")


async def _closed(room: GitHubDependencies, session: Session, pull: GitHubPullRequest, by: GitHubUser) -> None:
    """What runs is stopped first; the session is closed once nothing does."""
    if session.phase in LANDED or session.phase == Phase.CLOSED:
        return
    if session.current is not None and not by.machine:
        try:
            await room.honk_client.cancel(session.id, who(by), claim=f"github:closed:{pull.number}:{pull.updated}")
        except HonkError:
            return  # it goes on, opens the pull request again, and says so
    if room.store.session(session.id).busy:
        return
    name = texts.somebody() if by == models.GHOST else by.login
    key = f"github:closed:{pull.number}:{pull.updated}"
    room.store.record(session.id, events.Noted(texts.closed_by(name, pull.number)), key=f"{key}:note", check=_idle)
    room.store.record(session.id, events.Entered(Phase.CLOSED), key=f"{key}:end", check=_idle)


def _reopened(room: GitHubDependencies, session: Session, pull: GitHubPullRequest) -> None:
    key = f"github:reopened:{pull.number}:{pull.updated}"
    room.store.record(session.id, events.Noted(texts.reopened(pull.number)), key=f"{key}:note")
    room.store.record(session.id, events.Entered(Phase.REVIEW), key=f"{key}:end", check=_idle)


def _idle(session: Session) -> None:
    """A check under the session's lock."""
    if session.busy:
        raise _Busy
