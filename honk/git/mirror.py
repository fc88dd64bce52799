"""Honk's own bare mirror of a repository: all its branches, none of its configuration.

    HONK_HOME/mirrors/<name>.git        objects and refs/heads/*, written by `honk.git.remote` and by captured changes

Reading only; whatever talks to the user's remote is in `honk.git.remote`. Nothing is ever collected as garbage here:
commits of open sessions are reachable from no branch until they are pushed.
"""

from dataclasses import dataclass
from pathlib import Path

from honk.core.diff import SUBMODULE
from honk.core.errors import UsageError
from honk.git import command, lock
from honk.git.command import Place, shown


@dataclass(frozen=True)
class Entry:
    """One file of a commit. `mode` is git's (100644, 100755, 120000, 160000); `size` in bytes, 0 for a submodule."""

    path: str
    mode: str
    size: int


async def ensure(mirror: Path) -> None:
    """Make the mirror if it is not there yet."""
    if (mirror / "HEAD").is_file():
        return
    mirror.parent.mkdir(parents=True, exist_ok=True)
    async with lock.held(mirror.parent / f".{mirror.name}.lock"):
        await command.run(Place(mirror), "init", "--quiet", "--bare", "--template=", "--initial-branch=main")


async def head(mirror: Path, branch: str) -> str:
    """The commit that `branch` points to. Raises UsageError when there is no such branch."""
    ref = f"refs/heads/{branch}"
    found = await command.run(
        Place(mirror), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", ok=(0, 1, 128)
    )
    if not found.ok:
        raise UsageError(f"There is no branch `{branch}` in {mirror.stem}.")
    return found.text.strip()


async def file_at(mirror: Path, commit: str, path: str) -> bytes | None:
    """The content of the file `path` at `commit`, None when there is no such file (a link's content is its target)."""
    if {"", ".", ".."} & set(path.split("/")):
        return None
    name = f"{commit}:{path}".encode(errors="surrogateescape")
    found = (await command.run(Place(mirror), "cat-file", "--batch", "-z", stdin=name + b"\0")).stdout
    header, _, rest = found.partition(b"\n")
    match header.split():
        case [_, b"blob", size]:
            return rest[: int(size)]
    return None


async def list_files(mirror: Path, commit: str) -> tuple[Entry, ...]:
    """All files of `commit`, in git's order."""
    listed = await command.run(Place(mirror), "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    entries = []
    for record in listed.stdout.split(b"\0")[:-1]:
        meta, _, name = record.partition(b"\t")
        mode, _, _, size = meta.split()
        entries.append(Entry(shown(name), mode.decode(), 0 if size == b"-" else int(size)))
    return tuple(entries)


async def notices(mirror: Path, commit: str) -> tuple[str, ...]:
    """What a person should know about working on `commit`: parts of it that Honk cannot fetch. One sentence each."""
    listed = (await command.run(Place(mirror), "ls-tree", "-r", "-z", "--full-tree", commit)).stdout.split(b"\0")
    found = []
    modules = [shown(record.partition(b"\t")[2]) for record in listed if record.startswith(SUBMODULE.encode())]
    if modules:
        some = ", ".join(f"`{path}`" for path in modules[:3]) + (" and others" if len(modules) > 3 else "")
        found.append(f"The submodules of this repository ({some}) are left empty: Honk does not fetch them.")
    rules = [shown(record.partition(b"\t")[2]) for record in listed if record.endswith(b".gitattributes")]
    patterns = [pattern for path in rules for pattern in _kept_in_lfs(await file_at(mirror, commit, path) or b"")]
    if patterns:
        some = ", ".join(f"`{pattern}`" for pattern in dict.fromkeys(patterns[:3]))
        found.append(f"Files kept in Git LFS ({some}) stay pointers: their contents are not there.")
    return tuple(found)


def _kept_in_lfs(attributes: bytes) -> list[str]:
    """The patterns that a .gitattributes file gives to Git LFS."""
    rows = [line.split() for line in attributes.decode(errors="replace").splitlines()]
    return [row[0] for row in rows if "filter=lfs" in row[1:] and not row[0].startswith("#")]
