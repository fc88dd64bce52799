"""Commits and merges in a mirror, without a checkout."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from honk.core.person import Person
from honk.git import command
from honk.git.command import GitDirs, shown


@dataclass(frozen=True)
class MergeResult:
    """The result of a three-way merge. Files in `conflicts` have conflict markers in `tree`."""

    tree: str
    conflicts: tuple[str, ...] = ()


async def tree_of(mirror: Path, commit: str) -> str:
    """The tree of `commit`; a tree is its own."""
    return await command.out(GitDirs(mirror), "rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")


async def message_of(mirror: Path, commit: str) -> str:
    return await command.out(GitDirs(mirror), "log", "-1", "--format=%B", commit, "--")


async def parents(mirror: Path, commit: str) -> tuple[str, ...]:
    return tuple((await command.out(GitDirs(mirror), "rev-list", "-1", "--parents", commit, "--")).split()[1:])


async def is_ancestor(mirror: Path, ancestor: str, commit: str) -> bool:
    found = await command.run(GitDirs(mirror), "merge-base", "--is-ancestor", ancestor, commit, ok=(0, 1))
    return found.ok


async def merge_base(mirror: Path, one: str, other: str) -> str:
    """The best common ancestor; empty when there is none."""
    found = await command.run(GitDirs(mirror), "merge-base", one, other, ok=(0, 1))
    return found.text.strip()


@dataclass(frozen=True)
class LoggedCommit:
    """A commit's id, and its author's name and subject as they were written (untrusted)."""

    sha: str
    author: str
    subject: str


async def log(mirror: Path, head: str, known: Sequence[str]) -> tuple[LoggedCommit, ...]:
    """The commits that `head` has and none of `known` has, oldest first; at most 100."""
    listed = ("log", "--reverse", "-z", "--max-count=100", "--format=%H%x1f%an%x1f%s", head, "--not", *known, "--")
    rows = (await command.run(GitDirs(mirror), *listed)).text.split("\0")
    return tuple(LoggedCommit(*row.split("\x1f", 2)) for row in rows if row)


async def merge_tree(mirror: Path, ours: str, theirs: str) -> MergeResult:
    """Merge two commits without a checkout."""
    found = await command.run(
        GitDirs(mirror),
        *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories"),
        *(ours, theirs),
        ok=(0, 1),
    )
    tree, *paths = found.stdout.split(b"\0")
    conflicts = dict.fromkeys(shown(path) for path in paths if path)
    return MergeResult(tree.decode().strip(), tuple(conflicts))


async def merge_trees(mirror: Path, ancestor: str, ours: str, theirs: str) -> MergeResult:
    """Merge two commits or trees whose common state is the commit `ancestor`, whatever their histories say."""
    sides = [
        await _write(mirror, await tree_of(mirror, each), (ancestor,), _HELPER, "side\n") for each in (ours, theirs)
    ]
    return await merge_tree(mirror, *sides)


async def revert_tree(mirror: Path, onto: str, commit: str, since: str = "") -> MergeResult:
    """`onto` without the changes of `commit` to its first parent; with `since`, an ancestor, without all changes after
    it.

    It merges `onto` with a helper commit on top of `commit` that has the files from before. Their merge base is
    `commit` itself, so exactly the inverse change is merged.
    """
    is_range = since and since != commit and await is_ancestor(mirror, since, commit)
    before = since if is_range else (await parents(mirror, commit))[0]
    inverse = await _write(mirror, await tree_of(mirror, before), (commit,), _HELPER, "inverse\n")
    return await merge_tree(mirror, onto, inverse)


async def commit(
    mirror: Path,
    tree: str,
    parents: Sequence[str],
    *,
    author: Person,
    committer: Person,
    message: str,
    at: float | None = None,
) -> str:
    """A new commit of `tree`; no branch moves. With `at` (seconds since the epoch) the same call returns the same
    id."""
    return await _write(mirror, tree, parents, _identity(author, committer, at), message)


async def _write(mirror: Path, tree: str, parents: Sequence[str], env: dict[str, str], message: str) -> str:
    onto = [word for parent in dict.fromkeys(parents) for word in ("-p", parent)]
    args = ("commit-tree", "--no-gpg-sign", *onto, "-F", "-", tree)
    return await command.out(
        GitDirs(mirror), *args, stdin=message.encode(errors="replace").replace(b"\0", b""), env=env
    )


def _identity(author: Person, committer: Person, at: float | None) -> dict[str, str]:
    env = {
        "GIT_AUTHOR_NAME": _plain(author.name) or "unknown",
        "GIT_AUTHOR_EMAIL": _plain(author.email) or "unknown@localhost",
        "GIT_COMMITTER_NAME": _plain(committer.name) or "unknown",
        "GIT_COMMITTER_EMAIL": _plain(committer.email) or "unknown@localhost",
    }
    if at is not None:
        env |= {"GIT_AUTHOR_DATE": f"@{int(at)} +0000", "GIT_COMMITTER_DATE": f"@{int(at)} +0000"}
    return env


def _plain(text: str) -> str:
    """A name that a commit's header can hold; empty where git itself would strip everything."""
    kept = "".join(char for char in text if char.isprintable() and char not in "<>")
    return kept.encode(errors="replace").decode().strip(" .,:;\"'\\")


_HELPER = _identity(Person("", "Honk", "honk@localhost"), Person("", "Honk", "honk@localhost"), 0)
