"""The change that a workspace holds, as a tree object in the mirror.

The workspace is untrusted: nothing of it configures git, and git is not even run in it. `honk.git.delta` finds what
differs, `honk.git.staging` copies those few files aside, and git reads the copies. What is in a change:

    tracked by the base            always, whatever .gitignore says
    new                            yes, unless the tree's own .gitignore leaves it out
    made by set-up, untracked      never, nor anything new in a directory that set-up made; said where it matters
    sockets, pipes, devices        never; said
    `.git`, links out of the tree,
    files over 20 MB               refused

End-of-line and encoding attributes work as in any checkout. Filters need configuration, so there are none: a file kept
in Git LFS stays the pointer that it was.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from honk import files
from honk.core.diff import SUBMODULE
from honk.core.errors import WorkFailed
from honk.core.mounted_tree import Overlay, Tree
from honk.git import command, objects, paths
from honk.git.baseline import Baseline
from honk.git.command import GitDirs, shown
from honk.git.delta import Delta, of_overlay, of_plain
from honk.git.objects import Directory, TreeDraft, TreeEntry
from honk.git.staging import ATTRIBUTES, IGNORE, LARGEST_CHANGE, LARGEST_FILE, StagingArea


@dataclass(frozen=True)
class CapturedChange:
    """`tree` is the whole workspace as a tree object. `warnings` say in a sentence each what a person might miss."""

    tree: str
    warnings: tuple[str, ...] = ()


async def capture(mirror: Path, tree: Tree, baseline: Baseline, *, also: Sequence[str] = ()) -> CapturedChange:
    """The files of `tree` now, as a tree object in `mirror`; the same object as the base's where nothing changed.

    `also` are commits or trees whose files count as tracked besides the base's: the session's head, a newer base.
    Raises WorkFailed for what must not be in a change, naming the path.
    """
    if isinstance(tree, Overlay):
        delta = await asyncio.to_thread(of_overlay, tree)
    else:
        delta = await of_plain(tree.path, mirror, baseline.index)
    products = await asyncio.to_thread(_products, baseline.products)
    async with objects.reader(mirror) as reader:
        with tempfile.TemporaryDirectory(prefix="honk-") as scratch:
            work = _Capture(
                draft=TreeDraft(reader, baseline.commit),
                known=tuple(TreeDraft(reader, name) for name in (baseline.commit, *also)),
                delta=delta,
                stage=StagingArea(mirror, Path(scratch), tree, delta),
            )
            kept = await work.choose(products)
            await work.clear(kept)
            await work.move_submodules(mirror, baseline.commit, also)
            await work.take(kept)
            return CapturedChange(await work.draft.write(mirror), tuple(work.warnings))


@dataclass
class _Capture:
    """One capture under way. `draft` becomes the result; `known` are the trees that things are compared with."""

    draft: TreeDraft
    known: tuple[TreeDraft, ...]
    delta: Delta
    stage: StagingArea
    warnings: list[str] = field(default_factory=list)

    async def choose(self, products: frozenset[bytes]) -> list[bytes]:
        """The paths that were found and belong to the change. Raises WorkFailed for what must not be there."""
        found = sorted(self.delta.found)
        tracked = [path for path in found if await self._tracked(path)]
        new = sorted(self.delta.found.keys() - set(tracked))
        await asyncio.to_thread(self.stage.rules_for, new, IGNORE)
        ignored = await self.stage.ignored(new)
        new = [path for path in new if path not in ignored]
        made = [path for path in new if paths.under(path, products)]
        fresh = [path for path in new if not paths.under(path, products)]
        for path in fresh:
            await self._refuse(path)
        for path in tracked:
            if self.delta.found[path] == "other":
                raise WorkFailed(
                    f"`{shown(path)}` was a file and is a pipe, a socket or a device; make it a file again."
                )
        special = [path for path in fresh if self.delta.found[path] == "other"]
        if made and self.delta.written:
            self.warnings.append(f"Not part of the change, because set-up made it or its directory: {_some(made)}.")
        if special:
            self.warnings.append(f"Not part of the change, because git keeps no sockets or pipes: {_some(special)}.")
        return [*tracked, *(path for path in fresh if self.delta.found[path] != "other")]

    async def clear(self, kept: Sequence[bytes]) -> None:
        """Take out of the draft what is gone, and what something else has replaced."""
        for path in self.delta.gone:
            await self.draft.remove(path)
        for path in self.delta.directories:
            node = await self.draft.find(path)
            if isinstance(node, TreeEntry) and node.mode != SUBMODULE:
                await self.draft.remove(path)
        for path in self.delta.found.keys() - set(kept):
            if isinstance(await self.draft.find(path), Directory):
                await self.draft.remove(path)

    async def move_submodules(self, mirror: Path, base: str, also: Sequence[str]) -> None:
        """Let submodules point where the newest of `also` has them: in the workspace they are empty directories."""
        for newer in (name for name in also if name != base):
            for path, oid in await _submodules_moved(mirror, base, newer):
                if path not in self.delta.gone and path not in self.delta.found:
                    await self.draft.put(path, TreeEntry(SUBMODULE, oid))

    async def take(self, kept: Sequence[bytes]) -> None:
        """Put what is kept into the draft. Raises WorkFailed for a new link that leads outside, or a file too large."""
        links = [path for path in kept if self.delta.found[path] == "link"]
        files = [path for path in kept if self.delta.found[path] == "file"]
        files = [path for path in files if not await self._large_and_unchanged(path)]
        taken = []
        for path in links:
            if (target := self.stage.link(path)) is None:
                continue
            if paths.leads_outside(path, target) and not await self._holds(path, target):
                raise WorkFailed(
                    f"The link `{shown(path)}` points to `{shown(target)}`, outside the repository; point it inside."
                )
            self.stage.add_link(path, target)
            taken.append(path)
        taken += await asyncio.to_thread(self.stage.add, files)
        await asyncio.to_thread(self.stage.rules_for, taken, ATTRIBUTES)
        for path, entry in (await self.stage.store(taken)).items():
            await self.draft.put(path, entry)
        for path in {*links, *files} - set(taken):
            await self.draft.remove(path)
        if whole := await self.stage.not_pointers(taken):
            self.warnings.append(f"Git LFS should keep {_some(whole)}; the change holds the content itself.")

    async def _refuse(self, path: bytes) -> None:
        if path.endswith(b"/.git"):
            raise WorkFailed(
                f"`{shown(path[:-5])}` is a git repository of its own; remove its `.git` to make its files part of the "
                "change."
            )
        if paths.disguised(path):
            raise WorkFailed(f"`{shown(path)}` has a name that means `.git` on some machines; give it another one.")
        if (module := await self.draft.submodule_above(path)) is not None:
            raise WorkFailed(f"`{shown(path)}` is in the submodule `{shown(module)}`, which Honk cannot change.")

    async def _tracked(self, path: bytes) -> bool:
        for tree in self.known:
            node = await tree.find(path)
            if isinstance(node, TreeEntry) and node.mode != SUBMODULE:
                return True
        return False

    async def _holds(self, path: bytes, content: bytes) -> bool:
        """Whether one of the known trees has just this at `path`."""
        nodes = [await tree.find(path) for tree in self.known]
        return any(
            isinstance(node, TreeEntry) and node.oid == objects.blob_id(content, len(node.oid)) for node in nodes
        )

    async def _large_and_unchanged(self, path: bytes) -> bool:
        """A file too large for a change that was only touched, or opened for writing: put back as it was."""
        if not LARGEST_FILE < self.stage.size(path) <= LARGEST_CHANGE:
            return False
        content = await asyncio.to_thread(self.stage.content, path)
        for tree in self.known:
            node = await tree.find(path)
            if isinstance(node, TreeEntry) and node.oid == objects.blob_id(content, len(node.oid)):
                await self.draft.put(path, node)
                return True
        return False


async def _submodules_moved(mirror: Path, base: str, newer: str) -> list[tuple[bytes, str]]:
    args = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", f"{base}^{{tree}}", f"{newer}^{{tree}}")
    words = (await command.run(GitDirs(mirror), *args, "--")).stdout.split(b"\0")
    records = zip(words[::2], words[1::2], strict=False)
    return [(path, meta.split()[3].decode()) for meta, path in records if meta.split()[1] == SUBMODULE.encode()]


def _products(file: Path) -> frozenset[bytes]:
    content = file.read_bytes()
    if content and not content.endswith(b"\0"):
        remedy = f"Remove the snapshot {file.parent} and start a new session: it is prepared again."
        raise files.damaged(file, "its last path is cut off", remedy)
    return frozenset(filter(None, content.split(b"\0")))


def _some(found: Sequence[bytes]) -> str:
    named = ", ".join(f"`{shown(path)}`" for path in found[:3])
    return f"{named} and {len(found) - 3} more" if len(found) > 3 else named
