"""A commit's honk.toml, its set-up and its verifiers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from honk.core import honk_toml, path_patterns
from honk.core.errors import UsageError
from honk.core.honk_toml import FILENAME, HonkToml
from honk.forges import codeowners
from honk.git import mirror as mirrors
from honk.git.mirror import Files
from honk.verify.base import Listing, SetUpPlan, Verifier
from honk.verify.detect import inspect
from honk.verify.owners.step import LeftOut


@dataclass(frozen=True)
class Plan:
    """`inputs` are the contents of the files that decide the set-up's outcome. `unmatched` are the protected patterns
    that match no file of the commit. `notices` are sentences for people: what was not understood, or has no effect.
    `left_out` are the owners' checks that are not run."""

    commit: str
    file: HonkToml
    setup: SetUpPlan
    verifiers: tuple[Verifier, ...]
    inputs: Mapping[str, bytes]
    unmatched: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


async def read(mirror: Path, commit: str) -> Plan:
    """The plan of a commit or tree of a bare repository. Raises UsageError for a `honk.toml` that is not understood."""
    async with mirrors.opened(mirror, commit) as files:
        text = await _text(files)
        file = honk_toml.parse(text)
        paths = await mirrors.paths(mirror, commit)
        loop = asyncio.get_running_loop()

        def content(path: str) -> bytes:
            """Detection is plain sync code that reads a few files: it runs in a thread and asks back for each."""
            return asyncio.run_coroutine_threadsafe(files.read(path), loop).result() or b""

        def plan() -> Plan:
            listing = Listing(paths, content)
            found = inspect(listing, file)
            setup = found.setup
            inputs = {path: content(path) for path in setup.inputs}
            unmatched = path_patterns.unmatched(file.policy.protected, paths)
            odd = (*_misnamed(paths), *honk_toml.unmatched_notices(text, unmatched), *found.notices)
            owners = codeowners.parse(listing.text(codeowners.find(paths)))
            notices = (*odd, *filter(None, [owners.notice]))
            return Plan(commit, file, setup, found.verifiers, inputs, unmatched, notices, found.left_out)

        return await asyncio.to_thread(plan)


async def rules(mirror: Path, commit: str) -> HonkToml:
    """The `honk.toml` of a commit; all defaults when there is none. Raises UsageError as `read`."""
    async with mirrors.opened(mirror, commit) as files:
        return honk_toml.parse(await _text(files))


async def _text(files: Files) -> str:
    """The text of `honk.toml`, empty when there is none."""
    if oddity := await files.oddity(FILENAME):
        raise UsageError(f"{FILENAME} is a {oddity}; it must be a file.")
    return honk_toml.decode(await files.read(FILENAME) or b"")


def _misnamed(paths: frozenset[str]) -> tuple[str, ...]:
    """A file that was meant to be `honk.toml` has no effect; that is said."""
    odd = sorted(path for path in paths if path != FILENAME and path.lower() in (FILENAME, f".{FILENAME}"))
    return tuple(f"{path} has no effect: Honk reads {FILENAME}." for path in odd)
