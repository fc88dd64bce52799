"""The local forge's pull requests. An approval belongs to one head commit: with another head it counts no more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from honk.core.errors import UsageError, WorkFailed
from honk.core.person import Person
from honk.core.repo import Pull
from honk.storage.database import Database, add_once, rows
from honk.storage.tables import approvals, pulls

_TRIES = 20
"""How often a number is asked for when others open pull requests of the same repository at the same moment."""


@dataclass(frozen=True)
class PullRequestProposal:
    """What a pull request is made of."""

    repo: str
    session: str
    branch: str
    base_branch: str
    head: str
    title: str
    body: str
    author: Person


class Pulls:
    """The tables `pulls` and `approvals`. A returned Pull has no `url`: its address is the forge's business."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def propose(self, proposal: PullRequestProposal) -> Pull:
        """The session's pull request, made or brought up to date (and open again); a merged one stays as it is.

        Raises UsageError when another open pull request has the branch.
        """
        for attempt in range(_TRIES):
            try:
                return await self._database.write(_propose, proposal, self._clock())
            except IntegrityError as error:
                holder = await self.open_on(proposal.repo, proposal.branch)
                if holder is not None:
                    raise UsageError(f"Pull request #{holder.number} already has branch {proposal.branch}.") from error
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("the loop returns or raises")

    async def get(self, repo: str, number: int) -> Pull:
        """The pull request. Raises UsageError when there is none."""
        return await self._database.read(_get, repo, number)

    async def open_on(self, repo: str, branch: str) -> Pull | None:
        """The pull request that is open for `branch`."""
        query = sa.select(pulls).where(pulls.c.repo == repo, pulls.c.branch == branch)
        found = await self._database.read(rows, query.where(pulls.c.state.in_(("draft", "open"))))
        return _pull(found[0]) if found else None

    async def move(self, repo: str, number: int, head: str) -> Pull:
        """The branch has another head now. A merged or closed pull request keeps the one it had. Raises as `get`."""
        return await self._database.write(_change, repo, number, self._clock(), {"head": head})

    async def approve(self, repo: str, number: int, head: str, person: Person) -> None:
        """Record an approval. Raises WorkFailed when `head` is not the present head, or the pull request not open."""
        await self._database.write(_approve, repo, number, head, person, self._clock())

    async def approvers(self, repo: str, number: int) -> tuple[Person, ...]:
        """Who approved the present head, in the order they did."""
        query = (
            sa.select(approvals.c.person, approvals.c.name, approvals.c.email)
            .join(pulls, (pulls.c.repo == approvals.c.repo) & (pulls.c.number == approvals.c.number))
            .where(pulls.c.repo == repo, pulls.c.number == number, pulls.c.head == approvals.c.head)
            .order_by(approvals.c.at, approvals.c.person)
        )
        return tuple(Person(*row) for row in await self._database.read(rows, query))

    async def merged(self, repo: str, number: int, sha: str) -> None:
        """It was merged as `sha`. Raises as `get`."""
        values = {"state": "merged", "merged_sha": sha}
        await self._database.write(_change, repo, number, self._clock(), values)

    async def closed(self, repo: str, number: int) -> None:
        """It was closed; harmless when it was already, or merged. Raises as `get`."""
        await self._database.write(_change, repo, number, self._clock(), {"state": "closed"})


def _propose(connection: sa.Connection, proposal: PullRequestProposal, now: float) -> Pull:
    query = sa.select(pulls).where(pulls.c.session == proposal.session).with_for_update()
    found = connection.execute(query).one_or_none()
    shown = {"head": proposal.head, "title": proposal.title, "body": proposal.body}
    if found is not None and found.state != "merged":
        values = shown | {"state": "open", "branch": proposal.branch, "updated": now}
        connection.execute(pulls.update().where(pulls.c.session == proposal.session).values(values))
    number = found.number if found is not None else _add(connection, proposal, shown, now)
    return _get(connection, proposal.repo, number)


def _add(connection: sa.Connection, proposal: PullRequestProposal, shown: dict[str, str], now: float) -> int:
    newest = sa.select(sa.func.max(pulls.c.number)).where(pulls.c.repo == proposal.repo)
    number = (connection.execute(newest).scalar() or 0) + 1
    values: dict[str, Any] = {
        "repo": proposal.repo,
        "number": number,
        "session": proposal.session,
        "branch": proposal.branch,
        "base_branch": proposal.base_branch,
        "author": proposal.author.id,
        "state": "open",
        "merged_sha": "",
        "created": now,
        "updated": now,
    }
    connection.execute(pulls.insert().values(values | shown))
    return number


def _change(connection: sa.Connection, repo: str, number: int, now: float, values: dict[str, str]) -> Pull:
    """Write `values` to an open pull request; a merged or closed one stays as it is."""
    this = (pulls.c.repo == repo) & (pulls.c.number == number) & pulls.c.state.in_(("draft", "open"))
    connection.execute(pulls.update().where(this).values(updated=now, **values))
    return _get(connection, repo, number)


def _approve(connection: sa.Connection, repo: str, number: int, head: str, person: Person, now: float) -> None:
    pull = _get(connection, repo, number, lock=True)
    if pull.state not in ("draft", "open"):
        raise WorkFailed(f"Pull request #{number} is {pull.state}; there is nothing left to approve.")
    if pull.head != head:
        raise WorkFailed(
            f"Pull request #{number} moved from {head[:10]} to {pull.head[:10]}; look again, then approve."
        )
    row = {"repo": repo, "number": number, "head": head, "person": person.id}
    add_once(connection, approvals, row | {"name": person.name, "email": person.email, "at": now})


def _get(connection: sa.Connection, repo: str, number: int, lock: bool = False) -> Pull:
    query = sa.select(pulls).where(pulls.c.repo == repo, pulls.c.number == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise UsageError(f"There is no pull request #{number} in `{repo}`.")
    return _pull(row)


def _pull(row: Any) -> Pull:
    return Pull(
        number=row.number,
        repo=row.repo,
        branch=row.branch,
        base_branch=row.base_branch,
        head=row.head,
        title=row.title,
        body=row.body,
        state=row.state,
        url="",
        merged_sha=row.merged_sha,
    )
