"""Names of threads and messages on GitHub, as the store keeps them. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

INTEGRATION = "github"

_THREAD = re.compile(rf"{INTEGRATION}:(\d{{1,18}})#(\d{{1,12}})(?:/(\d{{1,6}}))?")
_LINK = re.compile(r"#(issuecomment-|discussion_r|pullrequestreview-)(\d{1,18})$")

Kind = Literal["issue", "comment", "review comment", "review"]

_KINDS: dict[str, Kind] = {"issuecomment-": "comment", "discussion_r": "review comment", "pullrequestreview-": "review"}


@dataclass(frozen=True)
class GitHubThreadRef:
    """An issue or a pull request: the repository by its numeric id, and the number that both count together. `serial`
    counts the sessions there: when one is over, the next request begins another."""

    repository: int
    number: int
    serial: int = 0

    def __str__(self) -> str:
        return f"{INTEGRATION}:{self.repository}#{self.number}" + (f"/{self.serial}" if self.serial else "")


def parse(thread: str) -> GitHubThreadRef | None:
    """The reverse of `str`; None for a thread of another integration."""
    found = _THREAD.fullmatch(thread)
    return GitHubThreadRef(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def claim(kind: Kind, number: int) -> str:
    """The claim of a comment or a review: it becomes one turn or command, however often it is delivered."""
    return f"{INTEGRATION}:{kind}:{number}"


def opening_claim(thread: GitHubThreadRef) -> str:
    """The claim of an issue's own text."""
    return f"{thread}:opened"


def label_claim(thread: GitHubThreadRef) -> str:
    """The claim of the label on an issue, which is a request once."""
    return f"{thread}:labelled"


def parse_link(link: str) -> tuple[Kind, int] | None:
    """The kind and id of the comment or review that an address on GitHub leads to; ("issue", 0) for an issue itself.
    None for an empty address."""
    if not link:
        return None
    found = _LINK.search(link)
    return (_KINDS[found[1]], int(found[2])) if found else ("issue", 0)
