"""The types: ToolChain, ProgramFile, FileLines, NotMeasured. README.md says how a measurement goes."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MAX_RESULT_BYTES = 64_000_000
"""A larger result of a tool chain is not read."""


class NotMeasured(Exception):
    """Why the coverage is not known, as the end of a sentence: `because …`."""


@dataclass(frozen=True)
class ProgramFile:
    """A changed file of the program: its text, and the numbers of its new lines."""

    path: str
    text: str
    changed: frozenset[int]


@dataclass(frozen=True)
class FileLines:
    """Of one file, the changed lines that can be executed, and those that were. `tests` names the tests that execute a
    line, where the tool chain tells them apart; an empty name stands for no test in particular."""

    executable: frozenset[int]
    executed: frozenset[int]
    tests: Mapping[int, frozenset[str]] = field(default_factory=dict)


Lines = Mapping[str, FileLines | NotMeasured]
"""For the path of each changed file what is known of it."""


@dataclass(frozen=True)
class ToolChain:
    """How the coverage of one language is measured.

    `before` and `after` are shell commands around the test command, in the workspace. $HONK_COVERAGE is a folder for
    their results, in which the files of `prepared` (relative path to text) lie already; it gets the changed files and
    the paths of all files of tests. `read` gets that folder on the host, and raises NotMeasured when nothing is known.
    The results come from the repository's code and are not trusted.
    """

    language: str
    suffixes: tuple[str, ...]
    before: str
    read: Callable[[Path, tuple[ProgramFile, ...]], Lines]
    after: str = ""
    prepared: Callable[[tuple[ProgramFile, ...], frozenset[str]], dict[str, str]] = lambda _changed, _tests: {}


def result(folder: Path, name: str) -> str:
    """The text of the result `name` in `folder`, empty where there is none. Links are not followed. Raises NotMeasured
    for one that is no file or too large."""
    path = folder / name
    if path.parent.resolve() != folder.resolve() / Path(name).parent:
        raise NotMeasured("its result is no file")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise NotMeasured("its result cannot be read") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_RESULT_BYTES:
            raise NotMeasured("its result is no file or too large")
        return file.read(MAX_RESULT_BYTES).decode(errors="replace")
