"""What tests look like, language by language: data for the rules about tests.

Patterns are searched in one line of bounded length at a time.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Language:
    """`define` finds a test's first line, its last group that matched being the name; with `marker` only below a line
    that it matches. `off` disables a test, `sometimes` does so under a condition, `alone` runs only this one."""

    name: str
    suffixes: tuple[str, ...]
    files: re.Pattern[str]
    define: re.Pattern[str]
    off: re.Pattern[str]
    check: re.Pattern[str]
    comment: str = "//"
    marker: re.Pattern[str] | None = None
    sometimes: re.Pattern[str] = _NEVER
    alone: re.Pattern[str] = _NEVER


_SCRIPT_CALL = r"(?:it|test|specify|describe|context|suite)"
_C_CHECK = re.compile(r"\bassert\w*\s*[(.!]|\bverify\(|\bexpect\w*\(|\bfail\(|Assert\.|XCTAssert|XCTFail|->assert")

LANGUAGES: tuple[Language, ...] = (
    Language(
        "Python",
        (".py",),
        re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests)\.py$"),
        re.compile(r"^\s*(?:async\s+)?def\s+(test\w*)\s*\("),
        re.compile(
            r"^\s*@(?:\w+\.)*(?:skip|xfail)\b(?!\(.*condition=)|^\s*@(?:unittest\.)?expectedFailure"
            r"|\b(?:pytest|unittest)\.(?:skip|xfail)\(|\bself\.skipTest\(|\braise\s+(?:unittest\.)?SkipTest"
            r"|\bpytestmark\s*=.*\b(?:skip|xfail)\b(?!if)|\bmark\.(?:skip|xfail)\b|\b__test__\s*=\s*False"
            r"|\bcollect_ignore(?:_glob)?\b|\bskip[iI]f\(\s*(?:True|1)\b|\bskipUnless\(\s*(?:False|0)\b"
            r"|^\s*if\s+(?:False|0|not True)\s*:"
        ),
        re.compile(
            r"^\s*(?:assert\b|(?:async )?with\s+(?:pytest\.raises|self\.assert)|self\.(?:assert\w+|fail)\()"
            r"|\bpytest\.fail\(|\bassert_\w+\(|\.assert\w*\("
        ),
        comment="#",
        sometimes=re.compile(r"\bskip[iI]f\b|\bskipUnless\b|\bimportorskip\(|xfail\(.*condition="),
    ),
    Language(
        "JavaScript",
        (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts"),
        re.compile(r"\.(test|spec|e2e|cy)\.[cm]?[jt]sx?$|(^|/)(__tests__|tests?|spec|e2e)/(.*/)?[^/]*\.[cm]?[jt]sx?$"),
        re.compile(r"^\s*(?:it|test|specify|xit|xtest|fit|Deno\.test)\b[^'\"`]{0,200}(['\"`])(.+?)\1"),
        re.compile(
            rf"\b{_SCRIPT_CALL}\.(?:\w+\.)?(?:skip|todo|fixme|fails|failing)\b|\b(?:xit|xdescribe|xtest|xcontext)\s*[(.]"
            r"|\bthis\.skip\(|\bt\.skip\(|\{\s*(?:skip|todo):\s*(?:true|['\"])|^\s*if\s*\(\s*(?:false|0)\s*\)"
        ),
        re.compile(r"\bexpect\s*\(|\bassert\w*\s*[.(]|\.should\b|\bt\.(?:is|equal|deepEqual|true|false|ok|throws)\("),
        sometimes=re.compile(r"\.(?:skipIf|runIf)\("),
        alone=re.compile(rf"\b{_SCRIPT_CALL}\.only\b|\b(?:fit|fdescribe|fcontext)\s*\(|\{{\s*only:\s*true"),
    ),
    Language(
        "Go",
        (".go",),
        re.compile(r"_test\.go$"),
        re.compile(r"^func\s+((?:Test|Fuzz|Example)\w*)\s*\("),
        re.compile(r"\bt\.Skip(?:f|Now)?\(|^//\s*(?:go:build|\+build)\s+ignore|^\s*if\s+false\s*\{"),
        re.compile(r"\bt\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require)\.\w+\("),
        sometimes=re.compile(r"^//\s*(?:go:build|\+build)\b(?!\s+ignore)"),
    ),
    Language(
        "Rust",
        (".rs",),
        re.compile(r"(^|/)tests/.*\.rs$|_test\.rs$|(^|/)tests?\.rs$"),
        re.compile(r"^\s*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)"),
        re.compile(r"#\[ignore\b|#\[cfg\(any\(\)\)\]|^\s*if\s+false\s*\{"),
        re.compile(r"\b(?:debug_)?assert\w*!|\bpanic!"),
        marker=re.compile(r"#\[(?:\w+::)*test\b|#\[rstest"),
    ),
    Language(
        "JVM",
        (".java", ".kt", ".scala", ".groovy"),
        re.compile(
            r"(^|/)src/(test|androidTest|integrationTest)/"
            r"|^(?!(.*/)?src/(main|testFixtures|jmh)/).*(Test|Tests|IT|Spec)\.(java|kt|scala|groovy)$"
        ),
        re.compile(r"^\s*(?:(?:public|private|protected|internal|suspend)\s+)*(?:void|fun)\s+`?([\w ]+)`?\s*\("),
        re.compile(
            r"@(?:[\w.]+\.)?(?:Disabled|Ignore)\b(?!\w)|enabled\s*=\s*false|assumeTrue\(\s*false|^\s*if\s*\(\s*false\s*\)"
        ),
        _C_CHECK,
        marker=re.compile(r"@(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest)\b"),
        sometimes=re.compile(r"@(?:[\w.]+\.)?(?:Disabled|Enabled)(?:If|On)\w+|\bassume(?:True|False|That)\("),
    ),
    Language(
        "Ruby",
        (".rb",),
        re.compile(r"(_spec|_test)\.rb$|(^|/)test_[^/]*\.rb$"),
        re.compile(r"^\s*(?:def\s+(test_\w+)|(?:it|test|specify|scenario)\s+(['\"])(.+?)\2)"),
        re.compile(
            r"^\s*(?:xit|xdescribe|xcontext|xspecify|pending|skip)\b|^\s*private\s+def\s+test_|,\s*(?:skip|pending):\s*(?:true|['\"])"
        ),
        re.compile(r"\bexpect\b|\bassert\w*\b|\brefute\w*\b|\.should\b|\.must_"),
        comment="#",
        alone=re.compile(r"^\s*(?:fit|fdescribe|fcontext)\b|,\s*(?:focus:\s*true|:focus)"),
    ),
    Language(
        "C#",
        (".cs",),
        re.compile(r"(Test|Tests|Spec)\.cs$|(^|/)[\w.]*Tests?/"),
        re.compile(r"^\s*public\s+(?:async\s+)?(?:void|Task)\s+(\w+)\s*\("),
        re.compile(r"\bSkip\s*=|\[Ignore\b|Assert\.(?:Ignore|Inconclusive)\("),
        _C_CHECK,
        marker=re.compile(r"\[(?:Fact|Theory|Test|TestCase|TestMethod)\b"),
    ),
    Language(
        "PHP",
        (".php",),
        re.compile(r"Test\.php$"),
        re.compile(r"^\s*(?:public\s+)?function\s+(test\w+)\s*\("),
        re.compile(
            r"markTest(?:Skipped|Incomplete)\(|^\s*(?:final\s+)?(?:private|protected)\s+(?:static\s+)?function\s+test[A-Z_]"
        ),
        _C_CHECK,
    ),
    Language(
        "C",
        (".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".ipp"),
        re.compile(
            r"(^|/)(tests?|unit_?tests?|spec|t)/(.*/)?[^/]*\.(c|h|cc|cpp|cxx|hh|hpp|hxx)$"
            r"|(^|/)(tests?[_-][^/]*|[^/]*[_-]?(tests?|Tests?|spec))\.(c|cc|cpp|cxx)$"
        ),
        re.compile(
            r"^\s*(?:static\s+)?(?:void|int|bool|enum\s+\w+|MunitResult)\s+(\w*[Tt]est\w*)\s*\("
            r"|^\s*[A-Z_]*TEST[A-Z_]*\(\s*\"?([^)\"]+)|^\s*START_TEST\((\w+)"
        ),
        re.compile(
            r"\bDISABLED_\w+|\bGTEST_SKIP\b|\b(?:ct|cr_|munit_|ck_)?skip(?:_test|_testsuite)?\(|\bTEST_IGNORE\w*|\bMUNIT_SKIP\b"
            r"|^\s*#\s*if\s+0\b|\[!(?:mayfail|shouldfail|benchmark)\]|\[\.\w*\]|^\s*if\s*\(\s*(?:false|0)\s*\)"
            r"|\bALLOW_UNINSTANTIATED|\.disabled\s*=\s*(?:true|1)|doctest::(?:skip|may_fail)|\bexpected_failures\b"
        ),
        re.compile(r"\b\w*(?:assert|ASSERT|EXPECT|CHECK|REQUIRE|fail_unless|fail_if)\w*\s*\("),
    ),
    Language(
        "Swift",
        (".swift",),
        re.compile(r"Tests?\.swift$"),
        re.compile(r"^\s*func\s+(test\w+)\s*\("),
        re.compile(r"\bXCTSkip\b|@Test\(\.disabled"),
        _C_CHECK,
    ),
    Language(
        "Shell",
        (".sh", ".bash", ".bats"),
        re.compile(
            r"\.bats$|(^|/)(?:tests?|spec|t|__tests__)/(.*/)?[^/]*\.(?:sh|bash)$"
            r"|(^|/)tests?[_-][^/]*\.(?:sh|bash)$|[_-]tests?\.(?:sh|bash)$"
        ),
        re.compile(r"^\s*(?:function\s+)?(test\w*)\s*\(\)|^@test\s+(['\"])(.+?)\2"),
        re.compile(
            r"(?:^|[;&|{]|\bthen)\s*skip\b|^\s*(?:startSkipping\b|exit 0\b|return 0\b)"
            r"|^\s*if\s+(?:false|:)\s*;|^\s*bats_skip\b"
        ),
        re.compile(r"^\s*(?:\[{1,2}\s|\w*(?:assert|refute|check|expect)\w*\s|diff\s|cmp\s|!?\s*grep\s|test\s)"),
        comment="#",
    ),
)

_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}


def of(path: str) -> Language | None:
    """The language by the file's name."""
    return _BY_SUFFIX.get(PurePosixPath(path).suffix)


def is_test(path: str) -> bool:
    """Whether the usual runner of the file's language takes it for a file of tests."""
    language = of(path)
    return bool(language and language.files.search(path))


_SUPPORT = re.compile(
    r"(^|/)(conftest\.py|(jest|vitest|test|mocha)[.-]?(setup|global|env)[\w.-]*|setup[-_.]?([tT]ests?|jest|vitest"
    r"|files?)[\w.-]*"
    r"|globalSetup\.\w+|(spec|rails|test)_helper\.rb|__mocks__/.+|[\w]*helpers?_test\.go|(lib/)?(test_?)?(assert|helpers?)(_helper)?\.(ba)?sh)$|(^|/)(tests?|spec"
    r"|__tests__)/.*\.(py|[cm]?[jt]sx?|rb|php)$"
)


def is_test_support(path: str) -> bool:
    """Whether the file is code that tests load: fixtures, set-up files, helpers beside them."""
    return bool(_SUPPORT.search(path))


def is_supporting(path: str) -> bool:
    """Whether the file is on the tests' side of the project: fixtures, helpers, snapshots, examples, documentation."""
    folders = re.search(r"(^|/)(tests?|__tests__|spec|fixtures?|testdata|__snapshots__|examples?|docs?)/", path)
    return is_test(path) or bool(folders) or path.endswith((".md", ".rst", "conftest.py"))
