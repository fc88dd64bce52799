"""The `.git` in the agent's tree: agents use status, diff and log, and may commit, branch and stash.

The repository shares nothing with the mirror. Honk never reads it, and never writes to it once untrusted code could
have written to it: it is made in another directory and moved into the tree as a whole.
"""

import asyncio
from pathlib import Path

from honk.git import command
from honk.git.command import GitDirs
from honk.git.mirror import is_partial

HISTORY = 50
"""The number of commits in it; with a partial mirror only the last, because older files are missing."""

CONFIG = """\
[core]
\trepositoryFormatVersion = 0
\tbare = false
\tcheckStat = minimal
\ttrustctime = false
[gc]
\tauto = 0
[user]
\tname = Honk
\temail = honk@localhost
[advice]
\tdetachedHead = false
"""
"""`checkStat`: in the sandbox inodes and owners differ, and git would otherwise read every file again."""


async def make(mirror: Path, commit: str, path: Path) -> None:
    """A git directory at `path` whose branch `main` is at `commit`, with up to HISTORY commits."""
    repository, depth = GitDirs(path), 1 if is_partial(mirror) else HISTORY
    await command.run(repository, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    await command.run(
        repository,
        *("-c", "core.fsync=none", "fetch", "--quiet", "--no-tags", "--update-head-ok", f"--depth={depth}"),
        "--upload-pack=git -c uploadpack.allowAnySHA1InWant=true -c safe.directory=* upload-pack",
        *("--end-of-options", f"file://{mirror}", f"{commit}:refs/heads/main"),
    )
    await asyncio.to_thread((path / "config").write_text, CONFIG)


def exclude(products: bytes) -> bytes:
    """The content of `info/exclude` that hides what set-up made, from the output of `honk.git.checkout.products`."""
    return b"".join(_pattern(path) for path in products.split(b"\0") if path and b"\n" not in path)


def _pattern(path: bytes) -> bytes:
    return b"/" + b"".join(b"\\%c" % byte if byte in b"\\*?[ " else b"%c" % byte for byte in path) + b"\n"
