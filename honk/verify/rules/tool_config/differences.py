"""The settings that differ between two versions of a file."""

import re
from collections import Counter
from collections.abc import Iterator

from honk.verify.syntax.settings import Settings, Value


def differences(old: Settings, new: Settings) -> Iterator[tuple[str, Value | None, Value | None]]:
    """The settings that differ, as (key, before, after), None for absent. Places in lists make no difference, and
    neither does a setting that was only moved to another section."""
    one, other = _grouped(old), _grouped(new)
    moved_away = Counter((key.rsplit(".", 1)[-1], repr(value)) for key, values in one.items() for value in values)
    moved_here = Counter((key.rsplit(".", 1)[-1], repr(value)) for key, values in other.items() for value in values)
    for key in dict.fromkeys([*one, *other]):
        was, now = list(one.get(key, [])), list(other.get(key, []))
        for value in list(was):
            if value in now:
                was.remove(value)
                now.remove(value)
        for index in range(max(len(was), len(now))):
            before = was[index] if index < len(was) else None
            after = now[index] if index < len(now) else None
            tail = key.rsplit(".", 1)[-1]
            gone = (
                before is not None
                and after is None
                and moved_here[tail, repr(before)] >= moved_away[tail, repr(before)]
            )
            come = (
                after is not None and before is None and moved_away[tail, repr(after)] >= moved_here[tail, repr(after)]
            )
            if not gone and not come:
                yield key, before, after


def _grouped(found: Settings) -> dict[str, list[Value]]:
    grouped: dict[str, list[Value]] = {}
    for key, value in found.items():
        grouped.setdefault(re.sub(r"\[[^\]]*\]", "", key), []).append(value)
    return grouped
