"""Reports to sessions that their pull request was closed, reopened or merged on GitHub.

The present state of the pull request decides, not an event: events come late, twice and in any order.
"""

from contextlib import suppress

from honk.client import Call
from honk.core.errors import WorkFailed
from honk.core.person import AGENT
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.integrations.github.conversation import models, texts, timestamps
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import person_of
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef


async def update_session(deps: GitHubDependencies, repo: Repo, thread: GitHubThreadRef) -> None:
    """Read the pull request of `thread`, and report its state to the session.

    Raises UsageError where it is gone, Unavailable when it is to be tried again.
    """
    name = await deps.store.threads.session(str(thread))
    if not name:
        return
    session = await deps.store.session(name)
    if session.change.number != thread.number or session.ship.merged_sha:
        return
    pull = await deps.github.pull_request(repo, thread.number)
    client, claim = deps.honk_client, f"{pull.number}:{timestamps.text(pull.updated)}"
    closed = pull.state == "closed" and not pull.merged
    by = await deps.github.closed_by(repo, thread.number) if closed else None
    with suppress(WorkFailed):  # while Honk works on the session; the publisher calls this again afterwards
        if pull.merged:
            merger = pull.merged_by or models.GHOST
            note = texts.merged_by(merger.login, pull.number)
            call = Call(name, person_of(merger), note, pull.head, claim=f"github:merged:{thread}")
            await client.command("merged_elsewhere", call)
        elif by is not None:
            note = texts.closed_by(texts.SOMEBODY if by == models.GHOST else by.login, pull.number)
            person = AGENT if by.machine else person_of(by)
            await client.command("close", Call(name, person, note, claim=f"github:closed:{claim}"))
        elif session.phase == Phase.CLOSED:
            call = Call(name, AGENT, texts.reopened(pull.number), claim=f"github:reopened:{claim}")
            await client.command("reopen", call)
