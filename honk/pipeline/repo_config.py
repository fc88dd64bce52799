"""What a commit says about itself: how it is set up and verified, and what else the flow reads of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from honk.core import honk_toml
from honk.core.honk_toml import HonkToml
from honk.git import mirror as mirrors
from honk.git.mirror import Files
from honk.verify.base import Listing, SetUpPlan, Verifier
from honk.verify.detect import detect, detect_setup


@dataclass(frozen=True)
class Plan:
    """`inputs` are the contents of the files that decide the set-up's outcome."""

    commit: str
    file: HonkToml
    setup: SetUpPlan
    verifiers: tuple[Verifier, ...]
    inputs: Mapping[str, bytes]


async def read(mirror: Path, commit: str) -> Plan:
    """The plan of a commit or tree of a bare repository. Raises UsageError for a `honk.toml` that is none."""
    async with mirrors.opened(mirror, commit) as files:
        file = await rules(files)
        paths = await mirrors.paths(mirror, commit)
        loop = asyncio.get_running_loop()

        def content(path: str) -> bytes:
            """Detection is plain sync code that reads a few files: it runs in a thread and asks back for each."""
            return asyncio.run_coroutine_threadsafe(files.read(path), loop).result() or b""

        def plan() -> Plan:
            listing = Listing(paths, content)
            setup = detect_setup(listing, file)
            inputs = {path: content(path) for path in setup.inputs}
            return Plan(commit, file, setup, detect(listing, file), inputs)

        return await asyncio.to_thread(plan)


async def rules(files: Files) -> HonkToml:
    """A commit's `honk.toml`; all defaults when there is none. Raises UsageError as `read`."""
    data = await files.read(honk_toml.FILENAME)
    return honk_toml.parse(data.decode(errors="replace")) if data is not None else HonkToml()
