"""Assertion macros of C and C++ under the names of other languages, and C's comparisons of strings."""

import re
from dataclasses import replace

from honk.verify.syntax.assertions.assertion import Assertion, Relation
from honk.verify.syntax.assertions.operands import split_at

_MACRO = re.compile(
    r"(?:ck|cr|cmocka|g|mu|munit|tt)_(?:assert|expect|check)\w*|assert_\w+|fail_(?:if|unless)"
    r"|[A-Z][A-Z0-9_]*(?:ASSERT|EXPECT|CHECK|REQUIRE|WARN)[A-Z0-9_]*|(?:ASSERT|EXPECT|CHECK|REQUIRE)_[A-Z0-9_]+"
)
_LIBRARY = re.compile(r"^(?:ck|cr|cmocka|g|mu|munit|tt|test|cu|cutest|boost|doctest|catch|kunit|utest|iutest|unity)_")
_KINDS = re.compile(
    r"_?(?:u?int\d*|uint|hex\d*|str(?:ing)?|nstr|mem(?:ory)?|ptr|char|size|bool|array|each|message|msg|text|fmt|as|fatal)"
    r"(?=_|eq|ne|lt|le|gt|ge|$)"
)
_FLOATING = re.compile(r"_?(?:float|double|ldouble)")

_COMPARING: dict[str, Relation] = {
    "strcmp": "equal", "memcmp": "equal", "wcscmp": "equal", "strcoll": "equal",
    "strncmp": "part", "strncasecmp": "part", "strcasecmp": "alike", "stricmp": "alike",
}  # fmt: skip
_SEARCHING = frozenset({"strstr", "strchr", "strcasestr", "memmem"})


def standard_name(name: str) -> str:
    """`ck_assert_int_eq` and `TEST_ASSERT_EQUAL_INT_MESSAGE` as `assert_eq` and `assert_equal`; other names as they
    are."""
    if not _MACRO.fullmatch(name):
        return name
    bare = _LIBRARY.sub("", name.lower())
    floating = bool(_FLOATING.search(bare)) or "near" in bare or "within" in bare
    bare = _KINDS.sub("", _FLOATING.sub("", bare)).replace("non_null", "not_null")
    root = re.match(r"assert|expect|check|require|warn|fail", bare)
    rest = bare[root.end() :] if root is not None else ""
    if "throw" in rest or "death" in rest or "exit" in rest:
        return "assert_throws" if "no" not in rest else "assert_ok"
    if floating and re.search(r"eq|near|within|close", rest):
        return "assert_almost_equal"
    return f"assert{rest}"


def string_comparison(found: Assertion) -> Assertion:
    """`strcmp(a, b) == 0` as a comparison of `a` with `b`, `strstr(a, b) != NULL` as `b` being a part of `a`."""
    subject = found.subject[1:] if found.subject[:1] == ("!",) else found.subject
    name = subject[0] if len(subject) > 3 and subject[1] == "(" and subject[-1] == ")" else ""
    given = split_at(subject[2:-1], (",",)) if name else []
    if len(given) < 2:
        return found
    one, other = given[0], given[1]
    if one[0][:1] == '"' and other[0][:1] != '"':
        one, other = other, one
    if name in _COMPARING and found.relation in ("equal", "unequal", "present"):
        same = (found.relation == "equal") != found.negated or (found.relation == "present" and found.negated)
        if found.relation == "equal" and found.expected != ("0",):
            return found
        return replace(
            found, relation=_COMPARING[name] if same else "unequal", subject=one, expected=other, negated=False
        )
    if name in _SEARCHING and found.relation in ("unequal", "present"):
        return replace(found, relation="part", subject=one, expected=other)
    return found
