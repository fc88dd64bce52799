"""Something that was said to Honk on GitHub, and by whom. Pure."""

from dataclasses import dataclass

from honk.core.person import Person
from honk.core.repo import Repo
from honk.integrations.github.conversation.base import Reacted
from honk.integrations.github.conversation.models import GitHubUser
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef


@dataclass(frozen=True)
class Message:
    """`text` is what it says, without the mention; `claim` what it is known by however often it is heard. `at` is what
    is reacted to, `created` when it was said (as GitHub writes times). `changed`: it was found late, and may be
    somebody else's words by now; `node` is what GraphQL calls it. `whole`: it is the text of the issue itself."""

    repo: Repo
    place: GitHubThreadRef
    author: GitHubUser
    text: str
    claim: str
    link: str
    at: tuple[Reacted, int] | None = None
    created: str = ""
    changed: bool = False
    whole: bool = False
    node: str = ""

    @property
    def answer(self) -> str:
        """The key of what is answered to it."""
        return f"answer-{self.claim.removeprefix('github:')}"


def who(account: GitHubUser) -> Person:
    """Somebody on GitHub, by their number; the address is the one that GitHub gives out for commits."""
    mail = f"{account.id}+{account.login}@users.noreply.github.com"
    return Person(f"github:{account.id}", account.login, mail)
