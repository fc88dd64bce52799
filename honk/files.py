"""State files: written as a whole or not at all, and named when they are damaged.

A damaged file is never taken for a missing one: a key, a token or a workspace's record that cannot be read must not
be made anew in silence.
"""

import asyncio
import contextlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from honk.core.errors import UsageError

PRIVATE = 0o600

_OWN_ENTRIES = frozenset(
    {"settings.toml", "honk.db", "api.token", "blobs", "mirrors", "sessions", "secrets", "snapshots"}
)
"""A directory with one of these is Honk's."""


def write(path: Path, content: str | bytes, *, mode: int = PRIVATE) -> None:
    """Replace the file `path`: after a crash or a power failure it holds the old content or the new, never a part.

    Makes the directory where it is missing. `mode` holds from the first byte on.
    """
    place(draft(path, [content.encode() if isinstance(content, str) else content], mode), path)


def draft(path: Path, content: Iterable[bytes], mode: int = PRIVATE) -> Path:
    """A new file beside `path` with this content, already on the disk; for `place`. Makes the directory."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(handle, mode)
            stream.writelines(content)
            stream.flush()
            os.fsync(handle)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return made


def place(made: Path, path: Path) -> None:
    """Move the draft `made` to `path`, replacing what is there; after this it survives a power failure."""
    try:
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def write_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of `path`. Where there is no such file, what `make` returns is written to it first (mode 0600).

    Of two processes that do so at once, both get what the first one wrote.
    """
    if not path.exists():
        made = draft(path, [make()])
        with contextlib.suppress(FileExistsError):  # unlike a rename, a link never replaces what is there
            os.link(made, path)
        made.unlink()
        _sync_directory(path.parent)
    return path.read_bytes()


def read_text(path: Path, remedy: str) -> str | None:
    """The text of `path`, None when there is no such file.

    Raises UsageError with the `remedy` (a sentence) for one that cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise damaged(path, "it is not UTF-8 text", remedy) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). {remedy}") from error


def read_json(path: Path, keys: tuple[str, ...], remedy: str) -> dict[str, Any] | None:
    """The JSON object in `path`, which has all of `keys`; None when there is no such file. Raises as `read_text`."""
    text = read_text(path, remedy)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, "it is empty" if not text.strip() else f"it is not valid JSON: {error}", remedy) from error
    if not isinstance(value, dict):
        raise damaged(path, "it holds no JSON object", remedy)
    if missing := [key for key in keys if key not in value]:
        raise damaged(path, f"it has no `{missing[0]}`", remedy)
    return value


def statuses(roots: Iterable[Path]) -> Iterator[os.stat_result]:
    """The status of each file and directory below `roots`. Links are not followed; what vanishes or cannot be read
    is skipped."""
    waiting = [str(root) for root in roots]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    yield status
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(entry.path)


def damaged(path: Path, why: str, remedy: str) -> UsageError:
    """The error for a state file that is there and cannot be used."""
    return UsageError(f"{path} is damaged: {why}. {remedy}")


def _sync_directory(directory: Path) -> None:
    """Put a rename on the disk. Some filesystems refuse fsync of a directory; then the file itself is safe."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def private_directory(directory: Path) -> None:
    """Make `directory` for nobody but us; where it is Honk's already and others may enter it, it is closed to them.
    Raises UsageError when it cannot be made or closed, and when it belongs to somebody or something else."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = directory.stat()
    except OSError as error:
        raise UsageError(
            f"{directory} cannot be made ({error.strerror}); HONK_HOME and TMPDIR say where Honk keeps its files."
        ) from error
    if found.st_uid != os.getuid():
        raise UsageError(f"{directory} belongs to another user; HONK_HOME names a directory of your own.")
    if not found.st_mode & 0o077:
        return
    entries = {entry.name for entry in directory.iterdir()}
    if not entries or entries & _OWN_ENTRIES or directory.name.startswith("honk-"):
        with contextlib.suppress(OSError):
            directory.chmod(0o700)
    if directory.stat().st_mode & 0o077:
        raise UsageError(
            f"Other users may enter {directory}; HONK_HOME names a directory that holds Honk's files alone and has mode"
            " 0700."
        )


@contextlib.asynccontextmanager
async def temporary_directory(*, parent: Path | None = None, prefix: str = "honk-") -> AsyncIterator[Path]:
    """A new private directory, below `parent` or in the system's directory for such. It is removed with all its files
    when the block is left, by a thread: thousands of files would hold up the event loop."""
    made = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=prefix, dir=parent))
    try:
        yield made
    finally:
        await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)
