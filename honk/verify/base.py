"""The types of the verify package: Listing, Verifier, SetUpPlan, Ecosystem. README.md says what the modules do.

Everything is decided from the base commit, never from the tree that the agent edited (docs/design.md, "Trust").
"""

import re
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

    def text(self, path: str) -> str:
        """A file's content as text (bytes that are not UTF-8 replaced), empty when there is no such file.

        Each file is read once.
        """
        if path not in self.paths:
            return ""
        if path not in self._texts:
            self._texts[path] = self.read(path)[:MAX_READ].decode(errors="replace")
        return self._texts[path]

    def first(self, names: Iterable[str]) -> str:
        """The first of `names` that exists, or the empty string."""
        return next((name for name in names if name in self.paths), "")

    def under(self, folder: str) -> "Listing":
        """The listing of one folder, with paths relative to it."""
        prefix = f"{folder}/"
        paths = frozenset(path.removeprefix(prefix) for path in self.paths if path.startswith(prefix))
        return Listing(paths, lambda path: self.text(prefix + path).encode())


@dataclass(frozen=True)
class Verifier:
    """One check of a project. `source` is the file in which its command was found; `name` is usually the kind.

    `runs` is what the command runs in turn, where that is known: a recipe of a Makefile, a script of package.json.
    """

    name: str
    command: str
    source: str
    kind: Kind
    runs: str = ""


@dataclass(frozen=True)
class SetUpPlan:
    """The `commands` that prepare a fresh checkout, in order, and the files (`inputs`) that decide their outcome."""

    commands: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ecosystem:
    """What Honk knows of one kind of project. All functions are pure and return () when the project is not theirs.

    `unreadable` says which configuration files cannot be parsed, one sentence each: what they say is not known.
    `manifests` are shell patterns of the files, at any depth, that say what must be installed; a change to one of them
    makes set-up run again.
    """

    name: str
    manifests: tuple[str, ...]
    verifiers: Callable[[Listing], tuple[Verifier, ...]]
    setup: Callable[[Listing], tuple[str, ...]]
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
