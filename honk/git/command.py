"""How Honk runs git. Three profiles, and no fourth:

    local    on Honk's own mirrors: no configuration but what stands here, no hooks, no credentials, no prompts
    remote   talking to the user's remote: the user's configuration and credentials work (ssh agent, helpers, proxies)
    hosted   talking to a forge with a credential of Honk's own (`Login`): nobody else's, and no configuration of the
             user's, which might send it elsewhere (`insteadOf`); proxies and certificates are this machine's

No git is ever run with a configuration that a repository or an agent supplies: GIT_DIR is always one of Honk's own.
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
"""Configuration of every git that Honk runs."""

CLEAN = (
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "core.excludesFile=/dev/null"),
    *("-c", "core.autocrlf=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "safe.directory=*"),
)
"""What the local profile adds: git looks for these two files in the home even where it reads no configuration."""

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
"""Where the user's own git finds credentials, proxies and certificates."""

LOGIN_KEPT = REMOTE_KEPT[REMOTE_KEPT.index("http_proxy") :]
"""What of that is no credential."""

HELPER = (
    '!answer() { test "$1" = get || return 0; '
    'printf \'username=%s\\npassword=%s\\n\' "$HONK_GIT_USER" "$HONK_GIT_SECRET"; }; answer'
)
"""A credential helper that reads its answer from the environment of the one git that runs it: the secret is in no
argument, no file and no address."""

REMOTE_TIMEOUT = 3600.0


class GitFailed(Unavailable):
    """git ended with a status that nobody expected. `exit` and `stderr` are its own."""

    def __init__(self, verb: str, finished: Finished) -> None:
        self.exit = finished.exit
        self.stderr = finished.stderr.decode(errors="replace").strip()
        last = hide_credentials(self.stderr.splitlines()[-1]) if self.stderr else f"exit status {self.exit}"
        super().__init__(f"git {verb} failed: {last}")


@dataclass(frozen=True)
class GitDirs:
    """Where a local git works. `git_dir` is one of Honk's own; `work_tree` and `index` where the command needs them."""

    git_dir: Path
    work_tree: Path | None = None
    index: Path | None = None


@dataclass(frozen=True)
class Login:
    """A credential of Honk's own for one web origin (`https://host[:port]`); no other host ever gets it."""

    origin: str
    user: str
    secret: str = field(repr=False)


def local_argv(*args: str) -> tuple[str, ...]:
    """The command line of a git in the local profile."""
    return ("git", *INERT, *CLEAN, *args)


def local_environment(place: GitDirs, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git in the local profile."""
    env = {**LOCAL_ENVIRONMENT, "GIT_DIR": str(place.git_dir), **(extra or {})}
    if place.work_tree is not None:
        env["GIT_WORK_TREE"] = str(place.work_tree)
    if place.index is not None:
        env["GIT_INDEX_FILE"] = str(place.index)
    return process.environment(env)


async def run(
    place: GitDirs,
    *args: str,
    stdin: bytes = b"",
    ok: tuple[int, ...] = (0,),
    env: Mapping[str, str] | None = None,
    tree: Tree | None = None,
) -> Finished:
    """Run git in the local profile, inside `tree` where one is given (mounted for it).

    Raises GitFailed for a status that is not in `ok`.
    """
    argv = local_argv(*args)
    if tree is not None and not isinstance(tree, Plain):
        argv = mounted(tree, ("env", "-C", str(place.work_tree), *argv))
    cwd = place.work_tree if tree is None or isinstance(tree, Plain) else None
    finished = await process.run(argv, cwd=cwd, env=local_environment(place, env), stdin=stdin)
    if finished.exit not in ok:
        raise GitFailed(args[0], finished)
    return finished


async def out(place: GitDirs, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """What git prints, without the end of its last line."""
    return (await run(place, *args, stdin=stdin, env=env)).text.rstrip("\n")


async def run_remote(git_dir: Path | None, *args: str, login: Login | None = None, stdin: bytes = b"") -> Finished:
    """Run git in the remote profile, with a `login` in the hosted one, and return how it ended, whatever the status."""
    env = {**REMOTE_ENVIRONMENT, **({"GIT_DIR": str(git_dir)} if git_dir else {})}
    argv, whole = ("git", *INERT, *args), process.environment(env, keep=REMOTE_KEPT)
    if login is not None:
        argv = login_argv(login, *args)
        whole = process.environment({**env, **login_environment(login)}, keep=LOGIN_KEPT)
    return await process.run(argv, cwd=Path("/"), env=whole, stdin=stdin, timeout=REMOTE_TIMEOUT)


def login_argv(login: Login, *args: str) -> tuple[str, ...]:
    """The command line of a git in the hosted profile. The first, empty helper forgets all others."""
    helper = f"credential.{login.origin}.helper"
    return ("git", *INERT, "-c", "credential.helper=", "-c", "core.askPass=", "-c", f"{helper}={HELPER}", *args)


def login_environment(login: Login) -> dict[str, str]:
    """What it adds to the environment. Without a home there is no `.netrc` either."""
    return {
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "HONK_GIT_USER": login.user,
        "HONK_GIT_SECRET": login.secret,
    }


def hide_credentials(text: str) -> str:
    """`text` with whatever stands before the @ of an address replaced: errors are shown to people."""
    return re.sub(r"(?<=://)[^/\s@]+@", "***@", text)


def shown(path: bytes) -> str:
    """A path as text for people and JSON: bytes that are not UTF-8 as \\xNN."""
    return path.decode(errors="backslashreplace")
