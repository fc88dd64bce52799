"""Which new assertion stands for which old one."""

from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.pairs import likeness

MAX_PAIRS = 120
"""So many of each side are coupled; those beyond count as removed and as new."""


def _key(each: Assertion) -> tuple[object, ...]:
    return (each.relation, each.subject, each.expected, each.margin, each.negated, each.either)


def differences(old: tuple[Assertion, ...], new: tuple[Assertion, ...]) -> tuple[list[Assertion], list[Assertion]]:
    """Those that only `old` has, and those that only `new` has."""
    left = list(new)
    lost = []
    for each in old:
        same = next((other for other in left if _key(other) == _key(each)), None)
        if same is None:
            lost.append(each)
        else:
            left.remove(same)
    return lost, left


def coupled(
    lost: list[Assertion], come: list[Assertion]
) -> tuple[list[tuple[Assertion, Assertion]], list[Assertion], list[Assertion]]:
    """Which new assertion stands for which old one: by likeness of subject and expected value, then by order."""
    lost_beyond, come_beyond = lost[MAX_PAIRS:], come[MAX_PAIRS:]
    lost, come = lost[:MAX_PAIRS], come[:MAX_PAIRS]
    scored = sorted(
        (
            (
                likeness(was.subject, now.subject)
                + 0.7 * likeness(was.expected, now.expected)
                + 0.3 * (was.relation == now.relation)
                - 0.02 * abs(a - b),
                -a,
                -b,
            )
            for a, was in enumerate(lost)
            for b, now in enumerate(come)
        ),
        reverse=True,
    )
    couples: dict[int, int] = {}
    for score, a, b in scored:
        lonely = len(lost) == 1 and len(come) == 1
        if (score >= 0.6 or lonely) and -a not in couples and -b not in couples.values():
            couples[-a] = -b
    return (
        [(lost[a], come[b]) for a, b in sorted(couples.items())],
        [*(each for at, each in enumerate(lost) if at not in couples), *lost_beyond],
        [*(each for at, each in enumerate(come) if at not in couples.values()), *come_beyond],
    )
