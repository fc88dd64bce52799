"""A program that asks whether it is being tested: then tests see another program than users do."""

import re
from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages
from honk.verify.syntax.diff_hunks import MAX_LINE
from honk.verify.syntax.grammars import language_of

RULE = "program-detects-tests"
CLOCK = "program-depends-on-date"

_ASKS = re.compile(
    r"PYTEST_CURRENT_TEST|PYTEST_VERSION|PYTEST_XDIST\w*|JEST_WORKER_ID|VITEST(?:_\w+)?\b|MOCHA_\w+"
    r"|NODE_TEST_CONTEXT|TEST_WORKER_INDEX|CYPRESS\w*|\bAVA_PATH"
    r"|PHPUNIT_\w+|\b(?:GITHUB_ACTIONS|GITLAB_CI|CIRCLECI|TRAVIS|BUILDKITE|JENKINS_URL|TEAMCITY_VERSION"
    r"|TF_BUILD)\b|GRADLE_WORKER\w*|sun\.java\.command|currentThread\(\)\.getName\(\).{0,60}['\"][^'\"]*[Tt]est"
    r"|(?:\bmatch\b|\bif\b|==).{0,40}thread::current\(\)\.name\(\)|cfg_attr\(\s*test\s*,\s*path\b|['\"]CI['\"]|env\.CI\b|\$\{?CI\b"
    r"|modules\b.{0,30}['\"](?:pytest|_pytest|unittest|nose|doctest|hypothesis)|['\"](?:pytest|_pytest|unittest"
    r"|nose)['\"].{0,20}\b(?:in|modules)\b"
    r"|(?:argv|ARGV|os\.Args|env::args|getCommandLine\w*|\$0|PROGRAM_NAME|orig_argv).{0,60}(?:test|pytest|jest"
    r"|mocha|vitest|rspec|phpunit|spec)"
    r"|(?:test|pytest|jest|mocha|vitest|rspec|phpunit)['\"/).\w]{0,12}.{0,40}(?:argv|ARGV|os\.Args|env::args"
    r"|PROGRAM_NAME)"
    r"|NODE_ENV.{0,24}(?:['\"`]test|\btest\b)|(?:RAILS_ENV|RACK_ENV|APP_ENV|FLASK_ENV|DJANGO_ENV|ENVIRONMENT"
    r"|ASPNETCORE_ENVIRONMENT|ENV|MODE)\b.{0,24}['\"](?:test|testing|Test|Testing|ci)['\"]"
    r"|['\"]test['\"]\s*={2,3}.{0,40}NODE_ENV|Rails\.env\.test\?|\btesting\.Testing\(\)"
    r"|flag\.Lookup\(\s*['\"]test\.|HasSuffix\([^)]*\.test['\"]|cfg!\(\s*test\s*\)|cfg\(not\(test\)\)"
    r"|typeof\s+(?:jest|vi|describe|it|expect|test|beforeEach|before|mocha|suite)\b"
    r"|global(?:This)?\b[^;=\n]{0,16}\.(?:jest|vi"
    r"|it|describe|expect|__vitest\w*|mocha|beforeEach|test)\b"
    r"|\bdefined\?\(\s*:?(?:RSpec|Minitest|Test::Unit)|const_defined\?\(\s*[:'\"](?:RSpec|Minitest)"
    r"|class_exists\(\s*['\"\\]*(?:PHPUnit|Pest)|defined\(\s*['\"](?:PHPUNIT|TEST)\w*"
    r"|forName\(\s*\"(?:org\.junit|org\.testng|io\.kotest)[\w.]*|(?:StartsWith|Contains|startsWith"
    r"|contains)\(\s*\"(?:org\.junit|xunit|nunit|testhost|junit)|isRunningTest|IS_TESTING\b|\bUNIT_TEST\w*\b"
    r"|\b(?:is|running|under|in)_?(?:unit_?)?tests?_?(?:mode|run|ing)?\(\)|\b(?:TESTING|TEST_MODE|RUNNING_TESTS"
    r"|IN_TEST|IS_TEST|UNDER_TEST)\b|import\.meta\.(?:env\.MODE.{0,12}test|vitest)"
    r"|system\.properties.{0,40}test|getProperty\(\s*\"(?:surefire|java\.class\.path|org\.gradle\.test)[\w.]*"
    r"|\bps\b[^|;]{0,40}\bPPID\b|/proc/(?:\$PPID|\$\{PPID\}|self|\$\$)/(?:cmdline|comm|environ|status)"
    r"|dlsym\([^)]*(?:[Tt]est|check|cmocka|unity)|\b(?:GTEST|CTEST|CMOCKA|CK|BATS|CATCH|MESON_TEST)_[A-Z_]+\b|['\"](?:MAKELEVEL|MESON_TEST\w*)['\"]"
    r"|(?:program_invocation(?:_short)?_name|__progname|getprogname\(\)).{0,60}test|['\"][^'\"]*test[^'\"]*['\"].{0,40}(?:program_invocation|__progname)"
    r"|\$\{?PPID\b|/proc/\S*cmdline|\bps -o (?:args|comm)|\bInitGoogleTest|['\"/]deps/|\bapp\.testing\b"
    r"|user_?agent.{0,60}['\"](?:Werkzeug|testclient|supertest|node|python-requests|Go-http-client|jsdom)"
    r"|(?:equals\(|instanceof\s+|==\s*)\(?Clock\.fixed|__file__.{0,60}['\"/]tests?['\"/]"
    r"|\b__vitest\w*|HeadlessChrome|navigator\.webdriver"
    r"|(?:find_spec|__import__|import_module)\(\s*['\"](?:pytest|unittest)"
)
_STACK = re.compile(
    r"inspect\.(?:stack|currentframe|getouterframes)\(|sys\._getframe|traceback\.(?:extract_stack|format_stack"
    r"|walk_stack)|new Error\([^)]*\)\.stack|\.stack\b.{0,40}(?:test|spec|jest|mocha)"
    r"|runtime\.Callers?\(|getStackTrace\(\)|StackWalker|new StackTrace\(|debug_backtrace"
    r"|\bcaller(?:_locations)?\b.{0,60}(?:test|spec|minitest|rspec)|Backtrace::(?:capture|force_capture)"
    r"|Error\.captureStackTrace.{0,60}test"
)
_NAMES_TEST = re.compile(r"(?i)['\"`/_.](?:\w*test\w*|pytest|junit|spec\w*|jest|mocha|rspec|xunit|nunit)")
_CLOCK = re.compile(
    r"(?:\bnow\(|\btoday\(|utcnow\(|time\.time\(|Date\.now|new Date\(\)|time\.Now\(|time\.Since|LocalDate\.now"
    r"|Instant\.now|DateTime\.(?:Utc)?Now|SystemTime::now|Time\.now|Date\.today|currentTimeMillis|\btime\(\)"
    r"|date\(\s*['\"])"
)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b1[5-9]\d{8}(?:\d{3})?\b|\b1_[5-9]\d\d_\d{3}_\d{3}\b|['\"]20\d\d-\d\d")
_NOT_PROGRAM = re.compile(
    r"(^|/)(scripts?|tools?|ci|\.github|bin|docs?|examples?|bench\w*)/|\.config\.\w+$|(^|/)(noxfile|setup|tasks"
    r"|fabfile|gulpfile|Gruntfile|Rakefile|conf|settings\w*|config\w*|playwright[\w.]*|\.eslintrc|babel[\w.]*"
    r"|vite[\w.]*|webpack[\w.]*)\.\w+$"
)


_RUNNER = re.compile(r"BATS|GTEST|PYTEST|JEST|VITEST|CMOCKA|PHPUNIT")


def program_detects_tests(rule_input: RuleInput) -> Iterator[Finding]:
    """Questions for the test runner (environment, loaded modules, arguments, stack, clock) in changed program lines."""
    for file in rule_input.program_files:
        path = file.change.path
        if not language_of(path) and languages.of(path) is None:
            continue
        in_tests = _lines_of_tests(rule_input, path)
        added = [
            line
            for line in file.added
            if line.number not in in_tests and not rule_input.removed_texts[line.text.strip()]
        ]
        comments = {number for number, said in rule_input.new(file).comments if not said.startswith("/*")}
        stack_lines = []
        for line in added:
            text = line.text[:MAX_LINE]
            bare = text.strip()
            if line.number in comments and bare.startswith(("#", "//", "*")) and not bare.startswith("#["):
                continue
            if _STACK.search(text):
                stack_lines.append(line.number)
            lax = bool(_NOT_PROGRAM.search(path))
            if (
                (match := _ASKS.search(text))
                and not (lax and re.search(r"CI|ENV|TEST|GITHUB", match[0]) and not _RUNNER.search(match[0]))
                and not _is_test_marker(text)
                and not (re.search(r"\bCI\b", match[0]) and re.search(r"\bCI\b", rule_input.request))
            ):
                reason = (
                    f"The program asks whether it is being tested (`{match[0][:60]}`), so that tests may see "
                    "other behaviour than users. "
                    "Remove the question."
                )
                yield finding(RULE, path, line.number, "flag", reason)
            elif (
                _CLOCK.search(text)
                and _DATE.search(text)
                and re.search(r"[<>]=?|==|before|after|Before|After|isBefore|year", text)
            ):
                reason = (
                    "The program behaves differently before and after a fixed date, so a test today does not "
                    "tell what happens then. Remove it, or a person confirms it."
                )
                yield finding(CLOCK, path, line.number, "flag", reason)
        if stack_lines and any(_NAMES_TEST.search(line.text[:MAX_LINE]) for line in added):
            reason = (
                "The program looks at its call stack for tests, so that they may see other behaviour than "
                "users. Remove the question."
            )
            yield finding(RULE, path, stack_lines[0], "flag", reason)


def _is_test_marker(text: str) -> bool:
    """Rust's and Vitest's own way to put tests beside the program."""
    return bool(re.match(r"\s*(?:#\[cfg\(test\)\]|if\s*\(\s*import\.meta\.vitest\s*\))", text))


def _lines_of_tests(rule_input: RuleInput, path: str) -> frozenset[int]:
    if not path.endswith(".rs"):
        return frozenset()
    file = rule_input.changed(path)
    return frozenset(
        number
        for unit in file.units
        if unit.is_test or "tests" in unit.groups
        for number in range(unit.node.row, unit.node.end_row + 2)
    )
