"""Fetch from and push to a remote. Only here does git run with credentials: the user's, or Honk's with a `login`.

A remote is a path on this machine or a URL that git understands. Error messages contain no credentials. UsageError:
the remote is not usable; WorkFailed: it refuses a push; Unavailable: it does not answer.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from honk.core.errors import HonkError, Unavailable, UsageError, WorkFailed
from honk.git import command, lock, mirror
from honk.git.command import Login, hide_credentials
from honk.process import Finished

HEADS = "refs/heads/"
LOCK = "honk.lock"
"""The lock file in a mirror; whoever fetches holds it."""

FETCH = ("--quiet", "--prune", "--no-tags", "--force", "--no-write-fetch-head", "--no-recurse-submodules")
"""Options of a fetch: all branches of the remote, without those that it no longer has."""

UPDATE_INSTEAD = "--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack"
"""Allows a push to move a branch that is checked out in a repository on this machine, together with its files."""

_NAME = "honk-mirrored"
"""A push to a named remote also moves the mirror's branch; the next fetch then has nothing to do and does not walk the
whole repository. Used for remotes on this machine only: a slow push would hold the lock while other sessions wait."""


class GitCredentialRefused(Unavailable):
    """The remote refuses Honk's own credential."""


@dataclass(frozen=True)
class RemoteRefs:
    """The refs of a remote: the branch of HEAD (empty: none or detached), the commit of HEAD, and all branches."""

    default: str
    head: str
    branches: dict[str, str]


def parse_remote_refs(text: str) -> RemoteRefs:
    default, head, branches = "", "", {}
    for line in text.splitlines():
        value, _, ref = line.partition("\t")
        if ref == "HEAD":
            if value.startswith("ref: "):
                default = value.removeprefix(f"ref: {HEADS}")
            else:
                head = value
        elif ref.startswith(HEADS):
            branches[ref.removeprefix(HEADS)] = value
    return RemoteRefs(default, head, branches)


async def remote_refs(url: str, login: Login | None = None) -> RemoteRefs:
    """Ask the remote for its refs. Raises UsageError when there is no repository."""
    finished = await command.run_remote(None, "ls-remote", "--symref", "--", url, "HEAD", f"{HEADS}*", login=login)
    if not finished.ok:
        raise refused(url, finished, login)
    return parse_remote_refs(finished.text)


async def default_branch(url: str) -> str:
    """The branch that the remote's HEAD names.

    Raises UsageError when there is no repository, no commit, a detached HEAD, or no such branch.
    """
    found = await remote_refs(url)
    name = hide_credentials(url)
    if found.default in found.branches and found.default:
        return found.default
    if found.head and not found.default:
        raise UsageError(f"{name} has a detached HEAD; check out the branch that changes should go to.")
    if not found.branches:
        raise UsageError(f"{name} has no commits yet; make a first commit.")
    raise UsageError(
        f"{name} has no default branch: its HEAD names a branch that does not exist; "
        f"`git symbolic-ref HEAD refs/heads/{min(found.branches)}` sets it."
    )


async def fetch(path: Path, url: str, login: Login | None = None) -> None:
    """Update the mirror at `path` to all branches of the remote, and remove those that it no longer has."""
    await mirror.ensure(path)
    async with lock.held(path / LOCK):
        finished = await command.run_remote(
            path, "fetch", *FETCH, "--end-of-options", url, f"+{HEADS}*:{HEADS}*", login=login
        )
    if not finished.ok:
        raise refused(url, finished, login)


async def push(path: Path, url: str, commit: str, branch: str, expected: str, login: Login | None = None) -> None:
    """Move the remote's `branch` to `commit` (of the mirror at `path`) if it is at `expected` now.

    An empty `expected` means that the branch must not exist yet; a branch that is already at `commit` is accepted. A
    branch that is checked out in a repository on this machine moves together with its files. Raises WorkFailed when
    the branch has moved, the checkout has uncommitted changes, or the remote refuses for another reason.
    """
    options = ("push", "--porcelain", "--no-verify", "--no-signed", "--recurse-submodules=no")
    refspec = (f"{commit}:{HEADS}{branch}",)
    lease = (f"--force-with-lease={HEADS}{branch}:{expected}", "--end-of-options")
    if await asyncio.to_thread(Path(url).is_dir):
        named = ("-c", f"remote.{_NAME}.url={url}", "-c", f"remote.{_NAME}.fetch=+{HEADS}*:{HEADS}*")
        async with lock.held(path / LOCK):  # another session's fetch would fail while the branch moves
            finished = await command.run_remote(
                path, *named, *options, UPDATE_INSTEAD, *lease, _NAME, *refspec, login=login
            )
    else:
        finished = await command.run_remote(path, *options, *lease, url, *refspec, login=login)
    if not finished.ok:
        raise push_refused(url, branch, finished, login)


def push_refused(url: str, branch: str, finished: Finished, login: Login | None = None) -> HonkError:
    """Why a push failed, from the output of `git push --porcelain`."""
    row = next((line for line in finished.text.splitlines() if line.startswith("!")), "")
    reason = re.sub(r"^.*\((.*)\)$", r"\1", row)
    if not row:
        return refused(url, finished, login)
    if "stale info" in reason or "fetch first" in reason or "cannot lock ref" in reason:
        return WorkFailed(f"Somebody else has moved `{branch}` meanwhile; their work is kept and nothing was pushed.")
    if re.search("unstaged|staged|untracked|[Ww]orking (tree|directory)", reason):
        return WorkFailed(
            f"`{branch}` is checked out in {hide_credentials(url)} with changes that are not committed; "
            "commit or stash them there."
        )
    remote_lines = " ".join(re.findall(r"^remote: *(.*\S)", finished.stderr.decode(errors="replace"), re.MULTILINE))
    return WorkFailed(f"{hide_credentials(url)} refused the push to `{branch}`: {remote_lines or reason}.")


def refused(url: str, finished: Finished, login: Login | None = None) -> HonkError:
    """Why a command on a remote failed, from the output of git."""
    name, error = hide_credentials(url), hide_credentials(finished.stderr.decode(errors="replace").strip())
    if re.search("does not appear to be a git repository|not a git repository|[Rr]epository .*not found", error):
        return UsageError(f"There is no git repository at {name}.")
    if "dubious ownership" in error:
        return UsageError(
            f"{name} belongs to another user; `git config --global --add safe.directory {name}` allows it."
        )
    if "not allowed" in error and "transport" in error:
        return UsageError(f"Honk does not fetch from the address {name}; use a path, https or ssh.")
    if login and re.search("Authentication failed|could not read (Username|Password)|error: 40[13]|denied to", error):
        return GitCredentialRefused(f"{name} refuses Honk's credential for git; `honk github accounts` shows it.")
    if re.search("Authentication failed|could not read (Username|Password)|Permission denied|denied to", error):
        return Unavailable(f"{name} refuses access; check the credentials that `git ls-remote {name}` uses.")
    lines = [line for line in error.splitlines() if line.strip()]
    return Unavailable(f"git cannot reach {name}: {lines[0] if lines else f'exit status {finished.exit}'}")
