"""Whether an assertion says less than the one that it replaces."""

import re

from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.grammars import Tokens, is_literal

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


def is_weaker(was: Assertion, now: Assertion) -> bool:
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


def covered_by_several(was: Assertion, now: list[Assertion]) -> bool:
    """Whether several assertions together still name every literal that one named before."""
    if len(now) < 2:
        return False
    wanted = {token for token in was.expected if is_literal(token)}
    given = {token for each in now for token in (*each.expected, *each.subject)}
    return bool(wanted) and wanted <= given and all(each.strength and each.strength >= 5 for each in now)


def is_normalised(was: Assertion, now: Assertion) -> bool:
    """Whether the subject is now a part or a simplified form of the former subject."""
    if was.expected[:1] == ("[",) and now.expected[:1] == ("{",) and set(was.expected[1:-1]) == set(now.expected[1:-1]):
        return True  # a list compared as a set
    if _counts(now) and not _counts(was) and was.subject == now.subject and len(was.expected) > 1:
        return True
    if _both_wrapped(was, now):
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


def _both_wrapped(was: Assertion, now: Assertion) -> bool:
    """Whether both sides now go through the same function."""
    names = [name for name, after in zip(now.all, now.all[1:], strict=False) if after == "(" and name not in was.all]
    common = (set(was.subject) | set(was.expected)) <= set(now.all)
    return common and any(names.count(name) >= 2 and name[:1].isalpha() for name in names)


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


def is_wider(was: Assertion, now: Assertion) -> bool:
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


def is_circular(was: Assertion, now: Assertion) -> bool:
    """Whether the expected value is now made by the function that is tested."""
    called = {a for a, b in zip(now.subject, now.subject[1:], strict=False) if b == "(" and a[:1].isalpha()}
    before = {a for a, b in zip(was.expected, was.expected[1:], strict=False) if b == "("}
    expected = {a for a, b in zip(now.expected, now.expected[1:], strict=False) if b == "("}
    return bool(
        called & expected - before - _NORMALISERS - {"len", "sorted", "Ok", "Some", "Err", "new", "list", "dict"}
    )
