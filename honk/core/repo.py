"""A repository that Honk knows, and a pull request in it."""

from dataclasses import dataclass
from typing import Literal

PullState = Literal["draft", "open", "merged", "closed"]


@dataclass(frozen=True)
class Repo:
    """A repository that Honk knows. `url` is where the forge has it, `forge` the backend's name; `about` says in a few
    words what it is, for requests that name none."""

    name: str
    url: str
    forge: str
    default_branch: str
    about: str = ""


@dataclass(frozen=True)
class Pull:
    """A pull request as the forge has it now."""

    number: int
    repo: str
    branch: str
    base_branch: str
    head: str
    title: str
    body: str
    state: PullState
    url: str
    merged_sha: str = ""
