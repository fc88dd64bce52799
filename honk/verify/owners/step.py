"""A command that the owners of a repository wrote down, and what it means for verification."""

from dataclasses import dataclass, field
from typing import Literal

Group = Literal["format", "lint", "types", "build", "test"]


@dataclass(frozen=True)
class OwnersStep:
    """One shell statement. `text` is how the owners wrote it, `words` the same split (empty for an `if` or a loop).

    `folder` is the folder of the repository in which it runs, `source` the file it stands in, `where` the job or
    target. `before` are the statements of the same script that ran before it.
    """

    text: str
    words: tuple[str, ...]
    source: str
    where: str = ""
    folder: str = ""
    env: tuple[tuple[str, str], ...] = ()
    before: tuple["OwnersStep", ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class OwnersCheck:
    """A step that checks the project. `command` is what Honk runs in `step.folder`; `tool` is the program at the end.

    `needs` are Python requirements that the command's program comes from. `runs` is what the command runs in turn.
    """

    group: Group
    tool: str
    command: str
    step: OwnersStep
    needs: tuple[str, ...] = ()
    runs: str = ""


@dataclass(frozen=True)
class Install:
    """A step that installs what the project needs. `words` are those of the package manager's command."""

    words: tuple[str, ...]
    step: OwnersStep


@dataclass(frozen=True)
class LeftOut:
    """A step that looks like a check and is not run; `reason` completes the sentence "… is not run: it …"."""

    step: OwnersStep
    reason: str


Meaning = OwnersCheck | Install | LeftOut
