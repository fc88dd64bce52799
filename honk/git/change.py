"""The change that a workspace holds, as a tree object in the mirror.

The workspace is untrusted: nothing in it configures git, and git does not run in it. `honk.git.changed_paths`
finds what differs, `honk.git.staging` copies those files, and git reads the copies. What is in a change:

    tracked by the base            always, whatever .gitignore says
    new                            yes, unless the tree's .gitignore excludes it
    made by set-up, untracked      never, nor new files in a directory that set-up made; a warning if any were written
    sockets, pipes, devices        never; a warning
    `.git`, links out of the tree,
    files over 20 MB               refused

End-of-line and encoding attributes apply as in any checkout. Filters (git-crypt, Git LFS) need configuration and keys
and do not run: a file in Git LFS stays a pointer, and a changed file that needs a filter is refused.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from honk import files
from honk.core.diff import SUBMODULE
from honk.core.errors import WorkFailed
from honk.core.mounted_tree import Overlay, Tree
from honk.git import diff, objects, paths
from honk.git.baseline import Baseline
from honk.git.changed_paths import Delta, of_overlay, of_plain
from honk.git.command import shown
from honk.git.objects import Directory, TreeDraft, TreeEntry
from honk.git.staging import ATTRIBUTES, IGNORE, LARGEST_CHANGE, LARGEST_FILE, StagingArea

_OUTPUT_FOLDERS = frozenset(
    b"__pycache__ node_modules bower_components venv env site-packages dist target out obj coverage htmlcov tmp temp"
    b" _build deps vendor pods deriveddata generated".split()
)
"""Folders in which tools write what is ignored with reason. `build`, `lib` and `bin` hold sources as well."""

_WRITTEN = frozenset(
    b"c cc cpp cs css cxx dart ex exs go gql graphql h hpp hs html java jl js jsx kt kts less lua m md mjs mm php pl"
    b" proto ps1 py pyi r rb rs rst sass scala scss sh sql svelte swift tf toml ts tsx vue xml yaml yml zig".split()
)
"""Endings of files that people write."""


@dataclass(frozen=True)
class CapturedChange:
    """`tree` is the whole workspace as a tree object. `warnings` are sentences about what was left out."""

    tree: str
    warnings: tuple[str, ...] = ()


async def capture(mirror: Path, tree: Tree, baseline: Baseline, *, also: Sequence[str] = ()) -> CapturedChange:
    """The current files of `tree` as a tree object in `mirror`; the base's tree when nothing changed.

    `also` are commits or trees whose files count as tracked as well: the session's head, a newer base. Raises
    WorkFailed, with the path, for what must not be in a change.
    """
    if isinstance(tree, Overlay):
        delta = await asyncio.to_thread(of_overlay, tree)
    else:
        delta = await of_plain(tree.path, mirror, baseline.index)
    products = await asyncio.to_thread(_products, baseline.products)
    async with objects.reader(mirror) as reader, files.temporary_directory() as scratch:
        work = _Capture(
            draft=TreeDraft(reader, baseline.commit),
            known=tuple(TreeDraft(reader, name) for name in (baseline.commit, *also)),
            delta=delta,
            staging=StagingArea(mirror, scratch, tree, delta),
        )
        kept = await work.choose(products)
        await work.clear(kept)
        await work.move_submodules(mirror, baseline.commit, also)
        await work.take(kept)
        return CapturedChange(await work.draft.write(mirror), tuple(work.warnings))


@dataclass
class _Capture:
    """One capture. `draft` becomes the result; `known` are the trees with which files are compared."""

    draft: TreeDraft
    known: tuple[TreeDraft, ...]
    delta: Delta
    staging: StagingArea
    warnings: list[str] = field(default_factory=list)

    async def choose(self, products: frozenset[bytes]) -> list[bytes]:
        """The found paths that belong to the change. Raises WorkFailed for what must not be in a change."""
        found = sorted(self.delta.found)
        tracked = [path for path in found if await self._tracked(path)]
        new = sorted(self.delta.found.keys() - set(tracked))
        await asyncio.to_thread(self.staging.rules_for, new, IGNORE)
        ignored = await self.staging.ignored(new)
        new = [path for path in new if path not in ignored]
        if sources := sorted(path for path in ignored if _looks_written(path) and not paths.under(path, products)):
            self.warnings.append(f"Not part of the change, because `.gitignore` excludes it: {_some(sources)}.")
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
        """Remove from the draft what was deleted or replaced."""
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
        """Set submodules to their commits in the newest of `also`: in the workspace they are empty directories."""
        for newer in (name for name in also if name != base):
            for change in await diff.raw(mirror, base, newer):
                mode, oid = change.new
                if mode == SUBMODULE.encode() and change.path not in self.delta.gone | self.delta.found.keys():
                    await self.draft.put(change.path, TreeEntry(SUBMODULE, oid.decode()))

    async def take(self, kept: Sequence[bytes]) -> None:
        """Add the kept paths to the draft. Raises WorkFailed for a new link that leaves the tree, or a file too
        large."""
        links = [path for path in kept if self.delta.found[path] == "link"]
        files = [path for path in kept if self.delta.found[path] == "file"]
        files = [path for path in files if not await self._large_and_unchanged(path)]
        taken = []
        for path in links:
            if (target := self.staging.link(path)) is None:
                continue
            if paths.leads_outside(path, target) and not await self._known_entry(path, target):
                raise WorkFailed(
                    f"The link `{shown(path)}` points to `{shown(target)}`, outside the repository; point it inside."
                )
            self.staging.add_link(path, target)
            taken.append(path)
        taken += await asyncio.to_thread(self.staging.add, files)
        await asyncio.to_thread(self.staging.rules_for, taken, ATTRIBUTES)
        for path, entry in (await self.staging.store(taken)).items():
            await self.draft.put(path, entry)
        for path in {*links, *files} - set(taken):
            await self.draft.remove(path)
        for path, name in (await self.staging.unfiltered(taken)).items():
            # a file that was touched and not changed is in the repository already as the filter left it
            if await self._known_entry(path, await asyncio.to_thread(self.staging.content, path)) is None:
                raise WorkFailed(
                    f"`.gitattributes` sends `{shown(path)}` through the filter `{name}`, which Honk cannot run: the"
                    " file would be stored as it is. Leave it out of the change."
                )

    async def _refuse(self, path: bytes) -> None:
        if path.endswith(b"/.git"):
            raise WorkFailed(
                f"`{shown(path[:-5])}` is a git repository of its own; remove its `.git` to make its files part of the "
                "change."
            )
        if paths.is_git_directory(path):
            raise WorkFailed(f"`{shown(path)}` has a name that means `.git` on some machines; give it another one.")
        if (module := await self.draft.submodule_above(path)) is not None:
            raise WorkFailed(f"`{shown(path)}` is in the submodule `{shown(module)}`, which Honk cannot change.")

    async def _tracked(self, path: bytes) -> bool:
        for tree in self.known:
            node = await tree.find(path)
            if isinstance(node, TreeEntry) and node.mode != SUBMODULE:
                return True
        return False

    async def _known_entry(self, path: bytes, content: bytes) -> TreeEntry | None:
        """The entry of a known tree that has this content at `path`."""
        for tree in self.known:
            node = await tree.find(path)
            if isinstance(node, TreeEntry) and node.oid == objects.blob_id(content, len(node.oid)):
                return node
        return None

    async def _large_and_unchanged(self, path: bytes) -> bool:
        """Whether a file that is too large for a change has its old content; it then stays in the draft."""
        if not LARGEST_FILE < self.staging.size(path) <= LARGEST_CHANGE:
            return False
        entry = await self._known_entry(path, await asyncio.to_thread(self.staging.content, path))
        if entry is not None:
            await self.draft.put(path, entry)
        return entry is not None


def _looks_written(path: bytes) -> bool:
    """Whether an ignored file looks like one that somebody wrote, and not like the output of a tool."""
    *folders, name = path.lower().split(b"/")
    if any(folder in _OUTPUT_FOLDERS or folder.startswith(b".") for folder in folders):
        return False
    return name.rpartition(b".")[2] in _WRITTEN


def _products(file: Path) -> frozenset[bytes]:
    content = file.read_bytes()
    if content and not content.endswith(b"\0"):
        remedy = f"Remove the snapshot {file.parent} and start a new session: it is prepared again."
        raise files.damaged(file, "its last path is cut off", remedy)
    return frozenset(filter(None, content.split(b"\0")))


def _some(found: Sequence[bytes]) -> str:
    named = ", ".join(f"`{shown(path)}`" for path in found[:3])
    return f"{named} and {len(found) - 3} more" if len(found) > 3 else named
