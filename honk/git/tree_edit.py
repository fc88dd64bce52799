"""A tree with some of its files replaced, made in a mirror without a checkout."""

from collections.abc import Mapping
from pathlib import Path

from honk.git import command, objects
from honk.git.command import GitDirs
from honk.git.objects import TreeDraft, TreeEntry


async def edited(mirror: Path, tree: str, files: Mapping[str, TreeEntry | None]) -> str:
    """`tree` with `files` put in their places; None removes the file. Paths are as `diff.raw` has them, decoded."""
    async with objects.reader(mirror) as reader:
        draft = TreeDraft(reader, tree)
        for path, entry in files.items():
            if entry is None:
                await draft.remove(path.encode(errors="surrogateescape"))
        for path, entry in files.items():
            if entry is not None:
                await draft.put(path.encode(errors="surrogateescape"), entry)
        return await draft.write(mirror)


async def blob(mirror: Path, text: str) -> str:
    """The id of a new file with this text."""
    return await command.out(
        GitDirs(mirror), "hash-object", "-w", "--stdin", stdin=text.encode(errors="surrogateescape")
    )
