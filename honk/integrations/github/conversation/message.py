"""A message to Honk on GitHub. Pure."""

from dataclasses import dataclass

from honk.core.person import Person
from honk.core.repo import Repo
from honk.integrations.github.conversation.conversation_client import ReactionTarget
from honk.integrations.github.conversation.models import GitHubUser
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef


@dataclass(frozen=True)
class GitHubMessage:
    """`text` is the message without the mention; `claim` identifies it, however often it is delivered. Honk reacts to
    `at`; `created` is in seconds since the epoch, 0 for unknown. `changed`: it was found by polling and edited
    before, so somebody else may have written it; `node` is its id in GraphQL. `whole`: it is the text of the issue."""

    repo: Repo
    thread: GitHubThreadRef
    author: GitHubUser
    text: str
    claim: str
    link: str
    at: tuple[ReactionTarget, int] | None = None
    created: float = 0.0
    changed: bool = False
    whole: bool = False
    node: str = ""

    @property
    def answer(self) -> str:
        """The key of the answer's comment."""
        return f"answer-{self.claim.removeprefix('github:')}"


def person_of(account: GitHubUser) -> Person:
    """An account as a person: identified by its id, with GitHub's no-reply address for commits."""
    mail = f"{account.id}+{account.login}@users.noreply.github.com"
    return Person(f"github:{account.id}", account.login, mail)
