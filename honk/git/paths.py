"""Rules for the paths and links of a change. Pure functions over bytes, as git stores them."""

import re
import unicodedata

_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""Code points that some filesystems drop from a name: `.g<U+200C>it` opens `.git` there."""

_GIT_ON_NTFS = re.compile(r"(\.git|git~\d+)[ .]*(:.*)?")
"""`.git. .`, `git~1` and `.git::$INDEX_ALLOCATION` all open `.git` on Windows."""


def is_git_directory(path: bytes) -> bool:
    """Whether a part of `path` is `.git` on any filesystem that the change may be checked out on."""
    return any(_is_git(part) for name in path.split(b"/") for part in name.split(b"\\"))


def leads_outside(link: bytes, target: bytes) -> bool:
    """Whether a symlink at `link` that points to `target` may leave the tree, or point into a `.git`.

    Only `..` at the start is followed: the link's directory is a real one, but a later name may be another link, and
    `..` after it leads anywhere.
    """
    if target.startswith(b"/") or not target:
        return True
    parts = [part for part in target.split(b"/") if part not in (b"", b".")]
    up = 0
    while up < len(parts) and parts[up] == b"..":
        up += 1
    return up > link.count(b"/") or b".." in parts[up:] or is_git_directory(target)


def above(path: bytes) -> list[bytes]:
    """The directories that contain `path`, the outermost first, without the root."""
    parts = path.split(b"/")
    return [b"/".join(parts[:length]) for length in range(1, len(parts))]


def under(path: bytes, paths: frozenset[bytes]) -> bool:
    """Whether `path` is one of `paths`, or below one that ends in a slash."""
    return path in paths or any(directory + b"/" in paths for directory in above(path))


def _is_git(part: bytes) -> bool:
    name = part.decode(errors="replace")
    plain = unicodedata.normalize("NFKD", _IGNORED_BY_HFS.sub("", name)).casefold()
    return plain == ".git" or _GIT_ON_NTFS.fullmatch(plain) is not None
