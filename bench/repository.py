"""Repositories of any size, made in seconds: a stream for `git fast-import` instead of files on a disk."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

PER_FOLDER = 100

EDITED = "src/f0000/m000.txt"
"""The file that the scripted task reads and edits; it is there at every size."""

BEFORE, AFTER = "the old sentence", "the new sentence"

_RULES = '[setup]\nrun = []\n[verify]\nformat = ""\nlint = ""\nbuild = ""\ntest = "test -s src/f0000/m000.txt"\n'


def make(path: Path, files: int) -> Path:
    """A bare repository at `path` whose branch `main` has one commit of `files` small files and a `honk.toml`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
    stream = b"".join(_stream(files))
    subprocess.run(("git", "fast-import", "--quiet"), cwd=path, input=stream, check=True)
    return path


def git(*args: str, at: Path | None = None) -> str:
    """Run git as a developer would, without anybody's configuration; what it prints."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(("git", *args), cwd=at, env=env, check=True, capture_output=True, text=True).stdout


def _stream(files: int) -> Iterator[bytes]:
    yield b"commit refs/heads/main\ncommitter Dev <dev@example.com> 1700000000 +0000\ndata 5\nstart\n"
    yield _file("honk.toml", _RULES)
    for number in range(files):
        folder, name = divmod(number, PER_FOLDER)
        yield _file(f"src/f{folder:04}/m{name:03}.txt", f"file {number}\n{BEFORE}\n" + "and a line more\n" * 20)


def _file(path: str, content: str) -> bytes:
    data = content.encode()
    return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
