"""Honk's repositories on GitHub, found by their numeric id, which survives every rename."""

from honk.core.repo import Repo
from honk.core.session import Session
from honk.integrations.github.conversation.thread_ref import INTEGRATION, GitHubThreadRef, parse
from honk.storage.store import Store


class Repositories:
    """Reads the store each time: another process may add a repository."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> tuple[tuple[Repo, int], ...]:
        """Every repository on GitHub, with its number."""
        here = (repo for repo in await self._store.repos() if repo.forge == INTEGRATION)
        found = [(repo, await self.number(repo)) for repo in here]
        return tuple((repo, number) for repo, number in found if number)

    async def find(self, number: int) -> Repo | None:
        """The repository with this number."""
        return next((repo for repo, known in await self.all() if known == number), None)

    async def number(self, repo: Repo) -> int:
        """The repository's id on GitHub; 0 when it is not there or was never seen."""
        return await self._store.addresses.number(INTEGRATION, repo.url) if repo.forge == INTEGRATION else 0

    async def of(self, session: Session) -> tuple[Repo, int] | None:
        """The session's repository, if it is on GitHub."""
        if not session.repo:
            return None
        return next(((repo, number) for repo, number in await self.all() if repo.name == session.repo), None)

    async def pull(self, session: Session) -> GitHubThreadRef | None:
        """The thread of the session's pull request, if it is on GitHub."""
        found = await self.of(session) if session.change.number else None
        return GitHubThreadRef(found[1], session.change.number) if found else None

    async def at(self, thread: str) -> tuple[Repo, GitHubThreadRef] | None:
        """The repository of a thread, and the thread; None when Honk does not work on it."""
        where = parse(thread)
        repo = await self.find(where.repository) if where else None
        return (repo, where) if repo and where else None
