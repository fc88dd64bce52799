"""What a path or a link in a change may look like. Pure rules over bytes, as git stores them."""

import re
import unicodedata

_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""Code points that some filesystems drop from a name: `.g<U+200C>it` opens `.git` there."""

_GIT_ON_NTFS = re.compile(r"(\.git|git~\d+)[ .]*(:.*)?")
"""`.git. .`, `git~1` and `.git::$INDEX_ALLOCATION` all open `.git` on Windows."""


def disguised(path: bytes) -> bool:
    """Whether a part of `path` is, or is `.git` to some filesystem that the change may be checked out on."""
    return any(_is_git(part) for name in path.split(b"/") for part in name.split(b"\\"))


def leads_outside(link: bytes, target: bytes) -> bool:
    """Whether a symlink at `link` that points to `target` might leave the tree, or reach into a `.git`.

    Only a run of `..` at the start is followed: a link's own directory is a real one, but after the first name there
    may be another link, and `..` behind that leads anywhere.
    """
    if target.startswith(b"/") or not target:
        return True
    parts = [part for part in target.split(b"/") if part not in (b"", b".")]
    up = 0
    while up < len(parts) and parts[up] == b"..":
        up += 1
    return up > link.count(b"/") or b".." in parts[up:] or disguised(target)


def above(path: bytes) -> list[bytes]:
    """The directories that `path` lies in, the outermost first, without the root."""
    parts = path.split(b"/")
    return [b"/".join(parts[:length]) for length in range(1, len(parts))]


def under(path: bytes, places: frozenset[bytes]) -> bool:
    """Whether `path` is one of `places` or below one that ends in a slash."""
    return path in places or any(directory + b"/" in places for directory in above(path))


def _is_git(part: bytes) -> bool:
    name = part.decode(errors="replace")
    plain = unicodedata.normalize("NFKD", _IGNORED_BY_HFS.sub("", name)).casefold()
    return plain == ".git" or _GIT_ON_NTFS.fullmatch(plain) is not None
