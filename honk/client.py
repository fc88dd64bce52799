"""The one interface of Honk: everything that the CLI, the web pages, the API, Slack and GitHub may ask.

`honk.service.HonkService` implements it in this process, `honk.web.remote_client.RemoteClient` over HTTP. Nobody else
records what people say or sets a session's phase (`tests/test_architecture.py`).

Errors: each method refuses by raising a `core.errors.HonkError` whose text is for the person: WorkFailed when the
answer is no, UsageError when the request cannot be understood, Unavailable when something outside Honk is missing.

Deliveries: `claim` names the message, button press or webhook event that brings a request. The same claim again changes
nothing, however often it is delivered. What is accepted is in the database before the method returns; the work happens
in a worker, and the session's events report it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from honk.core.events import Event
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.repo import Repo
from honk.core.session import Session

LONGEST_REQUEST = 200_000
"""Characters of one message. A longer text belongs into a file of the repository."""


@dataclass(frozen=True)
class Removal:
    """Something that was removed, or would be. `bytes` is its size on disk."""

    kind: str
    name: str
    bytes: int


@dataclass(frozen=True)
class Call:
    """A command's arguments; each command reads the fields that it needs, and ignores the others.

    `head` is the commit that the person was shown. `confirmed`: the person has looked at what was flagged. `bad`: a
    note reports a failure.
    """

    session: str
    person: Person
    text: str = ""
    head: str = ""
    confirmed: bool = False
    claim: str | None = None
    bad: bool = False
    context: MessageContext = NO_CONTEXT


class HonkClient(Protocol):
    """See the module's text."""

    async def ask(
        self,
        text: str,
        person: Person,
        *,
        repo: str = "",
        agent: str = "",
        claim: str | None = None,
        context: MessageContext = NO_CONTEXT,
    ) -> Session:
        """Start a session. Where `context.thread` is the thread of a session already: that session's next turn."""

    async def command(self, name: str, call: Call) -> Session:
        """Run a command of `honk.commands.table` (reply, merge, rollback, cancel, …) and return the session after it.
        Raises UsageError for an unknown name."""

    async def session(self, session: str) -> Session:
        """The session with this id, or the only one whose id begins so. Raises UsageError."""

    async def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        """The sessions with the newest events, newest first."""

    def events(self, session: str, *, after: int = 0, follow: bool = False) -> AsyncIterator[tuple[Session, Event]]:
        """The events behind number `after`, each with the session as it is now. With `follow`, until nothing more
        happens without another request."""

    async def add_repo(self, url: str, name: str = "", about: str = "") -> Repo:
        """Make a repository known; `about` says in a few words what it is, for requests that do not name it. Raises
        UsageError for a repository that Honk cannot work with."""

    async def repos(self) -> tuple[Repo, ...]:
        """All repositories, by name."""

    async def remove_repo(self, name: str) -> tuple[Removal, ...]:
        """Forget a repository and remove its files and those of its sessions; what the sessions did stays in the log.
        Raises WorkFailed while Honk works on a session of it."""

    async def collect(self, *, dry_run: bool = False) -> tuple[Removal, ...]:
        """Remove what nobody needs any more; with `dry_run`, only say what would be removed."""
