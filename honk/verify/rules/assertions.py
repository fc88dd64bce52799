"""Assertions of existing tests that say less than before: removed, weaker, always true, or with wider margins."""

import re
from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.assertions import Assertion
from honk.verify.syntax.grammars import Tokens, is_literal
from honk.verify.syntax.pairs import UnitPair, likeness
from honk.verify.syntax.units import Unit

WEAKENED = "assertions-weakened"
TRIVIAL = "assertions-trivial"
REMOVED = "assertions-removed"
NORMALISED = "comparison-normalised"
MARGIN = "tolerance-widened"
ERRORS = "error-widened"

BROAD = re.compile(
    r"^(?:Exception|BaseException|Throwable|Error|StandardError|RuntimeException|RuntimeError|System\.Exception"
    r"|object|any|Any"
    r"|java\.lang\.Exception|\\?Exception|\\?Throwable)$"
)
_NORMALISERS = frozenset(
    [
        "lower",
        "upper",
        "casefold",
        "strip",
        "lstrip",
        "rstrip",
        "trim",
        "trimStart",
        "trimEnd",
        "toLowerCase",
        "toUpperCase",
        "toLower",
        "ToLower",
        "ToUpper",
        "TrimSpace",
        "to_lowercase",
        "to_uppercase",
        "sort",
        "sorted",
        "toSorted",
        "Sort",
        "sort_unstable",
        "set",
        "Set",
        "frozenset",
        "round",
        "floor",
        "ceil",
        "Round",
        "Math",
        "int",
        "str",
        "String",
        "repr",
        "abs",
        "len",
        "length",
        "size",
        "count",
        "keys",
        "Keys",
        "replace",
        "replaceAll",
        "normalize",
        "squeeze",
        "downcase",
        "upcase",
        "bool",
        "Boolean",
        "parseInt",
        "Number",
        "Trim",
        "strtolower",
        "trim",
        "sortBy",
        "sort_by",
        "to_s",
        "to_i",
        "HashSet",
        "Counter",
        "toString",
        "substring",
        "slice",
        "substr",
        "startsWith",
        "first",
        "head",
        "ToLowerInvariant",
        "truncate",
        "uniq",
        "dedup",
        "distinct",
        "toSet",
        "ToHashSet",
        "lowercase",
        "uppercase",
        "strings",
    ]
)
_FLOAT = re.compile(r"\d*\.\d+|\d+\.\d*|\d+e-?\d+", re.I)
MAX_PAIRS = 120


def assertions_weakened(rule_input: RuleInput) -> Iterator[Finding]:
    """What became of each assertion of the tests and helpers that stay."""
    elsewhere = _added_assertions(rule_input)
    for pair in rule_input.test_pairs:
        if pair.new is None or pair.old.unit.tokens == pair.new.unit.tokens:
            continue
        old, new = pair.old.unit, pair.new.unit
        lost, come = _differences(old.assertions, new.assertions)
        if not lost and not come:
            continue
        couples, gone, fresh = _coupled(lost, come)
        for was, now in couples:
            yield from _judged(rule_input, pair, was, now, fresh)
        yield from _removed(rule_input, pair, gone, [now for _, now in couples], fresh, elsewhere)
        for each in fresh:
            if each.trivial:
                yield _trivial(pair.new.path, each)
    for placed in rule_input.new_units:
        for each in placed.unit.assertions:
            if each.trivial:
                yield _trivial(placed.path, each)


def _trivial(path: str, now: Assertion) -> Finding:
    return finding(
        TRIVIAL,
        path,
        now.line,
        "block",
        "This assertion can never fail, so it checks nothing. Assert the real result.",
    )


def _added_assertions(rule_input: RuleInput) -> list[Assertion]:
    """All assertions that the change adds to any test file."""
    found = [each for placed in rule_input.new_units for each in placed.unit.assertions]
    for pair in rule_input.test_pairs:
        if pair.new is not None and pair.old.unit.tokens != pair.new.unit.tokens:
            found.extend(_differences(pair.old.unit.assertions, pair.new.unit.assertions)[1])
    return found


def _key(each: Assertion) -> tuple[object, ...]:
    return (each.relation, each.subject, each.expected, each.margin, each.negated, each.either)


def _differences(old: tuple[Assertion, ...], new: tuple[Assertion, ...]) -> tuple[list[Assertion], list[Assertion]]:
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


def _coupled(
    lost: list[Assertion], come: list[Assertion]
) -> tuple[list[tuple[Assertion, Assertion]], list[Assertion], list[Assertion]]:
    """Which new assertion stands for which old one: by likeness of subject and expected value, then by order."""
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
        [each for at, each in enumerate(lost) if at not in couples],
        [each for at, each in enumerate(come) if at not in couples.values()],
    )


def _judged(
    rule_input: RuleInput, pair: UnitPair, was: Assertion, now: Assertion, fresh: list[Assertion]
) -> Iterator[Finding]:
    assert pair.new is not None
    path = pair.new.path
    if now.trivial and not was.trivial:
        yield _trivial(path, now)
    elif was.relation == "raises" or now.relation == "raises":
        yield from _errors(rule_input, pair, was, now)
    elif _weaker(was, now) and not _covered(was, [now, *fresh]):
        yield finding(
            WEAKENED,
            path,
            now.line,
            "flag",
            f"The test {pair.old.unit.name} now asserts less: `{_short(was.all)}` became `{_short(now.all)}`. "
            "Restore the comparison, or a person confirms it.",
        )
    elif _normalised(was, now):
        yield finding(
            NORMALISED,
            path,
            now.line,
            "flag",
            f"`{_short(now.all)}` compares only a part or a simplified form of what the test {pair.old.unit.name} "
            "compared before. Compare the whole value, or a person confirms it.",
        )
    elif _wider(was, now):
        yield finding(
            MARGIN,
            path,
            now.line,
            "flag",
            f"The test {pair.old.unit.name} now accepts a wider range: `{_short(was.all)}` became `{_short(now.all)}`. "
            "Restore the limit, or a person confirms it.",
        )
    elif _circular(was, now):
        yield finding(
            TRIVIAL,
            path,
            now.line,
            "flag",
            f"The expected value of `{_short(now.all)}` is computed by what is tested, so the test proves nothing. "
            "Write the expected value out.",
        )


def _weaker(was: Assertion, now: Assertion) -> bool:
    if was.relation == now.relation == "called":
        return _calls(now) < _calls(was)
    if was.strength is None or now.strength is None:
        return was.strength is not None and now.relation == "called"
    if now.strength < was.strength:
        float_now_approximate = (
            was.relation == "equal"
            and now.relation == "approx"
            and any(_FLOAT.fullmatch(token) for token in was.expected)
            and (_figure(now.margin) or 0) <= 0.01
        )
        same_boolean = (
            now.relation == "present"
            and was.relation == "equal"
            and was.expected[:1] in (("True",), ("true",), ("False",), ("false",))
            and was.subject == now.subject
            and _python_style(now)
        )
        return not float_now_approximate and not same_boolean
    if was.relation == now.relation == "part" and was.subject == now.subject:
        listed = now.expected[:1] in (("(",), ("[",), ("{",))
        if listed and len(was.expected) < len(now.expected):
            return set(was.expected) <= set(now.expected)
        return not listed and len(now.expected) < len(was.expected) and set(now.expected) <= set(was.expected)
    if was.relation == now.relation == "pattern" and was.subject == now.subject:
        return len("".join(now.expected)) < len("".join(was.expected)) / 2 or ".*" in "".join(now.expected)
    return False


def _calls(each: Assertion) -> int:
    """How much an assertion about calls says: how often, with what, or only that there was one."""
    said = " ".join(each.all).lower()
    return 2 * len(re.findall(r"with|args|once|times|exactly|nth|last|never", said)) + bool(each.expected)


def _python_style(now: Assertion) -> bool:
    return now.all[:1] == ("assert",) and len(now.subject) <= 1


def _covered(was: Assertion, now: list[Assertion]) -> bool:
    """Whether several assertions together still name every literal that one named before."""
    if len(now) < 2:
        return False
    wanted = {token for token in was.expected if is_literal(token)}
    given = {token for each in now for token in (*each.expected, *each.subject)}
    return bool(wanted) and wanted <= given and all(each.strength and each.strength >= 5 for each in now)


def _normalised(was: Assertion, now: Assertion) -> bool:
    """Whether the subject is now a part or a simplified form of the former subject."""
    if was.expected[:1] == ("[",) and now.expected[:1] == ("{",) and set(was.expected[1:-1]) == set(now.expected[1:-1]):
        return True  # a list compared as a set
    if _counts(now) and not _counts(was) and was.subject == now.subject and len(was.expected) > 1:
        return True
    if was.subject == now.subject or not was.subject:
        return False
    if _counts(now) and not _counts(was) and set(now.subject) & set(was.subject) & set(_names(was)):
        return True
    more = list(now.subject)
    for token in was.subject:
        if token in more:
            more.remove(token)
        else:
            return False
    if set(more) & _NORMALISERS and not set(was.subject) & set(more) & _NORMALISERS:
        return True
    part = now.subject[: len(was.subject)] == was.subject and more[:1] in (["["], ["."], ["?."], ["->"])
    return part and was.expected != now.expected and len(was.expected) > 1


def _counts(each: Assertion) -> bool:
    """Whether only the number of elements is looked at."""
    subject = each.subject
    said = " ".join(each.all)
    if re.search(r"(?i)\b(?:Len|toHaveLength|hasSize|have_?length|assertCount|HaveCount|lengthOf|has_size)\b", said):
        return True
    return subject[:1] in (("len",), ("count",)) or bool({"length", "size", "Count", "Length"} & set(subject[-3:]))


def _names(each: Assertion) -> list[str]:
    return [token for token in each.subject if token[:1].isalpha() and token not in ("for", "in", "len")]


def _figure(margin: Tokens) -> float | None:
    found = [float(token) for token in margin if re.fullmatch(r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+", token, re.I)]
    return max(found) if found else None


def _wider(was: Assertion, now: Assertion) -> bool:
    if was.relation == now.relation == "order":
        one, other = _figure(was.expected), _figure(now.expected)
        if one is None or other is None or not now.margin:
            return False
        return other > one if now.margin[0].startswith("<") else other < one
    if now.relation not in ("approx", "equal") or was.relation != now.relation:
        return False
    one, other = _figure(was.margin), _figure(now.margin)
    if other is None:
        return False
    if one is None:
        return now.relation == "approx" and "." in "".join(now.margin) and other >= 0.05
    return other < one if _in_digits(now, one, other) else other > one


def _in_digits(now: Assertion, one: float, other: float) -> bool:
    """Whether the margin counts decimal places, so that fewer are weaker."""
    if "toBeCloseTo" in now.all or {"places", "precision", "decimal", "numDigits"} & set(now.margin):
        return True
    whole = one == int(one) and other == int(other) and max(one, other) < 16
    return whole and not {"abs", "delta", "InDelta", "rel", "approx", "be_within"} & set(now.all)


def _circular(was: Assertion, now: Assertion) -> bool:
    """Whether the expected value is now made by the function that is tested."""
    called = {a for a, b in zip(now.subject, now.subject[1:], strict=False) if b == "(" and a[:1].isalpha()}
    before = {a for a, b in zip(was.expected, was.expected[1:], strict=False) if b == "("}
    expected = {a for a, b in zip(now.expected, now.expected[1:], strict=False) if b == "("}
    return bool(
        called & expected - before - _NORMALISERS - {"len", "sorted", "Ok", "Some", "Err", "new", "list", "dict"}
    )


def _errors(rule_input: RuleInput, pair: UnitPair, was: Assertion, now: Assertion) -> Iterator[Finding]:
    assert pair.new is not None
    unit = pair.new.unit
    gone, come = set(was.expected) - {";"}, set(now.expected) - {";"}
    broader = any(BROAD.match(token) for token in come - gone) and not any(BROAD.match(token) for token in gone)
    fewer = now.relation == "raises" and come < gone
    if now.relation == was.relation == "raises" and not broader and not fewer:
        names = [token for token in now.expected if token[:1].isupper()]
        if (come - gone or gone - come) and not rule_input.explained(gone, come, unit) and (names or come):
            yield finding(
                ERRORS,
                pair.new.path,
                now.line,
                "flag",
                f"The test {unit.name} expects another error than before (`{_short(now.all)}`). "
                "A person must confirm that this error is wanted.",
            )
        return
    if now.relation == was.relation == "raises":
        message = (
            f"The test {unit.name} accepts more errors than before: `{_short(was.all)}` became `{_short(now.all)}`. "
        )
        yield finding(ERRORS, pair.new.path, now.line, "flag", message + "Name the error, or a person confirms it.")
    elif not rule_input.explained(was.expected, now.expected, unit):
        what = "no longer expects an error" if was.relation == "raises" else "now expects an error"
        reason = f"The test {unit.name} {what}: `{_short(now.all)}`. A person must confirm that this is wanted."
        yield finding(ERRORS, pair.new.path, now.line, "flag", reason)


def _removed(
    rule_input: RuleInput,
    pair: UnitPair,
    gone: list[Assertion],
    kept: list[Assertion],
    fresh: list[Assertion],
    elsewhere: list[Assertion],
) -> Iterator[Finding]:
    assert pair.new is not None
    old, new = pair.old.unit, pair.new.unit
    lost = [
        each
        for each in gone
        if not any(_same_claim(each, other) for other in elsewhere)
        and not rule_input.subject_removed(each.subject + each.expected)
        and not _covered(each, [*kept, *fresh])
        and not each.trivial
        and not any(_contained(each, other) for other in (*kept, *fresh))
        and not (each.relation == "present" and any(_stronger(each, other) for other in new.assertions))
    ]
    if not lost or _helper_takes_over(rule_input, old, new):
        return
    if len(fresh) >= len(lost) and all((each.strength or 0) >= 4 for each in fresh) and rule_input.related(new):
        return
    silent = not new.assertions and not new.words & {"fail", "raises"}
    block = silent and new.is_test and not rule_input.related(new)
    count = "One assertion is" if len(lost) == 1 else f"{len(lost)} assertions are"
    yield finding(
        REMOVED,
        pair.new.path,
        new.line,
        "block" if block else "flag",
        f"{count} removed from {new.name or 'this file'} (`{_short(lost[0].all)}`). "
        "Restore or replace what was asserted.",
    )


def _same_claim(was: Assertion, now: Assertion) -> bool:
    if was.expected and was.expected == now.expected and likeness(was.subject, now.subject) >= 0.5:
        return True
    return was.relation == now.relation and likeness(was.all, now.all) >= 0.75


def _contained(was: Assertion, now: Assertion) -> bool:
    """Whether an assertion about one part is now part of one about the whole."""
    whole = set(now.expected)
    part = {token for token in was.expected if is_literal(token)}
    named = [token for token in was.subject if token.isidentifier()][-1:]
    return now.strength is not None and now.strength >= 6 and bool(part) and part <= whole and set(named) <= whole


def _stronger(was: Assertion, now: Assertion) -> bool:
    return (now.strength or 0) > (was.strength or 0) and likeness(was.subject, now.subject) >= 0.4


def _helper_takes_over(rule_input: RuleInput, old: Unit, new: Unit) -> bool:
    """Whether the test now calls a helper that asserts, which it did not call before."""
    called = {
        token
        for token, after in zip(new.tokens, (*new.tokens[1:], ""), strict=False)
        if after == "(" and token not in old.words
    }
    helpers = {placed.unit.name for placed in rule_input.new_units if placed.unit.assertions} | {
        pair.new.unit.name for pair in rule_input.test_pairs if pair.new and pair.new.unit.assertions
    }
    return bool(called & helpers) or any(
        re.match(r"(?i)_?(?:assert|verify|check|expect)_?\w{3,}", name) for name in called & helpers
    )


def _short(part: Tokens) -> str:
    """The tokens as one line of at most 90 characters."""
    joined = re.sub(r"\s*([().,:\[\]{}!;])\s*", r"\1", " ".join(part)).replace(",", ", ")
    return (joined if len(joined) <= 90 else joined[:87] + "…").replace("`", "'")
