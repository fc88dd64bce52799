"""The agent's own `.git`: agents ask git for status, diff and log, and may commit, branch and stash as they like.

It is a repository of its own that shares nothing with the mirror. Nobody of us ever reads it, and nobody of us writes
to it once something else could have: it is made aside, and put into the tree as a whole.
"""

import asyncio
from pathlib import Path

from honk.git import command
from honk.git.command import GitDirs
from honk.git.mirror import is_partial

HISTORY = 50
"""How many commits it knows; of a partial mirror only the last, whose files are all that there is."""

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
"""Inside the sandbox inodes and owners differ, the files are the same: without `checkStat` git would read them all."""


async def make(mirror: Path, commit: str, path: Path) -> None:
    """A git directory at `path` whose branch `main` is at `commit`, with a little history."""
    own, depth = GitDirs(path), 1 if is_partial(mirror) else HISTORY
    await command.run(own, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    await command.run(
        own,
        *("-c", "core.fsync=none", "fetch", "--quiet", "--no-tags", "--update-head-ok", f"--depth={depth}"),
        "--upload-pack=git -c uploadpack.allowAnySHA1InWant=true -c safe.directory=* upload-pack",
        *("--end-of-options", f"file://{mirror}", f"{commit}:refs/heads/main"),
    )
    await asyncio.to_thread((path / "config").write_text, CONFIG)


def exclude(products: bytes) -> bytes:
    """The content of `info/exclude` that hides what set-up made, from `honk.git.checkout.products`."""
    return b"".join(_pattern(path) for path in products.split(b"\0") if path and b"\n" not in path)


def _pattern(path: bytes) -> bytes:
    return b"/" + b"".join(b"\\%c" % byte if byte in b"\\*?[ " else b"%c" % byte for byte in path) + b"\n"
