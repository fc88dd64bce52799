"""What people do to Honk's pull requests on GitHub: closed, opened again, merged. The session learns it.

Always decided by what GitHub says now, never by what an event said: events come late, twice and in any order.
"""

from contextlib import suppress

from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.integrations.github.conversation import models, texts, timestamps
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import who
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef


async def settle(room: GitHubDependencies, repo: Repo, place: GitHubThreadRef) -> None:
    """Look at the pull request at `place`, and let its session know.

    Raises UsageError where it is gone, Unavailable when it is to be tried again.
    """
    name = await room.store.threads.session(str(place))
    if not name:
        return
    session = await room.store.session(name)
    if session.change.number != place.number or session.ship.merged_sha:
        return
    pull = await room.github.pull_request(repo, place.number)
    client, claim = room.honk_client, f"{pull.number}:{timestamps.text(pull.updated)}"
    closed = pull.state == "closed" and not pull.merged
    by = await room.github.closed_by(repo, place.number) if closed else None
    with suppress(WorkFailed):  # Honk works on the session, and this is looked at again when that has ended
        if pull.merged:
            merger = pull.merged_by or models.GHOST
            note = texts.merged_by(merger.login, pull.number)
            await client.merged_elsewhere(name, who(merger), pull.head, note, claim=f"github:merged:{place}")
        elif by is not None:
            note = texts.closed_by(texts.somebody() if by == models.GHOST else by.login, pull.number)
            person = None if by.machine else who(by)
            await client.close(name, note, claim=f"github:closed:{claim}", person=person)
        elif session.phase == Phase.CLOSED:
            await client.reopen(name, texts.reopened(pull.number), claim=f"github:reopened:{claim}")
