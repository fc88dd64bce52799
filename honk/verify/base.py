"""The types of the verify package: Listing, Verifier, SetUpPlan, Ecosystem. README.md says what the modules do.

Everything is decided from the base commit, never from the tree that the agent edited (docs/design.md, "Trust").
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from honk.core.verdict import KINDS as KINDS
from honk.core.verdict import Kind as Kind

MAX_READ = 1_000_000
"""At most so many bytes of a file are read."""

Read = Callable[[str], bytes]


@dataclass(frozen=True)
class Listing:
    """The files of one commit: all their paths (relative, `/` between), and a function that reads one of them.

    `read` is only called for members of `paths`, few and small ones.
    """

    paths: frozenset[str]
    read: Read
    _texts: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    _folders: dict[str, "Listing"] = field(default_factory=dict, compare=False, repr=False)
    _sorted: list[str] = field(default_factory=list, compare=False, repr=False)

    def text(self, path: str) -> str:
        """A file's content as text (bytes that are not UTF-8 replaced), empty when there is no such file.

        A byte order mark is left out, and lines end in a plain newline. Each file is read once.
        """
        if path not in self.paths:
            return ""
        if path not in self._texts:
            read = self.read(path)[:MAX_READ].decode("utf-8-sig", errors="replace")
            self._texts[path] = read.replace("\r\n", "\n")
        return self._texts[path]

    def first(self, names: Iterable[str]) -> str:
        """The first of `names` that exists, or the empty string."""
        return next((name for name in names if name in self.paths), "")

    def under(self, folder: str) -> "Listing":
        """The listing of one folder, with paths relative to it."""
        prefix = f"{folder}/"
        if folder not in self._folders:
            paths = frozenset(path.removeprefix(prefix) for path in self._between(prefix))
            self._folders[folder] = Listing(paths, lambda path: self.text(prefix + path).encode())
        return self._folders[folder]

    def has_folder(self, folder: str) -> bool:
        """Whether a file lies in the folder or below it; the top folder is the empty string."""
        return not folder or bool(self._between(f"{folder}/"))

    def _between(self, prefix: str) -> list[str]:
        """The paths that begin with `prefix`, sorted."""
        if not self._sorted:
            self._sorted.extend(sorted(self.paths))
        start = bisect_left(self._sorted, prefix)
        return self._sorted[start : bisect_left(self._sorted, prefix + chr(0x10FFFF))]


@dataclass(frozen=True)
class Verifier:
    """One check of a project. `source` is the file in which its command was found; `name` is usually the kind.

    `runs` is what the command runs in turn, where that is known: a recipe of a Makefile, a script of package.json.
    `owners` is the command as the owners wrote it, `where` the job or target that it stands in, `folder` the package
    that it checks (empty: the top folder); `tool` is the program that checks in the end.
    """

    name: str
    command: str
    source: str
    kind: Kind
    runs: str = ""
    owners: str = ""
    where: str = ""
    folder: str = ""
    tool: str = ""


@dataclass(frozen=True)
class SetUpPlan:
    """The `commands` that prepare a fresh checkout, in order, and the files (`inputs`) that decide their outcome."""

    commands: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What the owners' files ask of set-up: their install commands as words, the programs of the checks (with the
    requirements that they are pinned to), and further requirements. `words` are those of the commands that come from
    conventions and configured tools."""

    installs: tuple[tuple[str, ...], ...] = ()
    tools: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ecosystem:
    """What Honk knows of one kind of project. All functions are pure and return () when the project is not theirs.

    `verifiers` are those of the language's conventions and of configured tools, for what the owners' files do not say.
    `unreadable` says which configuration files cannot be parsed, one sentence each: what they say is not known.
    `manifests` are shell patterns of the files, at any depth, that say what must be installed; a change to one of them
    makes set-up run again.
    """

    name: str
    manifests: tuple[str, ...]
    verifiers: Callable[[Listing], tuple[Verifier, ...]]
    setup: Callable[[Listing, Needs], tuple[str, ...]]
    unreadable: Callable[[Listing], tuple[str, ...]] = lambda listing: ()


def path_matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """A test for paths whose name (or end, for a glob with a `/`) matches one of `globs`, at any depth.

    It is called for every path of a repository, so plain names are looked up first.
    """
    listed = tuple(dict.fromkeys(globs))
    plain = frozenset(glob for glob in listed if not set(glob) & set("*/"))
    others = [glob for glob in listed if glob not in plain]
    ends = tuple({glob.rpartition("*")[2] for glob in others})
    pattern = re.compile("(?:^|/)(?:" + "|".join(re.escape(glob).replace(r"\*", "[^/]*") for glob in others) + r")\Z")

    def found(path: str) -> bool:
        return path.rpartition("/")[2] in plain or (path.endswith(ends) and bool(pattern.search(path)))

    return found


def renamed(verifier: Verifier, name: str) -> Verifier:
    """A copy of the verifier with another name."""
    return replace(verifier, name=name)
