"""Commits and merges made in a mirror, without any files checked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from honk.core.person import Person
from honk.git import command
from honk.git.command import GitDirs, shown


@dataclass(frozen=True)
class MergeResult:
    """A three-way merge. `tree` has conflict markers in it where `conflicts` names paths."""

    tree: str
    conflicts: tuple[str, ...] = ()


async def tree_of(mirror: Path, commit: str) -> str:
    """The tree object of `commit` (or of a tree: itself)."""
    return await command.out(GitDirs(mirror), "rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")


async def parents(mirror: Path, commit: str) -> tuple[str, ...]:
    """The parents of `commit`, the first one first."""
    return tuple((await command.out(GitDirs(mirror), "rev-list", "-1", "--parents", commit, "--")).split()[1:])


async def is_ancestor(mirror: Path, ancestor: str, commit: str) -> bool:
    """Whether `ancestor` is `commit` or behind it."""
    found = await command.run(GitDirs(mirror), "merge-base", "--is-ancestor", ancestor, commit, ok=(0, 1))
    return found.ok


async def merge_base(mirror: Path, one: str, other: str) -> str:
    """Where the two commits parted; empty when they have nothing in common."""
    found = await command.run(GitDirs(mirror), "merge-base", one, other, ok=(0, 1))
    return found.text.split("\n", 1)[0]


async def merge_tree(mirror: Path, ours: str, theirs: str) -> MergeResult:
    """What a merge of two commits would be."""
    found = await command.run(
        GitDirs(mirror),
        *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories"),
        *(ours, theirs),
        ok=(0, 1),
    )
    tree, *paths = found.stdout.split(b"\0")
    conflicts = dict.fromkeys(shown(path) for path in paths if path)
    return MergeResult(tree.decode().strip(), tuple(conflicts))


async def revert_tree(mirror: Path, onto: str, commit: str, since: str = "") -> MergeResult:
    """What `onto` would be without what `commit` brought to its first parent; where `since` is a commit behind it,
    without what all from there on brought.

    A merge of `onto` with a helper commit that has the files of before and stands on `commit`: their common ancestor is
    `commit` itself, so what is merged is exactly its opposite.
    """
    behind = since and since != commit and await is_ancestor(mirror, since, commit)
    before = since if behind else (await parents(mirror, commit))[0]
    opposite = await _write(mirror, await tree_of(mirror, before), (commit,), _HELPER, "opposite\n")
    return await merge_tree(mirror, onto, opposite)


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
    """A new commit of `tree`; no branch moves. With `at` (seconds since the epoch) the same call gives the same id."""
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
    """A name as a commit's header can hold it. What git itself would strip to nothing becomes nothing here."""
    kept = "".join(char for char in text if char.isprintable() and char not in "<>")
    return kept.encode(errors="replace").decode().strip(" .,:;\"'\\")


_HELPER = _identity(Person("", "Honk", "honk@localhost"), Person("", "Honk", "honk@localhost"), 0)
