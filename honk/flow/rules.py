"""The rules of a repository, read from its base commit and from nowhere else (design, section 4.5)."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from honk.core import repofile
from honk.core.repofile import RepoFile
from honk.flow.context import Context
from honk.git import mirror as mirrors
from honk.verify.base import Listing, SetUpPlan, Verifier
from honk.verify.detect import detect, detect_setup


async def base_of(ctx: Context) -> str:
    """The commit that the session stands on; the base branch's head while it has none."""
    return ctx.session.change.base or await mirrors.head(ctx.mirror, ctx.repo.default_branch)


async def at_base(ctx: Context) -> RepoFile:
    """`honk.toml` as the session's base commit has it. Raises UsageError when it cannot be understood."""
    return await at(ctx, await base_of(ctx))


async def at(ctx: Context, commit: str) -> RepoFile:
    """`honk.toml` at `commit`; all defaults when there is none."""
    return await _file(ctx.mirror, commit)


@dataclass(frozen=True)
class Plan:
    """What a commit says about itself. `inputs` are the contents of the files that decide the set-up's outcome."""

    commit: str
    file: RepoFile
    setup: SetUpPlan
    verifiers: tuple[Verifier, ...]
    inputs: dict[str, bytes]


async def plan(ctx: Context, commit: str) -> Plan:
    """How `commit` is set up and verified, by its own `honk.toml` and contents."""
    return await read(ctx.mirror, commit)


async def read(mirror: Path, commit: str) -> Plan:
    """The same for any commit or tree of a bare repository."""
    file = await _file(mirror, commit)
    paths = frozenset(entry.path for entry in await mirrors.list_files(mirror, commit))
    loop = asyncio.get_running_loop()

    def content(path: str) -> bytes:
        """Detection is plain sync code that reads a handful of files: it runs in a thread and asks back for each."""
        return asyncio.run_coroutine_threadsafe(mirrors.file_at(mirror, commit, path), loop).result() or b""

    listing = Listing(paths, content)
    setup = await asyncio.to_thread(detect_setup, listing, file)
    verifiers = await asyncio.to_thread(detect, listing, file)
    inputs = await asyncio.to_thread(lambda: {path: content(path) for path in setup.inputs})
    return Plan(commit, file, setup, verifiers, inputs)


async def _file(mirror: Path, commit: str) -> RepoFile:
    data = await mirrors.file_at(mirror, commit, repofile.FILENAME)
    return repofile.parse(data.decode(errors="replace")) if data is not None else RepoFile()
