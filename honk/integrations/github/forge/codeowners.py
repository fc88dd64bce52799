"""CODEOWNERS: who is asked to look at which files. Pure.

Facts: docs.github.com/repositories/…/about-code-owners. The last pattern that matches decides, and may name nobody.
Unlike .gitignore there is no `!`, no `[ ]` and no `\\#`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""The first of these that exists is the one."""

LARGEST = 3_000_000
"""Bytes above which GitHub does not load it."""


@dataclass(frozen=True)
class Rule:
    """A line: which paths, and whose (`@user`, `@org/team`, addresses)."""

    pattern: re.Pattern[str]
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Owners:
    """Whom to ask: logins, and slugs of teams of the repository's own organisation."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


def parse(text: str) -> tuple[Rule, ...]:
    """The rules, in order. A line that is not understood is skipped, as GitHub does."""
    rules = []
    for line in text.splitlines():
        words = re.sub(r"(^|\s)#.*", "", line).replace("\\ ", "\0").split()
        if not words or words[0].startswith("!") or re.search(r"[\[\]]", words[0]):
            continue
        rules.append(Rule(_pattern(words[0].replace("\0", " ")), tuple(words[1:])))
    return tuple(rules)


def of(rules: Sequence[Rule], paths: Iterable[str], organisation: str) -> Owners:
    """Who owns any of these paths, each once. Addresses are nobody that can be asked by name."""
    named: dict[str, None] = {}
    for path in paths:
        matching = next((rule for rule in reversed(rules) if rule.pattern.match(path)), None)
        named |= dict.fromkeys(matching.owners if matching else ())
    bare = [name[1:] for name in named if name.startswith("@")]
    teams = (name.partition("/")[::2] for name in bare if "/" in name)
    return Owners(
        users=tuple(name for name in bare if "/" not in name),
        teams=tuple(slug for org, slug in teams if org.lower() == organisation.lower()),
    )


def _pattern(glob: str) -> re.Pattern[str]:
    """A gitignore-like glob as what matches the paths of files."""
    anchored = "/" in glob.rstrip("/")
    body = glob.strip("/")
    out = "" if anchored else r"(?:.*/)?"
    for part in re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body):
        out += {"**/": r"(?:.*/)?", "/**": r"/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    if glob.endswith("/"):
        return re.compile(out + r"/.+\Z")
    # `docs/*` means the files directly in there; any other name may also be that of a directory
    return re.compile(out + (r"\Z" if body.endswith("/*") else r"(?:/.+)?\Z"))
