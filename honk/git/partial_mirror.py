"""A partial mirror: all commits and directories of a repository, but only the file contents that sessions need.

For repositories that are too large to mirror completely. It is a git partial clone (`--filter=blob:none`) with one
difference: git never fetches missing contents by itself. Local git has no credential and no remote, so a missing object
is an error and never a wrong tree; the files of a commit are fetched before a session works on it (`fill`).

    HONK_HOME/mirrors/<name>.git/honk.partial    marks the mirror as partial
    refs/coming/*                                fetched branches, until the files of the default branch are complete
    refs/filled                                  a commit whose files are complete: the next one differs little

Source: git-scm.com/docs/partial-clone; git's `promisor-remote.c` fetches missing contents by the same command.
"""

import asyncio
from pathlib import Path

from honk.core.errors import Unavailable
from honk.git import command, lock, mirror, remote
from honk.git.command import GitDirs, Login
from honk.git.remote import FETCH, HEADS

COMING = "refs/coming/"
FILLED = "refs/filled"
PACKS = 20
"""From so many packs on, a multi-pack index is written; without it, git searches each pack for each object."""

_NAME = "honk-partial"
_QUIET = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--filter=blob:none")


async def begin(path: Path) -> None:
    """Make a partial mirror at `path`. An existing mirror stays as it is."""
    if (path / "HEAD").is_file():
        return
    await asyncio.to_thread(path.mkdir, parents=True, exist_ok=True)
    (path / mirror.PARTIAL).touch()
    await mirror.ensure(path)


async def fetch(path: Path, url: str, branch: str, login: Login | None = None) -> None:
    """Bring the partial mirror at `path` up to date, with the files of `branch`. Raises as `remote.fetch`.

    The branches move when these files are complete: until then, readers of the mirror see the old branches.
    """
    async with lock.held(path / remote.LOCK):
        await _fetch_named(path, url, login, "--prune", "--force", _NAME, f"+{HEADS}*:{COMING}*")
        dirs = GitDirs(path)
        head = await command.run(dirs, "rev-parse", "--verify", "--quiet", f"{COMING}{branch}", ok=(0, 1))
        if head.ok:
            commit = head.text.strip()
            await _fill(path, url, commit, login)
            await command.run(dirs, "update-ref", FILLED, commit)
        await command.run(dirs, "fetch", *FETCH, "--end-of-options", str(path), f"+{COMING}*:{HEADS}*")
        await _index_packs(path)


async def fill(path: Path, url: str, commit: str, login: Login | None = None) -> None:
    """Fetch the files of `commit`, which the mirror at `path` has, if that mirror is partial."""
    if mirror.is_partial(path):
        async with lock.held(path / remote.LOCK):
            await _fill(path, url, commit, login)


async def _fill(path: Path, url: str, commit: str, login: Login | None) -> None:
    missing = await _missing(path, commit)
    if not missing:
        return
    wanted = "".join(f"{each}\n" for each in missing).encode()
    await _fetch_named(path, url, login, "--stdin", _NAME, stdin=wanted)
    if left := await _missing(path, commit):
        raise Unavailable(
            f"{len(left)} files of {commit[:10]} could not be fetched from {command.hide_credentials(url)}; try again."
        )


async def _missing(path: Path, commit: str) -> list[str]:
    """The missing files of `commit`, except those of the last commit that was complete."""
    known = await command.run(GitDirs(path), "rev-parse", "--verify", "--quiet", f"{FILLED}^{{tree}}", ok=(0, 1))
    before = (f"^{known.text.strip()}",) if known.ok else ()
    listed = await command.out(
        GitDirs(path),
        "rev-list",
        "--objects",
        "--missing=print",
        "--no-object-names",
        f"{commit}^{{tree}}",
        *before,
        "--",
    )
    return [line[1:] for line in listed.splitlines() if line.startswith("?")]


async def _fetch_named(path: Path, url: str, login: Login | None, *args: str, stdin: bytes = b"") -> None:
    """Fetch only the contents that are named. This one git is told that the remote promises the others."""
    promised = {"url": url, "promisor": "true", "partialCloneFilter": "blob:none"}
    settings = [word for key, value in promised.items() for word in ("-c", f"remote.{_NAME}.{key}={value}")]
    # the named objects are missing here, so there is nothing to negotiate
    settings += ["-c", "fetch.negotiationAlgorithm=noop"] if stdin else []
    finished = await command.run_remote(path, *settings, "fetch", *_QUIET, *args, login=login, stdin=stdin)
    if not finished.ok:
        raise remote.refused(url, finished, login)


async def _index_packs(path: Path) -> None:
    """Index all packs together: each fetch leaves one or two, and they are never repacked."""
    packs = await asyncio.to_thread(lambda: sum(1 for _ in (path / "objects" / "pack").glob("*.pack")))
    if packs >= PACKS:
        await command.run(GitDirs(path), "multi-pack-index", "write", "--no-progress")
