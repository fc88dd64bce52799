"""The failures in an excerpt of a test runner's output, one block of lines for each. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_HEADINGS = re.compile(
    r"_{3,} (?:ERROR (?:collecting|at \w+ of) )?(?P<pytest>.+?) _{3,}$|(?:FAIL|ERROR): (?P<unittest>\S+) \("
    r"|\s*not ok \d+ - (?P<tap>.+?)(?: # .*)?$|\s*✖ (?P<node>.+?)(?: \([\d.]+m?s\))?$|\s*● (?P<jest>.+)$"
    r"|\s*--- FAIL: (?P<go>\S+)|---- (?P<rust>\S+) stdout ----|\s*FAIL\s+(?P<vitest>\S.*)$|\s*\d+\) (?P<numbered>\S.*)$"
    r"|error(?:\[E\d+\])?: (?P<compiler>.+)$"
)

_PATH = re.compile(r"[\w./-]*\w")


@dataclass(frozen=True)
class FailureBlock:
    """One failure: the `name` in its heading, empty where there is none, and all its lines. `path` is the file that it
    names first, among those that were asked for."""

    path: str
    name: str
    text: str


class TestFileNames:
    """Finds files of tests by the names that runners print: a path, a file's name, a module with dots."""

    def __init__(self, paths: Iterable[str]) -> None:
        listed = tuple(paths)
        self._only = listed[0] if len(listed) == 1 else ""
        short = Counter(path.rpartition("/")[2] for path in listed)
        self._paths = {path.rpartition("/")[2]: path for path in listed if short[path.rpartition("/")[2]] == 1}
        self._paths |= {path.removesuffix(".py").replace("/", "."): path for path in listed if path.endswith(".py")}
        self._paths |= {path: path for path in listed}

    def first_in(self, text: str) -> str:
        """The first of the files that `text` names; the only one that there is where it names none; else empty."""
        for match in _PATH.finditer(text):
            word = match[0].removeprefix("/workspace/").removeprefix("./")
            while word:
                if word in self._paths:
                    return self._paths[word]
                word = word.rpartition(".")[0] if "/" not in word else ""
        return self._only


def blocks(excerpt: str, files: TestFileNames) -> tuple[FailureBlock, ...]:
    """The failures in `excerpt` that concern one of `files`."""
    found: list[FailureBlock] = []
    for name, lines in _split(excerpt):
        text = "\n".join(lines)
        if path := files.first_in(text):
            found.append(FailureBlock(path, name, text))
    return tuple(found)


def _split(excerpt: str) -> list[tuple[str, list[str]]]:
    """The lines from one heading to the next, with the heading's name; all lines where there is no heading."""
    parts: list[tuple[str, list[str]]] = []
    for line in excerpt.splitlines():
        if match := _HEADINGS.match(line):
            parts.append((next(group for group in match.groups() if group).strip(), []))
        if parts:
            parts[-1][1].append(line)
    return parts or [("", excerpt.splitlines())]
