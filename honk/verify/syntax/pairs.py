"""Which test or function of the base became which one of the change: by name, then by content."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from honk.verify.syntax.grammars import Tokens
from honk.verify.syntax.units import Unit

ALIKE = 0.6
"""From this share of common tokens on, two units of other names are taken for the same one."""

MAX_COMPARED = 400
"""At most so many units of each side are compared by content."""


@dataclass(frozen=True)
class Placed:
    """A unit and the path of its file."""

    path: str
    unit: Unit


@dataclass(frozen=True)
class UnitPair:
    """A unit of the base and what became of it."""

    old: Placed
    new: Placed | None

    @property
    def changed(self) -> bool:
        """Whether the new unit or its annotations differ from the old ones; a deleted unit is no changed one."""
        if self.new is None:
            return False
        one, other = self.old.unit, self.new.unit
        return one.tokens != other.tokens or one.marks != other.marks


def likeness(one: Tokens, other: Tokens) -> float:
    """The share of tokens that both have, from 0 to 1."""
    if not one or not other:
        return float(one == other)
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other))


def pair(
    old: Iterable[Placed], new: Iterable[Placed], renamed: Mapping[str, str]
) -> tuple[list[UnitPair], list[Placed]]:
    """Each old unit with its new one, and the units that are new. `renamed` leads from a file's old path to the new."""
    left, right = list(old), list(new)
    found: dict[int, Placed] = {}
    taken: set[int] = set()
    keys = (
        lambda each, was: (renamed.get(each.path, each.path) if was else each.path, each.unit.full_name),
        lambda each, was: (renamed.get(each.path, each.path) if was else each.path, each.unit.name),
        lambda each, was: ("", each.unit.full_name),
        lambda each, was: ("", each.unit.name),
    )
    for key in keys:
        open_ones: dict[tuple[str, str], list[int]] = {}
        for at, each in enumerate(right):
            if at not in taken:
                open_ones.setdefault(key(each, False), []).append(at)
        for at, each in enumerate(left):
            if at in found or not each.unit.name:
                continue
            candidates = [c for c in open_ones.get(key(each, True), []) if c not in taken]
            if candidates:
                best = max(candidates, key=lambda c: likeness(each.unit.tokens, right[c].unit.tokens))
                found[at] = right[best]
                taken.add(best)
    _by_content(left, right, found, taken)
    pairs = [UnitPair(each, found.get(at)) for at, each in enumerate(left)]
    return pairs, [each for at, each in enumerate(right) if at not in taken]


def _by_content(left: list[Placed], right: list[Placed], found: dict[int, Placed], taken: set[int]) -> None:
    here = [at for at in range(len(left)) if at not in found][:MAX_COMPARED]
    there = [at for at in range(len(right)) if at not in taken][:MAX_COMPARED]
    scored = sorted(
        ((likeness(left[a].unit.tokens, right[b].unit.tokens), -a, -b) for a in here for b in there), reverse=True
    )
    for score, a, b in scored:
        if score < ALIKE:
            break
        if -a not in found and -b not in taken:
            found[-a] = right[-b]
            taken.add(-b)
