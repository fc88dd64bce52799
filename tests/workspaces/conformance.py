"""The conformance suite of workspace backends.

    ground = await prepare(directory)
    for name, check in CHECKS.items():
        await check(workspaces, ground)

Each check raises Broken with a sentence when the contract of `honk.workspaces.base` is not kept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from honk import process
from honk.core.mounted_tree import Plain, Tree, location, mounted
from honk.core.person import AGENT
from honk.core.verdict import SetupRun
from honk.git import change, command, commits, diff, mirror
from honk.git.command import GitDirs
from honk.workspaces import snapshots
from honk.workspaces.base import Snapshot, Workspace, Workspaces

MANY = 1_000


class Broken(AssertionError):
    """A backend breaks the contract; the message says what it did instead."""


@dataclass(frozen=True)
class Ground:
    """Two snapshots, the second of a later commit, and the mirror that has both commits."""

    mirror: Path
    snapshot: Snapshot
    later: Snapshot


Check = Callable[[Workspaces, Ground], Awaitable[None]]

_BASE = {
    "README": "read me\n",
    "src/one.py": "one = 1\n",
    "src/deep/two.py": "two = 2\n",
    "docs/a b.txt": "spaces\n",
    ".gitignore": "made/\n",
    **{f"many/{number}.txt": f"{number}\n" for number in range(MANY)},
}


async def prepare(directory: Path) -> Ground:
    """Make the snapshots for the checks in an empty directory."""
    repository = directory / "mirror.git"
    await mirror.ensure(repository)
    first = await _commit(repository, directory / "files", _BASE, ())
    later = await _commit(repository, directory / "files", {"README": "read me again\n"}, (first,))
    root = directory / "snapshots"
    return Ground(
        repository,
        await snapshots.prepare(root, "ground", repository, first, "key", _set_up),
        await snapshots.prepare(root, "ground", repository, later, "key", _set_up),
    )


async def shows_the_base(workspaces: Workspaces, ground: Ground) -> None:
    """A workspace holds the commit's files and what set-up made."""
    workspace = await workspaces.fork(ground.snapshot, "base")
    seen = await sh(workspace.tree, "cat README 'docs/a b.txt' made/product && ls many | wc -l")
    _expect(seen.split("\n"), ["stamped", "spaces", "product", str(MANY), ""], "a fresh fork")
    _expect((await _captured(ground, workspace)).tree, await _base_tree(ground), "a fresh fork's tree")


async def keeps_apart(workspaces: Workspaces, ground: Ground) -> None:
    """What is written in one workspace is neither in another one nor in the snapshot."""
    one, other = await asyncio.gather(*(workspaces.fork(ground.snapshot, name) for name in ("one", "other")))
    await sh(one.tree, "echo changed > README && rm src/one.py && echo new > new && chmod +x 'docs/a b.txt'")
    for where, tree in (("its sibling", other.tree), ("the snapshot", Plain(ground.snapshot.tree))):
        seen = await sh(tree, "cat README src/one.py && test ! -e new && test ! -x 'docs/a b.txt' && echo same")
        _expect(seen, "stamped\none = 1\nsame\n", f"after a change in one fork, {where}")


async def takes_every_change(workspaces: Workspaces, ground: Ground) -> None:
    """Deleted, renamed, replaced, linked, made executable: git sees each, and nothing else."""
    workspace = await workspaces.fork(ground.snapshot, "changes")
    await sh(
        workspace.tree,
        "rm README && mv src/one.py 'src/ö n.py' && rm -r src/deep && echo file > src/deep && mkdir dir && "
        "rm 'docs/a b.txt' && mkdir 'docs/a b.txt' && echo in > 'docs/a b.txt/in' && ln -s ../src/deep dir/link && "
        "chmod +x many/1.txt && rm -r many/../made && touch many/2.txt && printf 'x' > \"new\nline\"",
    )
    found = await diff.read(ground.mirror, ground.snapshot.commit, (await _captured(ground, workspace)).tree)
    seen = {(file.change.path, file.change.status, file.mode) for file in found.files}
    wanted = {
        ("README", "deleted", "100644"),
        ("dir/link", "added", "120000"),
        ("docs/a b.txt", "deleted", "100644"),
        ("docs/a b.txt/in", "added", "100644"),
        ("many/1.txt", "modified", "100755"),
        ("new\nline", "added", "100644"),
        ("src/deep", "added", "100644"),
        ("src/deep/two.py", "deleted", "100644"),
        ("src/ö n.py", "renamed", "100644"),
    }
    _expect(seen, wanted, "the change")


async def many_files(workspaces: Workspaces, ground: Ground) -> None:
    """A thousand changed files are a thousand changed files."""
    workspace = await workspaces.fork(ground.snapshot, "many")
    await sh(workspace.tree, 'for file in many/*; do echo more >> "$file"; done')
    found = await diff.read(ground.mirror, ground.snapshot.commit, (await _captured(ground, workspace)).tree)
    _expect((len(found.files), found.stat.added, found.stat.deleted), (MANY, MANY, 0), "files, lines added and deleted")


async def is_found_again(workspaces: Workspaces, ground: Ground) -> None:
    """A second fork, also over a later snapshot, returns the same workspace with its changes and its home."""
    first = await workspaces.fork(ground.snapshot, "again")
    await sh(first.tree, "echo mine > README")
    await asyncio.to_thread((first.home / "note").write_text, "kept")
    second = await workspaces.fork(ground.later, "again")
    _expect(second.snapshot.commit, ground.snapshot.commit, "the commit under a fork that was asked for again")
    _expect(await sh(second.tree, "cat README"), "mine\n", "a file of it")
    _expect(await asyncio.to_thread((second.home / "note").read_text), "kept", "a file in its home")


async def discard_leaves_nothing(workspaces: Workspaces, ground: Ground) -> None:
    """Discard removes everything, also directories without permissions; a second call does nothing."""
    workspace = await workspaces.fork(ground.snapshot, "discarded")
    await sh(workspace.tree, "mkdir -p locked/in && echo x > locked/in/x && chmod 000 locked/in locked && rm README")
    place = workspace.home.parent
    await workspaces.discard("discarded")
    await workspaces.discard("discarded")
    if await asyncio.to_thread(place.exists):
        raise Broken(f"{place} is still there after a discard.")
    fresh = await workspaces.fork(ground.snapshot, "discarded")
    _expect(await sh(fresh.tree, "cat README"), "stamped\n", "a new fork of the same name")


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        shows_the_base,
        keeps_apart,
        takes_every_change,
        many_files,
        is_found_again,
        discard_leaves_nothing,
    )
}


async def sh(tree: Tree, script: str) -> str:
    """Run a shell script where `tree` is visible, and return what it prints. Raises Broken when it fails."""
    argv = mounted(tree, ("sh", "-ec", f'cd "$1"\n{script}', "sh", str(location(tree))))
    done = await process.run(argv, timeout=60.0)
    if not done.ok:
        raise Broken(f"`{script}` failed in a workspace: {done.stderr.decode(errors='replace').strip()}")
    return done.text


async def _captured(ground: Ground, workspace: Workspace) -> change.CapturedChange:
    return await change.capture(ground.mirror, workspace.tree, workspace.baseline)


async def _base_tree(ground: Ground) -> str:
    return await commits.tree_of(ground.mirror, ground.snapshot.commit)


async def _commit(repository: Path, files: Path, contents: dict[str, str], parents: tuple[str, ...]) -> str:
    def write() -> None:
        for name, content in contents.items():
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            (files / name).write_text(content)

    await asyncio.to_thread(write)
    place = GitDirs(repository, files, files.with_name("files.index"))
    await command.run(place, "-c", "core.fsync=none", "add", "--all")
    tree = await command.out(place, "write-tree")
    return await commits.commit(repository, tree, parents, author=AGENT, committer=AGENT, message="Ground\n", at=0)


async def _set_up(tree: Tree) -> tuple[SetupRun, ...]:
    await sh(tree, "mkdir made && echo product > made/product && echo stamped > README")
    return ()


def _expect(seen: object, wanted: object, what: str) -> None:
    if seen != wanted:
        raise Broken(f"{what}: {seen!r} instead of {wanted!r}")
