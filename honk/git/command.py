"""How Honk runs git, in one of three ways:

    run                    on Honk's mirrors: only the configuration below, no hooks, no credentials, no prompts
    run_remote             to the user's remote: with the user's configuration and credentials (ssh agent, helpers)
    run_remote with login  to a forge with Honk's own credential: without the user's configuration, which could redirect
                           it (`insteadOf`), but with this machine's proxies and certificates

git never runs with a configuration that a repository or an agent supplies: GIT_DIR is always one of Honk's own.
Needs git 2.38 (`merge-tree --write-tree`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from honk import process
from honk.core.errors import Unavailable
from honk.core.mounted_tree import Plain, Tree, mounted
from honk.process import Finished

INERT = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", "gc.auto=0"),
    *("-c", "core.fsyncMethod=batch"),
    *("-c", "maintenance.auto=false"),
    *("-c", "submodule.recurse=false"),
    *("-c", "core.quotePath=false"),
    *("-c", "core.protectHFS=true"),
    *("-c", "core.protectNTFS=true"),
)
"""The configuration of every git that Honk runs."""

CLEAN = (
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "core.excludesFile=/dev/null"),
    *("-c", "core.autocrlf=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "safe.directory=*"),
)
"""Added for local commands: git looks for these two files in the home even when it reads no configuration."""

LOCAL_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

REMOTE_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C"}

REMOTE_KEPT = (
    *("SSH_AUTH_SOCK", "SSH_AGENT_PID", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS"),
    *("XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "all_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL"),
)
"""Variables in which the user's git finds credentials, proxies and certificates."""

LOGIN_KEPT = REMOTE_KEPT[REMOTE_KEPT.index("http_proxy") :]
"""Those of them that hold no credential."""

HELPER = (
    '!answer() { test "$1" = get || return 0; '
    'printf \'username=%s\\npassword=%s\\n\' "$HONK_GIT_USER" "$HONK_GIT_SECRET"; }; answer'
)
"""A credential helper that reads the credential from the environment of the git that runs it, so that the secret is in
no argument, no file and no URL."""

REMOTE_TIMEOUT = 3600.0


class GitFailed(Unavailable):
    """git ended with an unexpected status. `exit` and `stderr` are git's."""

    def __init__(self, verb: str, finished: Finished) -> None:
        self.exit = finished.exit
        self.stderr = finished.stderr.decode(errors="replace").strip()
        last = hide_credentials(self.stderr.splitlines()[-1]) if self.stderr else f"exit status {self.exit}"
        super().__init__(f"git {verb} failed: {last}")


@dataclass(frozen=True)
class GitDirs:
    """The directories of a local git. `git_dir` is one of Honk's; `work_tree` and `index` if the command needs them."""

    git_dir: Path
    work_tree: Path | None = None
    index: Path | None = None


@dataclass(frozen=True)
class Login:
    """A credential of Honk's own for one web origin (`https://host[:port]`); it is sent to no other host."""

    origin: str
    user: str
    secret: str = field(repr=False)


def local_argv(*args: str) -> tuple[str, ...]:
    return ("git", *INERT, *CLEAN, *args)


def local_environment(dirs: GitDirs, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    env = {**LOCAL_ENVIRONMENT, "GIT_DIR": str(dirs.git_dir), **(extra or {})}
    if dirs.work_tree is not None:
        env["GIT_WORK_TREE"] = str(dirs.work_tree)
    if dirs.index is not None:
        env["GIT_INDEX_FILE"] = str(dirs.index)
    return process.environment(env)


async def run(
    dirs: GitDirs,
    *args: str,
    stdin: bytes = b"",
    ok: tuple[int, ...] = (0,),
    env: Mapping[str, str] | None = None,
    tree: Tree | None = None,
) -> Finished:
    """Run a local git, where `tree` is mounted if one is given.

    Raises GitFailed for a status that is not in `ok`.
    """
    argv = local_argv(*args)
    if tree is not None and not isinstance(tree, Plain):
        argv = mounted(tree, ("env", "-C", str(dirs.work_tree), *argv))
    cwd = dirs.work_tree if tree is None or isinstance(tree, Plain) else None
    finished = await process.run(argv, cwd=cwd, env=local_environment(dirs, env), stdin=stdin)
    if finished.exit not in ok:
        raise GitFailed(args[0], finished)
    return finished


async def out(dirs: GitDirs, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """The output of git, without its last line break."""
    return (await run(dirs, *args, stdin=stdin, env=env)).text.rstrip("\n")


async def run_remote(git_dir: Path | None, *args: str, login: Login | None = None, stdin: bytes = b"") -> Finished:
    """Run git with the user's credentials, or with `login` alone, and return the result, whatever the status."""
    env = {**REMOTE_ENVIRONMENT, **({"GIT_DIR": str(git_dir)} if git_dir else {})}
    argv, environment = ("git", *INERT, *args), process.environment(env, keep=REMOTE_KEPT)
    if login is not None:
        argv = login_argv(login, *args)
        environment = process.environment({**env, **login_environment(login)}, keep=LOGIN_KEPT)
    return await process.run(argv, cwd=Path("/"), env=environment, stdin=stdin, timeout=REMOTE_TIMEOUT)


def login_argv(login: Login, *args: str) -> tuple[str, ...]:
    """The command line of a git with `login`. The empty helper removes all helpers that are configured."""
    helper = f"credential.{login.origin}.helper"
    return ("git", *INERT, "-c", "credential.helper=", "-c", "core.askPass=", "-c", f"{helper}={HELPER}", *args)


def login_environment(login: Login) -> dict[str, str]:
    """The variables that `login` adds. Without a home, git reads no `.netrc`."""
    return {
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "HONK_GIT_USER": login.user,
        "HONK_GIT_SECRET": login.secret,
    }


def hide_credentials(text: str) -> str:
    """`text` with user names and passwords in URLs replaced, because people see errors."""
    return re.sub(r"(?<=://)[^/\s@]+@", "***@", text)


def shown(path: bytes) -> str:
    """A path as text for people and JSON: bytes that are not UTF-8 as \\xNN."""
    return path.decode(errors="backslashreplace")
