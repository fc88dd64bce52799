"""A tree of files that may have to be mounted before a process can see it.

A session's workspace is the writable upper layer of an overlay over a read-only snapshot. The mount exists only in
the mount namespace of the process that needs it (a sandbox, or git reading the change), never on the host, so there is
nothing to unmount after a crash. Where overlayfs is missing, the workspace is a plain copy.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plain:
    """A plain directory."""

    path: Path


@dataclass(frozen=True)
class Overlay:
    """An overlayfs mount that is still to be made: `lower` topmost first, `upper` takes the writes.

    `work` must be empty and on the filesystem of `upper`; `at` is an empty directory, the mount point.
    """

    lower: tuple[Path, ...]
    upper: Path
    work: Path
    at: Path


Tree = Plain | Overlay


def location(tree: Tree) -> Path:
    """Where a process that was started through `mounted` finds the tree's files."""
    return tree.path if isinstance(tree, Plain) else tree.at


def mount_options(tree: Overlay) -> str:
    """The `-o` argument of mount(8), with colons and commas in paths escaped as overlayfs requires.

    `userxattr` allows the mount in an unprivileged user namespace (Linux 5.11).
    """
    lower = ":".join(_escape(path) for path in tree.lower)
    return f"nosuid,nodev,userxattr,lowerdir={lower},upperdir={_escape(tree.upper)},workdir={_escape(tree.work)}"


def mounted(tree: Tree, argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line that runs `argv` where `tree` is visible at `location(tree)`.

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
