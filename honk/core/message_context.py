"""What comes with a message: where it was written, quotes and files. Material for the agent, never a command."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quote:
    """Somebody else's text: `source` says where it was written ("the thread above", "a linked message"). Untrusted."""

    author: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message, stored by its content. `size` is in bytes, `kind` the media type that its
    sender gave."""

    name: str
    sha256: str
    size: int
    kind: str = ""


@dataclass(frozen=True)
class MessageContext:
    """Where a message was written, and what came with it.

    `thread` names the thread on its integration (`slack:T1/C2/1700000000.000100`), empty where there are no threads;
    one thread belongs to one session. `link` leads a person there. `private`: what is said there is not for everybody
    who can read the repository. `repo` is the repository of the channel or pull request, for requests that name none.
    """

    thread: str = ""
    link: str = ""
    private: bool = False
    repo: str = ""
    quotes: tuple[Quote, ...] = ()
    files: tuple[Attachment, ...] = ()


NO_CONTEXT = MessageContext()
"""A message by itself."""
