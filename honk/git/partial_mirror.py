"""A partial mirror: all commits and directories of a repository, and file contents only where work needs them.

For repositories that are too large to have whole. It is what git calls a partial clone (`--filter=blob:none`), with
one difference: nothing is ever fetched on the way. Local git has no credential and knows no remote to fetch from, so
what is not there is an error and never a wrong tree; a commit's files are brought in before it is worked on (`fill`).

    HONK_HOME/mirrors/<name>.git/honk.partial    says that it is one
    refs/coming/*                                branches as they were fetched, until the default one's files are there
    refs/filled                                  a commit whose files are all there: the next one differs little

Facts: git-scm.com/docs/partial-clone; git's own `promisor-remote.c` fetches missing contents by the same command.
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
"""From so many on packs get an index in common, without which each of them is asked for each object."""

_NAME = "honk-partial"
_QUIET = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--filter=blob:none")


async def begin(path: Path) -> None:
    """Make the mirror at `path` a partial one. One that is there already stays what it is."""
    if (path / "HEAD").is_file():
        return
    await asyncio.to_thread(path.mkdir, parents=True, exist_ok=True)
    (path / mirror.PARTIAL).touch()
    await mirror.ensure(path)


async def fetch(path: Path, url: str, branch: str, login: Login | None = None) -> None:
    """Bring the partial mirror at `path` up to date, with the files of `branch`. Raises as `remote.fetch`.

    The branches move when these files are there: whoever reads the mirror meanwhile sees the branches of before.
    """
    async with lock.held(path / remote.LOCK):
        await _asked(path, url, login, "--prune", "--force", _NAME, f"+{HEADS}*:{COMING}*")
        place = GitDirs(path)
        head = await command.run(place, "rev-parse", "--verify", "--quiet", f"{COMING}{branch}", ok=(0, 1))
        if head.ok:
            commit = head.text.strip()
            await _fill(path, url, commit, login)
            await command.run(place, "update-ref", FILLED, commit)
        await command.run(place, "fetch", *FETCH, "--end-of-options", str(path), f"+{COMING}*:{HEADS}*")
        await _index_packs(path)


async def fill(path: Path, url: str, commit: str, login: Login | None = None) -> None:
    """Bring the files of `commit`, which the mirror at `path` knows, in; nothing to do where it is a whole one."""
    if mirror.is_partial(path):
        async with lock.held(path / remote.LOCK):
            await _fill(path, url, commit, login)


async def _fill(path: Path, url: str, commit: str, login: Login | None) -> None:
    missing = await _missing(path, commit)
    if not missing:
        return
    wanted = "".join(f"{each}\n" for each in missing).encode()
    await _asked(path, url, login, "--stdin", _NAME, stdin=wanted)
    if left := await _missing(path, commit):
        raise Unavailable(
            f"{len(left)} files of {commit[:10]} did not come from {command.hide_credentials(url)}; try again."
        )


async def _missing(path: Path, commit: str) -> list[str]:
    """What there is not of the files of `commit`, compared with those of the last one that had all of them."""
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


async def _asked(path: Path, url: str, login: Login | None, *args: str, stdin: bytes = b"") -> None:
    """Fetch without contents but those that are named. That the remote promises the others is said to this one git."""
    promised = {"url": url, "promisor": "true", "partialCloneFilter": "blob:none"}
    settings = [word for key, value in promised.items() for word in ("-c", f"remote.{_NAME}.{key}={value}")]
    # what is named was found to be missing: there is nothing to negotiate about
    settings += ["-c", "fetch.negotiationAlgorithm=noop"] if stdin else []
    finished = await command.run_remote(path, *settings, "fetch", *_QUIET, *args, login=login, stdin=stdin)
    if not finished.ok:
        raise remote.refused(url, finished, login)


async def _index_packs(path: Path) -> None:
    """Each fetch leaves a pack or two, and nothing here is ever collected."""
    packs = await asyncio.to_thread(lambda: sum(1 for _ in (path / "objects" / "pack").glob("*.pack")))
    if packs >= PACKS:
        await command.run(GitDirs(path), "multi-pack-index", "write", "--no-progress")
