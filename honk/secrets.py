"""What a repository's deploy needs and no sandbox ever sees: `$HONK_HOME/secrets/<repository>.env`."""

import contextlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from honk.core.errors import UsageError

_KEY_BYTES = 32


def for_deploy(home: Path, repo: str) -> dict[str, str]:
    """The variables for `repo`'s deploy, NAME=value a line, `#` comments; empty when there is no file.

    Raises UsageError for a line without `=` and for a file that others may read.
    """
    file = home / "secrets" / f"{repo}.env"
    if not file.is_file():
        return {}
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{file} can be read by others; run: chmod 600 {file}")
    variables: dict[str, str] = {}
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"{file}, line {number}: write NAME=value.")
        variables[name.strip()] = value.strip()
    return variables


def store_for_deploy(home: Path, repo: str, variables: dict[str, str]) -> None:
    """Replace `repo`'s deploy variables."""
    file = home / "secrets" / f"{repo}.env"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))


def signing_key(home: Path) -> bytes:
    """The key that signs preview and artifact links, made at the first call and kept (mode 0600)."""
    file = home / "signing.key"
    key = made_once(file, lambda: secrets.token_bytes(_KEY_BYTES))
    if len(key) != _KEY_BYTES:
        raise UsageError(f"{file} is damaged; remove it, and links that were sent before will stop working.")
    return key


def made_once(file: Path, make: Callable[[], bytes]) -> bytes:
    """The content of `file`; where there is none yet, what `make` returns becomes it (mode 0600)."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent)  # mode 0600
        with os.fdopen(handle, "wb") as stream:
            stream.write(make())
        # a link appears whole or not at all: of two processes at once, both read what the first one made
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        Path(draft).unlink()
    return file.read_bytes()
