"""What the real git does for us in a repository's bare directory. Branches are short names, commits full ids."""

import functools
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from honk_simulators.github.git_repository import git_command as command
from honk_simulators.github.git_repository.git_command import GitCommandFailed

P = ParamSpec("P")
T = TypeVar("T")
Asked = Callable[Concatenate[Path, P], Coroutine[Any, Any, T]]
OBJECT = re.compile(r"[0-9a-f]{40}")
MOST_REMEMBERED = 2000

NOTHING = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
CONFIG = """\
[core]
\trepositoryFormatVersion = 0
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[http]
\treceivePack = true
[transfer]
\thideRefs = refs/honk
"""
OWN = "refs/honk/"
"""Refs that only we know."""

_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x1e"


@dataclass(frozen=True)
class Commit:
    """A commit as its object says. Dates are ISO 8601 with an offset."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str, str]
    committer: tuple[str, str, str]
    message: str


@dataclass(frozen=True)
class ChangedFile:
    """A file that differs between two trees. `status` is added, removed, modified or renamed."""

    path: str
    status: str
    additions: int
    deletions: int
    blob: str
    patch: str
    was: str | None = None


@dataclass(frozen=True)
class Author:
    """Whose commit it is. `date` is as git reads it."""

    name: str
    email: str
    date: str

    def environment(self) -> dict[str, str]:
        """For git: author and committer in one."""
        return {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", self.name), ("EMAIL", self.email), ("DATE", self.date))
        }


def create(path: Path, default_branch: str) -> None:
    """A new bare repository that may be fetched from in part and by commit; our own refs stay hidden."""
    for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (path / part).mkdir(parents=True)
    (path / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n")
    (path / "config").write_text(CONFIG)


def remembered(function: Asked[P, T]) -> Asked[P, T]:
    """What a function says about commits that are named in full, said again without git: it cannot change."""
    known: dict[tuple[Any, ...], T] = {}

    @functools.wraps(function)
    async def asked(git_dir: Path, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if kwargs or not all(isinstance(each, str) and OBJECT.fullmatch(each) for each in args):
            return await function(git_dir, *args, **kwargs)
        key = (git_dir, *args)
        if key not in known:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[key] = await function(git_dir, *args, **kwargs)
        return known[key]

    return asked


async def find(git_dir: Path, revision: str) -> str | None:
    """The commit that a branch, tag or id names."""
    names = (revision,) if OBJECT.fullmatch(revision) else (f"refs/heads/{revision}", revision)
    for name in names:
        found = await command.run(git_dir, "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}", ok=(0, 1, 128))
        if found.status == 0:
            return found.text.strip()
    return None


async def branches(git_dir: Path) -> dict[str, str]:
    """All branches with their commits, by name."""
    return {name.removeprefix("refs/heads/"): sha for name, sha in (await refs(git_dir, "refs/heads/")).items()}


async def refs(git_dir: Path, prefix: str = "") -> dict[str, str]:
    """All refs below a prefix with what they point at."""
    text = await command.output(
        git_dir, "for-each-ref", "--format=%(refname) %(objectname)", *([prefix] if prefix else [])
    )
    pairs = (line.split(" ", 1) for line in text.splitlines() if line and not line.startswith(OWN))
    return dict(pairs)


async def weight(git_dir: Path) -> int:
    """What all objects take, in kB."""
    told = dict(line.split(": ") for line in (await command.output(git_dir, "count-objects", "-v")).splitlines())
    return int(told["size"]) + int(told["size-pack"])


async def log(git_dir: Path, *revisions: str, limit: int | None = None, path: str = "") -> list[Commit]:
    """The commits of a range, newest first."""
    count = [f"--max-count={limit}"] if limit is not None else []
    where = ["--", path] if path else ["--"]
    text = (await command.run(git_dir, "log", f"--format={_FORMAT}", *count, *revisions, *where)).text
    return [_commit(entry.strip("\n")) for entry in text.split("\x1e") if entry.strip("\n")]


@remembered
async def commit(git_dir: Path, sha: str) -> Commit:
    """One commit."""
    return (await log(git_dir, sha, limit=1))[0]


@remembered
async def ancestor(git_dir: Path, older: str, newer: str) -> bool:
    """Whether `older` is in the history of `newer`."""
    return (await command.run(git_dir, "merge-base", "--is-ancestor", older, newer, ok=(0, 1, 128))).status == 0


@remembered
async def merge_base(git_dir: Path, one: str, other: str) -> str | None:
    """Where two histories part; None when they share nothing."""
    found = await command.run(git_dir, "merge-base", one, other, ok=(0, 1))
    return found.text.strip() or None


async def unsigned(git_dir: Path, revisions: str) -> bool:
    """Whether a commit there has no signature; of whom one is, nobody asks here."""
    shas = (await command.output(git_dir, "rev-list", "--end-of-options", revisions)).split()
    texts = [await command.output(git_dir, "cat-file", "commit", sha) for sha in shas]
    return any("\ngpgsig" not in text.partition("\n\n")[0] for text in texts)


async def count(git_dir: Path, revisions: str) -> int:
    """How many commits are in a range."""
    return int(await command.output(git_dir, "rev-list", "--count", revisions))


@remembered
async def changed(git_dir: Path, old: str, new: str) -> list[ChangedFile]:
    """The files that differ, with their patches."""
    done = await command.run(git_dir, "diff", "--raw", "--patch", "--no-abbrev", "-M", "-z", old, new)
    raw, _, text = done.text.partition("\0\0")
    patches = re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1:]
    found = []
    for (status, blob, was, path), patch in zip(_raw(raw), patches, strict=True):
        body = patch[patch.index("@@") :] if re.search("^@@", patch, re.MULTILINE) else ""
        lines = body.splitlines()
        plus = sum(line.startswith("+") for line in lines)
        minus = sum(line.startswith("-") for line in lines)
        found.append(ChangedFile(path, status, plus, minus, blob, body.rstrip("\n"), was))
    return found


@remembered
async def names(git_dir: Path, old: str, new: str) -> list[str]:
    """The paths that differ."""
    text = (await command.run(git_dir, "diff", "--name-only", "-z", old, new)).text
    return [name for name in text.split("\0") if name]


async def show(git_dir: Path, sha: str, path: str) -> bytes | None:
    """A file's content at a commit; None when there is no such file."""
    found = await command.run(git_dir, "cat-file", "blob", f"{sha}:{path}", ok=(0, 128))
    return found.stdout if found.status == 0 else None


async def listing(git_dir: Path, sha: str, path: str = "", *, deep: bool = False) -> list[tuple[str, str, str, str]]:
    """A directory: mode, kind (blob, tree, commit), object and path of each entry; with `deep` of the whole tree."""
    where = [f"{path.rstrip('/')}/"] if path else []
    listed = await command.run(git_dir, "ls-tree", "-z", *(["-r"] if deep else []), sha, "--", *where, ok=(0, 128))
    entries = [entry.partition("\t") for entry in listed.text.split("\0") if entry]
    return [(*head.split(" "), name) for head, _, name in entries]  # type: ignore[misc]


@remembered
async def files(git_dir: Path, sha: str) -> dict[str, bytes]:
    """A commit's whole tree."""
    found: dict[str, bytes] = {}
    for _, kind, _, path in await listing(git_dir, sha, deep=True):
        content = await show(git_dir, sha, path) if kind == "blob" else None
        found |= {path: content} if content is not None else {}
    return found


async def write(
    git_dir: Path, parent: str | None, files: Mapping[str, bytes | None], message: str, author: Author
) -> str:
    """A commit on top of `parent` with these files written, and those whose content is None removed. Its id."""
    lines = [f"commit {OWN}written\nmark :1\n".encode()]
    lines += [f"{role} {author.name} <{author.email}> {author.date}\n".encode() for role in ("author", "committer")]
    lines.append(b"data %d\n%b\n" % (len(message.encode()), message.encode()))
    lines += [f"from {parent}\n".encode()] if parent else []
    for path, content in files.items():
        quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if content is None:
            lines.append(f"D {quoted}\n".encode())
        else:
            mode = "100755" if content.startswith(b"#!") else "100644"
            lines.append(f"M {mode} inline {quoted}\ndata {len(content)}\n".encode() + content + b"\n")
    argv = ("fast-import", "--quiet", "--force", "--date-format=raw-permissive")
    done = await command.run(git_dir, *argv, stdin=b"".join([*lines, b"get-mark :1\ndone\n"]))
    return done.text.strip()


async def commit_tree(git_dir: Path, tree: str, parents: tuple[str, ...], message: str, env: Mapping[str, str]) -> str:
    """A commit of a tree that is there already."""
    flags = [flag for parent in parents for flag in ("-p", parent)]
    return await command.output(git_dir, "commit-tree", tree, *flags, stdin=message.encode(), env=env)


async def merged_tree(git_dir: Path, ours: str, theirs: str) -> str | None:
    """The tree of a merge; None for a conflict."""
    found = await command.run(
        git_dir, "merge-tree", "--write-tree", "--allow-unrelated-histories", ours, theirs, ok=(0, 1)
    )
    return found.text.splitlines()[0].strip() if found.status == 0 else None


async def update(git_dir: Path, ref: str, new: str, old: str | None = None) -> bool:
    """Point a ref elsewhere (NOTHING: remove it), if it still points at `old`. False when it does not."""
    expected = [old] if old is not None else []
    args = ["-d", ref, *expected] if new == NOTHING else [ref, new, *expected]
    try:
        await command.run(git_dir, "update-ref", *args)
    except GitCommandFailed:
        return False
    return True


async def bring(git_dir: Path, source: Path, sha: str, ref: str) -> None:
    """Fetch a commit from another repository here into `ref`."""
    await command.run(git_dir, "fetch", "--quiet", "--no-tags", f"file://{source}", f"+{sha}:{ref}")


async def valid_name(ref: str) -> bool:
    """Whether git accepts this as the full name of a ref."""
    return (await command.run(Path("/"), "check-ref-format", ref, ok=(0, 1))).status == 0


def _commit(entry: str) -> Commit:
    sha, tree, parents, *rest = entry.split("\x00", 9)
    an, ae, ad, cn, ce, cd, message = rest
    return Commit(sha, tree, tuple(parents.split()), (an, ae, ad), (cn, ce, cd), message.strip("\n"))


def _raw(text: str) -> list[tuple[str, str, str | None, str]]:
    """`git diff --raw -z` as status, blob, former path and path."""
    words = iter(text.split("\0"))
    kinds = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}
    found = []
    for word in words:
        if not word.startswith(":"):
            continue
        _, _, old, new, letter = word.split(" ")
        was = next(words) if letter[0] in "RC" else None
        found.append((kinds.get(letter[0], "modified"), old if letter == "D" else new, was, next(words)))
    return found
