"""Changes of repositories on GitHub: renamed, archived, made private, deleted or no longer accessible. Each change
becomes one note in the threads of the repository's sessions."""

import json
from dataclasses import dataclass, replace

from honk.client import Call
from honk.core.errors import UsageError, WorkFailed
from honk.core.person import AGENT
from honk.core.phase import SHIPPED
from honk.core.repo import Repo
from honk.integrations.github.conversation import texts
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.models import GitHubRepository

MOST_SESSIONS = 500


@dataclass(frozen=True)
class RepoStatus:
    """The last known state. `serial` counts the changes; `gone`: Honk has no access."""

    name: str
    private: bool = False
    archived: bool = False
    gone: bool = False
    serial: int = 0


async def refresh(deps: GitHubDependencies, repo: Repo, number: int) -> GitHubRepository | None:
    """The repository as it is now; None when Honk has no access. Raises Unavailable when GitHub does not answer."""
    before = await _known(deps, repo, number)
    try:
        found = await deps.github.repository(repo)
    except (UsageError, WorkFailed) as error:
        await _note_changes(deps, repo, number, before, replace(before, gone=True), str(error))
        return None
    await _note_changes(
        deps, repo, number, before, RepoStatus(found.full_name, found.private, found.archived, serial=before.serial)
    )
    return found


def changes(before: RepoStatus, now: RepoStatus, why: str = "") -> list[str]:
    """A sentence for each change. Pure."""
    if now.gone:
        return [] if before.gone else [texts.access_lost(why)]
    notes = [texts.access_restored(now.name)] if before.gone else []
    if before.name != now.name:
        notes.append(texts.renamed(before.name, now.name))
    if before.archived != now.archived:
        notes.append(texts.archived(now.name) if now.archived else texts.unarchived(now.name))
    if before.private != now.private:
        notes.append(texts.made_private(now.name) if now.private else texts.made_public(now.name))
    return notes


async def _known(deps: GitHubDependencies, repo: Repo, number: int) -> RepoStatus:
    kept = await deps.store.cursors.get(_name(number))
    return RepoStatus(**json.loads(kept)) if kept else RepoStatus("")


async def _note_changes(
    deps: GitHubDependencies, repo: Repo, number: int, before: RepoStatus, now: RepoStatus, why: str = ""
) -> None:
    if before == now:
        return
    now = replace(now, serial=before.serial + 1)
    notes = changes(before if before.name else RepoStatus(now.name, now.private), now, why)
    open_ = [
        each
        for each in await deps.store.sessions(MOST_SESSIONS)
        if each.repo == repo.name and each.phase not in SHIPPED
    ]
    for session in open_ if notes else ():
        for n, text in enumerate(notes):
            claim = f"github:standing:{number}:{now.serial}:{n}"
            call = Call(session.id, AGENT, text, claim=claim, bad=now.gone or now.archived)
            await deps.honk_client.command("note", call)
    await deps.store.cursors.put(_name(number), json.dumps(vars(now)))


def _name(number: int) -> str:
    return f"github:{number}:standing"
