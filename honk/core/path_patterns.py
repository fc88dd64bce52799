"""Path patterns as in `.gitignore`, matched by pathspec, but read strictly: a pattern that protects must not fail open.

gitignore ignores what it does not understand (`infra/[ab.tf`, `# infra`, `/`), and reads some things in another way
than their author meant them (`{a,b}`, `infra\\a.tf`, `**.tf`). Here each of them is refused, with the reason.
https://git-scm.com/docs/gitignore#_pattern_format
"""

import re
import unicodedata
import warnings
from collections.abc import Iterable
from functools import lru_cache

from pathspec import GitIgnoreSpec

_BRACKETS = re.compile(r"\[[!^]?[^\[\]/\\!^&|~]+\]")
"""A bracket expression that git, pathspec and Python's `re` read alike: no classes (`[[:alpha:]]`), no `&&`."""

_ESCAPED_BRACKET = re.compile(r"\\[\[\]]")
_ALTERNATIVES = re.compile(r"\{[^{}]*,[^{}]*\}|[@+?*!]\([^()]*\|[^()]*\)")
_ELSEWHERE = re.compile(r"~|[A-Za-z]:|[A-Za-z][\w+.-]*://")


def refusal(pattern: str) -> str:
    """Why `pattern` is not understood, as the end of a sentence about it; empty when it is."""
    if not pattern.strip():
        return "is empty"
    if not pattern.isprintable():
        return "holds a character that cannot be seen"
    if pattern != pattern.strip():
        return "begins or ends with a space"
    if pattern.startswith("!"):
        return "is an exception (`!`), and there are none here; list what is meant instead"
    if pattern.startswith("#"):
        return "is a comment (`#`) in gitignore's syntax; write `[#]` for the character"
    if _ELSEWHERE.match(pattern):
        return "leads out of the repository; patterns are relative to its top folder"
    return _refused_wildcards(pattern) or _refused_segments(pattern)


def normalized(pattern: str) -> str:
    """The same pattern without `./` and `//`, and such that what protects the content of a folder (`infra/`,
    `infra/**`) also protects what takes the folder's place: a file, a link, a submodule."""
    segments = _segments(pattern)
    anchored = pattern.startswith(("/", "./")) or len(segments) > 1
    while segments[-1:] == ["**"]:
        segments.pop()
    if not segments:
        return "**"
    return unicodedata.normalize("NFC", ("/" if anchored else "") + "/".join(segments))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether `path`, or a folder that it lies in, matches one of `patterns`. Raises ValueError for a refused one.

    A pattern without a slash matches a name at any depth; one with a slash is relative to the top folder.
    """
    return _matches(_compiled(tuple(patterns)), path)


def unmatched(patterns: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    """Those of `patterns` that match none of `paths`. Raises ValueError for a refused one."""
    present = tuple(paths)
    return tuple(each for each in dict.fromkeys(patterns) if not any(matches(path, (each,)) for path in present))


def listed(text: str) -> tuple[str, ...]:
    """The patterns in `text`, which are separated by white space."""
    return tuple(text.split())


def _matches(spec: GitIgnoreSpec, path: str) -> bool:
    if not path.isascii():
        path = unicodedata.normalize("NFC", path)
    return spec.match_file(path.replace("\n", "?"))  # pathspec's `**` does not match a line feed


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    for pattern in patterns:
        if why := refusal(pattern):
            raise ValueError(f"{pattern!r} {why}")
    return _spec(patterns)


def _spec(patterns: Iterable[str]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines([normalized(pattern) for pattern in patterns], backend="simple")


def _segments(pattern: str) -> list[str]:
    return [segment for segment in pattern.split("/") if segment not in ("", ".")]


def _refused_wildcards(pattern: str) -> str:
    plain = _ESCAPED_BRACKET.sub("", pattern)
    if "\\" in plain:
        return "holds a backslash; folders are separated by `/`"
    if _ALTERNATIVES.search(plain):
        return "lists alternatives; write one pattern for each"
    expressions = _BRACKETS.findall(plain)
    if set(_BRACKETS.sub("", plain)) & set("[]") or any("--" in expression for expression in expressions):
        return "holds a bracket without its counterpart, or one that cannot be read (`\\[` is the character)"
    return ""


def _refused_segments(pattern: str) -> str:
    segments = _segments(pattern)
    if not segments:
        return "is the whole repository; write `**` for it"
    if ".." in segments:
        return "leads out of the repository or back (`..`)"
    if any("**" in segment and segment != "**" for segment in segments):
        return "holds a `**` that is not a folder's whole name; write `**/` before a name"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            (compiled,) = _spec((pattern,)).patterns
    except (ValueError, re.error, FutureWarning):
        return "cannot be read"
    return "" if compiled.include else "matches nothing"
