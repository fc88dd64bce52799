"""What comes along with a message: where it was written, the talk around it, and files. Material, never an order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quote:
    """Somebody else's words: `source` says where they stand ("the thread above", "a linked message"). Untrusted."""

    author: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that came along, kept by its content. `size` is in bytes, `kind` its media type as its sender says."""

    name: str
    sha256: str
    size: int
    kind: str = ""


@dataclass(frozen=True)
class MessageContext:
    """Where a message was written, and what came with it.

    `place` names the thread on its surface (`slack:T1/C2/1700000000.000100`), empty for a surface without threads;
    one place belongs to one session. `link` leads a person there. `private`: what is said there is not for everybody
    who can read the repository. `repo` is the place's own repository, for requests that name none.
    """

    place: str = ""
    link: str = ""
    private: bool = False
    repo: str = ""
    quotes: tuple[Quote, ...] = ()
    files: tuple[Attachment, ...] = ()


NO_CONTEXT = MessageContext()
"""A message by itself."""
