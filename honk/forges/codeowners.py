"""CODEOWNERS: who is asked to review which files. Pure.

docs.github.com/repositories/…/about-code-owners: gitignore's patterns, of which the last that matches decides, and it
may name nobody. Unlike gitignore there is no `!`, no `[ ]` and no `\\#`, and `docs/*` does not reach into folders.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from pathspec import PathSpec

PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""GitHub uses the first of these that exists."""

MOST_SHOWN = 5
WHY = "Their patterns have `!`, `[ ]` or `\\`, which CODEOWNERS does not know."

_COMMENT = re.compile(r"(?:^|\s)#.*")
_SPACES = re.compile(r"(?<!\\)\s+")
_NOT_SUPPORTED = re.compile(r"^!|^/+$|[\[\]]|\\(?! )")


@dataclass(frozen=True)
class Owners:
    """Whom to ask: logins, and slugs of teams of the repository's own organisation."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeOwners:
    """The rules of a file, in order, and the lines that are not understood: nobody is asked because of them."""

    rules: tuple[tuple[PathSpec[Any], tuple[str, ...]], ...] = ()
    not_understood: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        """A sentence for people about the lines that are not understood; empty when there are none."""
        some = ", ".join(f"`{line}`" for line in self.not_understood[:MOST_SHOWN])
        more = " and others" if len(self.not_understood) > MOST_SHOWN else ""
        return f"Nobody is asked to review because of these lines of CODEOWNERS: {some}{more}. {WHY}" if some else ""

    def of(self, paths: Iterable[str], organisation: str) -> Owners:
        """Who owns any of these paths, each once. E-mail addresses are left out: reviewers are asked by login."""
        named: dict[str, None] = {}
        for path in paths:
            found = next((names for spec, names in reversed(self.rules) if spec.match_file(path)), ())
            named |= dict.fromkeys(found)
        bare = [name[1:] for name in named if name.startswith("@")]
        teams = (name.partition("/")[::2] for name in bare if "/" in name)
        return Owners(
            users=tuple(name for name in bare if "/" not in name),
            teams=tuple(slug for org, slug in teams if org.lower() == organisation.lower()),
        )


def find(paths: Collection[str]) -> str:
    """The path of the CODEOWNERS file among `paths`; empty when there is none."""
    return next((path for path in PATHS if path in paths), "")


def parse(text: str) -> CodeOwners:
    """Read a CODEOWNERS file."""
    rules, not_understood = [], []
    for line in text.splitlines():
        pattern, *names = _SPACES.split(_COMMENT.sub("", line).strip())
        if not pattern:
            continue
        if _NOT_SUPPORTED.search(pattern):
            not_understood.append(line.strip())
            continue
        # the exception keeps `docs/*` from matching what lies in folders of docs
        lines = [pattern, f"!{pattern}/**"] if pattern.endswith("/*") else [pattern]
        try:
            rules.append((PathSpec.from_lines("gitignore", lines), tuple(names)))
        except ValueError:
            not_understood.append(line.strip())
    return CodeOwners(tuple(rules), tuple(not_understood))
