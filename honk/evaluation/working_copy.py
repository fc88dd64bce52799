"""Repositories for tasks: a folder of files as a git repository with one commit."""

import asyncio
import shutil
from pathlib import Path

from honk import process
from honk.core.errors import Unavailable
from honk.evaluation.edits import Files
from honk.git import mirror

_IDENTITY = ("-c", "user.name=Honk", "-c", "user.email=honk@example.com", "-c", "commit.gpgsign=false")
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


async def git(folder: Path, *args: str) -> str:
    """The output of `git ARGS` in the folder. Raises Unavailable when it fails."""
    done = await process.run(("git", *_IDENTITY, *args), cwd=folder, env=process.environment(_ENVIRONMENT))
    if not done.ok:
        raise Unavailable(f"`git {args[0]}` failed in {folder}: {done.stderr.decode(errors='replace').strip()}")
    return done.text


def write(folder: Path, files: Files) -> None:
    """Write the files below the folder. Files that begin with `#!` are made executable."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if content.startswith(b"#!"):
            path.chmod(0o755)


async def read(repository: Path, revision: str) -> dict[str, bytes]:
    """The files of a commit or tree in the bare repository, links and submodules left out."""
    async with mirror.opened(repository, revision) as files:
        contents = {
            path: await files.read(path)
            for path in sorted(await mirror.paths(repository, revision))
            if not await files.oddity(path)
        }
    return {path: content for path, content in contents.items() if content is not None}


async def commit(folder: Path, files: Files) -> None:
    """Make the folder a repository whose only commit on `main` holds exactly the files, ignored ones too."""
    await asyncio.to_thread(write, folder, files)
    await git(folder, "init", "-q", "-b", "main")
    await git(folder, "add", "-A", "-f")
    await git(folder, "commit", "-q", "-m", "Start")


async def replace(folder: Path, files: Files) -> None:
    """Make the working tree hold exactly the files; the commit stays. Nothing is staged."""

    def renew() -> None:
        for path in folder.iterdir():
            if path.name == ".git":
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        write(folder, files)

    await asyncio.to_thread(renew)
