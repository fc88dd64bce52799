"""A tree of files that may have to be mounted before anybody can see it.

A session's workspace is the writable top of an overlay over a read-only snapshot. The mount exists only inside the
mount namespace of the one process that needs it (a sandbox, or git reading the change), never on the host, so there
is nothing to unmount after a crash. Where overlayfs is missing the workspace is a plain copy.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plain:
    """A directory that is simply there."""

    path: Path


@dataclass(frozen=True)
class Overlay:
    """An overlayfs mount still to be made: `lower` topmost first, `upper` takes the writes.

    `work` must be empty and on the filesystem of `upper`; `at` is an empty directory, the mount point.
    """

    lower: tuple[Path, ...]
    upper: Path
    work: Path
    at: Path


Tree = Plain | Overlay


def location(tree: Tree) -> Path:
    """Where the tree's files are seen by a process started through `mounted`."""
    return tree.path if isinstance(tree, Plain) else tree.at


def mount_options(tree: Overlay) -> str:
    """The `-o` argument of mount(8). Colons and commas in paths are escaped as overlayfs wants it.

    `userxattr` is what lets an unprivileged user namespace mount (Linux 5.11).
    """
    lower = ":".join(_escape(path) for path in tree.lower)
    return f"userxattr,lowerdir={lower},upperdir={_escape(tree.upper)},workdir={_escape(tree.work)}"


def mounted(tree: Tree, argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line that runs `argv` in a place where `tree` is visible at `location(tree)`.

    For a plain tree that is `argv` itself; for an overlay it is `argv` in new user and mount namespaces, as the same
    process (no fork), so that signals and the death of the parent reach it.
    """
    if isinstance(tree, Plain):
        return argv
    script = 'mount -t overlay -o "$1" overlay "$2" && shift 2 && exec "$@"'
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private", "--")
    return (*prefix, "sh", "-c", script, "mounted", mount_options(tree), str(tree.at), *argv)


def _escape(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
