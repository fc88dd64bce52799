"""Secrets on disk that no sandbox ever sees: a repository's deploy variables, and Honk's own signing key.

$HONK_HOME/secrets/<repository>.env     variables for the deploy command
$HONK_HOME/signing.key                  32 random bytes; signs links, encrypts linked accounts' tokens
"""

import secrets
import stat
from pathlib import Path

from honk import files
from honk.core.errors import UsageError

_KEY_BYTES = 32


def for_deploy(home: Path, repo: str) -> dict[str, str]:
    """The variables for `repo`'s deploy, NAME=value a line, `#` comments; empty when there is no file.

    Raises UsageError for a line without `=` and for a file that others may read.
    """
    file = _deploy_file(home, repo)
    text = files.read_text(file, "Write it anew, with NAME=value on each line.")
    if text is None:
        return {}
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{file} can be read by others; run: chmod 600 {file}")
    variables: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"{file}, line {number}: write NAME=value.")
        variables[name.strip()] = value.strip()
    return variables


def store_for_deploy(home: Path, repo: str, variables: dict[str, str]) -> None:
    """Replace `repo`'s deploy variables."""
    files.write(_deploy_file(home, repo), "".join(f"{name}={value}\n" for name, value in variables.items()))


def signing_key(home: Path) -> bytes:
    """The key that signs preview and artifact links, made at the first call (mode 0600)."""
    file = home / "signing.key"
    key = files.write_once(file, lambda: secrets.token_bytes(_KEY_BYTES))
    if len(key) != _KEY_BYTES:
        raise files.damaged(
            file,
            f"it has {len(key)} bytes instead of {_KEY_BYTES}",
            "Restore it from a backup. If you remove it instead, Honk makes a new key: links sent before stop working, "
            "and people have to link their GitHub accounts again.",
        )
    return key


def _deploy_file(home: Path, repo: str) -> Path:
    return home / "secrets" / f"{repo}.env"
