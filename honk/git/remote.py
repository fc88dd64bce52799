"""A remote: the one place where git runs with credentials, the user's own or, with a `login`, one of Honk's.

A remote is a path of this machine or an address that git understands. What goes wrong is said in words that hold no
credential: UsageError when the remote is not what it should be, WorkFailed when it refuses a push, Unavailable when
it does not answer.
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
"""Beside a mirror's objects: who fetches holds it."""

FETCH = ("--quiet", "--prune", "--no-tags", "--force", "--no-write-fetch-head", "--no-recurse-submodules")
"""How branches are fetched: those that are there, and none that are there no longer."""

UPDATE_INSTEAD = "--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack"
"""How a push may move the branch that is checked out in a repository of this machine: its files move along."""


_NAME = "honk-mirrored"
"""A push to a remote by a name moves the mirror's branch along; the next fetch then finds nothing new, and need not
walk through all of the repository to see that nothing is missing. Not done where a push takes its time: nobody is to
wait for another session's."""


class CredentialRefused(Unavailable):
    """The remote refuses one of Honk's own credentials."""


@dataclass(frozen=True)
class RemoteRefs:
    """What a remote says of itself: where HEAD points (empty: nowhere or detached), its commit, and all branches."""

    default: str
    head: str
    branches: dict[str, str]


def parse_remote_refs(text: str) -> RemoteRefs:
    """The output of `ls-remote --symref`."""
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
    """Ask the remote. Raises UsageError when there is no repository."""
    finished = await command.run_remote(None, "ls-remote", "--symref", "--", url, "HEAD", f"{HEADS}*", login=login)
    if not finished.ok:
        raise refused(url, finished, login)
    return parse_remote_refs(finished.text)


async def default_branch(url: str) -> str:
    """The branch that the remote's HEAD names.

    Raises UsageError for no repository, one without commits, a detached HEAD, a default branch that is not there.
    """
    found = await remote_refs(url)
    name = hide_credentials(url)
    if found.default in found.branches and found.default:
        return found.default
    if found.head and not found.default:
        raise UsageError(f"{name} has a detached HEAD; check out the branch that changes should go to.")
    if not found.branches:
        raise UsageError(f"{name} has no commits yet; make a first one.")
    raise UsageError(
        f"{name} has no default branch: its HEAD names a branch that is not there; "
        f"`git symbolic-ref HEAD refs/heads/{min(found.branches)}` would set it."
    )


async def fetch(path: Path, url: str, login: Login | None = None) -> None:
    """Bring the mirror at `path` up to date: all branches of the remote, and none that it no longer has."""
    await mirror.ensure(path)
    async with lock.held(path / LOCK):
        finished = await command.run_remote(
            path, "fetch", *FETCH, "--end-of-options", url, f"+{HEADS}*:{HEADS}*", login=login
        )
    if not finished.ok:
        raise refused(url, finished, login)


async def push(path: Path, url: str, commit: str, branch: str, expected: str, login: Login | None = None) -> None:
    """Make the remote's `branch` point to `commit` (of the mirror at `path`) if it points to `expected` now.

    An empty `expected` means that there must be no such branch yet; a branch that is at `commit` already is fine. A
    branch that is checked out in a repository of this machine moves together with its files. Raises WorkFailed when
    the branch has moved, the checkout has uncommitted changes, or the remote refuses for a reason of its own.
    """
    how = ("push", "--porcelain", "--no-verify", "--no-signed", "--recurse-submodules=no")
    what = (f"{commit}:{HEADS}{branch}",)
    lease = (f"--force-with-lease={HEADS}{branch}:{expected}", "--end-of-options")
    if await asyncio.to_thread(Path(url).is_dir):
        named = ("-c", f"remote.{_NAME}.url={url}", "-c", f"remote.{_NAME}.fetch=+{HEADS}*:{HEADS}*")
        async with lock.held(path / LOCK):  # another session's fetch would stumble over the branch that moves
            finished = await command.run_remote(path, *named, *how, UPDATE_INSTEAD, *lease, _NAME, *what, login=login)
    else:
        finished = await command.run_remote(path, *how, *lease, url, *what, login=login)
    if not finished.ok:
        raise push_refused(url, branch, finished, login)


def push_refused(url: str, branch: str, finished: Finished, login: Login | None = None) -> HonkError:
    """Why a push failed, from what `git push --porcelain` printed."""
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
    said = " ".join(re.findall(r"^remote: *(.*\S)", finished.stderr.decode(errors="replace"), re.MULTILINE))
    return WorkFailed(f"{hide_credentials(url)} refused the push to `{branch}`: {said or reason}.")


def refused(url: str, finished: Finished, login: Login | None = None) -> HonkError:
    """Why a remote could not be asked, from what git printed."""
    name, said = hide_credentials(url), hide_credentials(finished.stderr.decode(errors="replace").strip())
    if re.search("does not appear to be a git repository|not a git repository|[Rr]epository .*not found", said):
        return UsageError(f"There is no git repository at {name}.")
    if "dubious ownership" in said:
        return UsageError(
            f"{name} belongs to another user; `git config --global --add safe.directory {name}` allows it."
        )
    if "not allowed" in said and "transport" in said:
        return UsageError(f"{name} is not an address that Honk fetches from; use a path, https or ssh.")
    if login and re.search("Authentication failed|could not read (Username|Password)|error: 40[13]|denied to", said):
        return CredentialRefused(f"{name} refuses Honk's credential for git; `honk github accounts` shows what it has.")
    if re.search("Authentication failed|could not read (Username|Password)|Permission denied|denied to", said):
        return Unavailable(f"{name} does not let us in; check the credentials that `git ls-remote {name}` uses.")
    lines = [line for line in said.splitlines() if line.strip()]
    return Unavailable(f"git cannot reach {name}: {lines[0] if lines else f'exit status {finished.exit}'}")
