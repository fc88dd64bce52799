"""Which programs check a project, and whether one command checks less than another."""

import re
import shlex
from collections.abc import Iterable, Iterator

from honk.verify.syntax.diff_hunks import MAX_LINE

_KINDS = {
    "test":
        r"pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|ava|karma|tape|tap|uvu|jasmine|playwright|cypress"
        r"|rspec|minitest|phpunit|pest|ctest"
    r"|go test|cargo (?:test|nextest)|dotnet test|swift test|bazel test|node --test|deno test|bun test|gotestsum"
    r"|rake (?:test|spec)|rails test"
    r"|(?:mvnw?|gradlew?)\b[^|;&]*\b(?:test|verify|check|build)\w*|honk verify|mix test|coverage run|sbt test"
    r"|behave|cucumber|robot|hypothesis|bats",
    "lint":
        r"ruff|flake8|pylint|pycodestyle|pydocstyle|bandit|eslint|stylelint|biome|oxlint|tslint|standard|xo"
        r"|rubocop|phpstan|psalm|phpcs|golangci-lint|staticcheck"
    r"|go vet|cargo clippy|checkstyle|ktlint|detekt|swiftlint|spotbugs|pmd|shellcheck|hadolint|yamllint"
    r"|markdownlint\w*|semgrep|codeql|trivy|gosec|pip-audit|npm audit|safety|cargo (?:audit|deny)|vulture"
    r"|import-linter|lint-imports|commitlint|actionlint|pre-commit|super-linter|dependency-review|brakeman|credo",
    "type": r"mypy|pyright|pyre|pytype|basedpyright|tsc|vue-tsc|flow|cargo check|sorbet|srb|steep|ty check",
    "format":
        r"black|isort|prettier|gofmt|goimports|gofumpt|cargo fmt|rustfmt|dprint|clang-format|dotnet format"
        r"|spotless\w*|php-cs-fixer|pint|standardrb|autopep8|yapf",
    "build": r"go build|cargo build|dotnet build|swift build|bazel build",
    "coverage": r"coverage(?: report| xml)?|codecov|coveralls|nyc|c8|diff-cover|jacoco\w*|codacy|sonar\w*",
    "script":
        r"(?:npm|pnpm|yarn|bun)(?: run)?(?: -\S+| --\S+)* (?:t|test|lint|build|check|typecheck|type-check|format"
        r"|coverage|ci|verify|validate)(?:[:\w-]*)"
        r"|(?:make|just|task|rake|invoke|poe) (?:-\S+ )*(?:[\w-]+-)?(?:test|lint"
        r"|check|build|ci|verify|coverage|typecheck|fmt|format|all|validate)[\w-]*"
    r"|\./(?:[\w/-]*/)?(?:run[-_])?(?:tests?|checks?|lint|verify)"
    r"|(?:\./|sh |bash )?(?:[\w./-]*/)?(?:run[-_]?)?(?:tests?|checks?|lint|ci|verify"
    r"|validate)(?:[-_]\w+)?\.(?:sh|py|js|mjs|rb)",
}  # fmt: skip
TOOL = re.compile("|".join(rf"(?P<{kind}>(?<![\w@./-])(?:{pattern})(?![\w-]))" for kind, pattern in _KINDS.items()))
"""A program that checks a project."""

_IGNORED = re.compile(
    r"\|\|\s*(?:true\b|:(?:\s|$|\"|')|exit 0|(?:echo|printf)\b|/bin/true|\(exit 0\)|\{?\s*:|test 1|cd \.)"
    r"|;\s*(?:true|exit 0|:|echo\b[^;&|]*)\s*[\"']?\s*$|--exit-zero\b|;\s*exit\s+0|&\s*$"
    r"|\bset \+e\b|\bset \+o (?:errexit|pipefail)|--no-fail\b|--no-failure\b|--force-exclude-nothing"
    r"|\breturnStatus\s*:\s*true|success_codes=|warn=True|\bcheck=False"
    r"|\bif !? ?.*;? ?then [^;]*(?<!exit 1);? ?fi\b(?!.*exit [1-9$])"
    r"|--allow-failure|--suppress-tests-failed|--exit-code[= ]0|--exit-status[= ]0|--issues-exit-code[= ]0"
    r"|--passWithNoTests\b|--pass-with-no-tests\b|--pass-on-no-suites|-DskipTests\b|-Dmaven\.test\.skip"
    r"|-x (?:test|check|lint)\b|--no-verify\b|-DskipITs|--no-error-on-unmatched-pattern|--ignore-failures"
    r"|--continue\b(?=.*gradle)|-fn\b|--fail-never|-Dcheckstyle\.skip|-Dspotbugs\.skip"
    r"|-Dmaven\.test\.failure\.ignore|-fae\b.*failure\.ignore|--dry-run\b|--collect-only\b|--co\b|--listTests"
    r"|--list-tests|--no-bail-never|-n\s+--just-print|\bif ! .*; then (?:true|:|echo)|--setup-only|--setup-plan"
    r"|playwright test[^|;&]*--list\b|vitest list\b|\|\|\s*circleci-agent step halt"
    r"|\bbats[^|;&]*\s(?:--count|-c)\b|--version\b|--help\b|--skip-checks|--warn-only|--soft-fail|--no-exit|--exit-on-none"
)
_LEAVES_OUT = re.compile(
    r"(?<!\S)(?:--deselect\b|--ignore(?:-glob|-path|-pattern)?[= ]\S+|-k[= ]?\s*\S+|-m\s*[\"'\\]*not\b\s*\S*"
    r"|--testPathIgnorePatterns[= ]\S+|--testNamePattern[= ]\S+|--test-name-pattern[= ]\S+|-t\s+\S+"
    r"|--grep[= ]\S+|--pattern[= ]\S+|--example[= ]\S+|-g\s+\S+|--invert\b|--filter[= ]\S+|--exclude[\w-]*[= ]\S+"
    r"|--match[= ]\S+"
    r"|-skip[= ]\S+|--skip[= ]\S+|-run[= ]\S+|-short\b|-Dtest=\S+|--tests\s+\S+|--only[\w-]*\b|--lf\b"
    r"|--last-failed|--ff\b|--changed\S*|--onlyChanged|-o\b(?=.*jest)|--testPathPatterns?[= ]\S+|--no-cov\b"
    r"|--cov-fail-under[= ]0\b|--update-?[sS]napshots?|--updateSnapshot|--snapshot-update"
    r"|--retr(?:y|ies)[= ]\S+|--reruns[= ]\S+|-p[= ]no:\S+|-W[= ]?ignore\S*|--rule[= ]\S+|--disable[= ]\S+"
    r"|--extend-ignore[= ]\S+|--extend-exclude[= ]\S+|--no-strict\S*|--ignore-missing-imports|--ignore-errors"
    r"|--follow-imports[= ]s\S+|--skipLibCheck|--noCheck|--no-config\S*|--no-eslintrc|--allow-warnings|-A\s+\S+"
    r"|--cap-lints\S*"
    r"|--related\b|--findRelatedTests|--shard[= ](?!\$)\S+|--lib\b|--no-run\b|--tag[= ]~?\S+|--exclude-?group[= ]\S+"
    r"|--testsuite[= ]\S+|--group[= ]\S+|--max-failures[= ]\S+|--if-present|-noverify|--isolated\b(?=.*ruff))"
)
_STRICT = re.compile(
    r"(?<!\S)(?:--strict[\w-]*|-W[= ]?error\S*|-Werror\S*|--max-warnings[= ]?0|-race\b|-D[= ]?warnings"
    r"|--deny[- ]\S+|--cov-fail-under[= ]\S+|--fail-under[= ]\S+|--check-coverage|--error-on-warnings?"
    r"|--cov(?:[= ]\S+)?|--coverage\b|--all-targets|--all-features|--workspace|--all\b(?=.*(?:cargo|pre-commit))"
    r"|--all-files|--check\b|--diff\b|--list-different|-l\b(?=.*gofmt)|--noEmit|--no-emit|--verify-no-changes"
    r"|--warnings-as-errors|--fail-on-\S+|--fail-if-\S+|--error-unmatched-pattern|--report-unused-disable-directives|-vet\S*"
    r"|--exit-code\b|--failOnStatusCode|--threshold[= ]\S+|--lines[= ]\d+|--branches[= ]\d+|--functions[= ]\d+"
    r"|--statements[= ]\d+|--disallow\S*|-count=\S+|--warn-unused\S*|--forbid-only|--forbidOnly|--fail-zero)"
    r"|\bset -[a-z]*e[a-z]*(?: -?o? ?pipefail)?"
)
_EMPTY = re.compile(
    r"^[@-]*\s*(?:true|:|exit 0|/bin/true|(?:echo|printf)\b[^&|;`$]*|#.*|python3? -c [\"'](?:print\(|pass"
    r"|import sys; sys\.exit\(0\))[^&|]*|node -e [\"'](?:console\.log|process\.exit\(0\)|0|)[^&|]*|sleep \d+"
    r"|ls\b[^&|;]*|date|\[ 1 \]|test 1.*|cd \S+|)\s*$"
)
_REPEATS = re.compile(
    r"\b(?:for|while|until)\b[^;]*;\s*do\b.*(?:&&\s*break|\|\|\s*sleep)|\buntil\b[^;]*;\s*do\b|\bretry\s+-?\S*\d"
)
_PARALLEL = re.compile(r"(?:npm-run-all|run-[ps]|concurrently)\s+((?:[^&;|\n])+)")
_SPLIT = re.compile(r"&&|\|\||;|\n|\|(?!\|)")
_LIMIT = re.compile(
    r"--(?:cov-fail-under|fail-under|lines|branches|functions|statements|threshold"
    r"|min-coverage)[= ](\d+(?:\.\d+)?)"
)
_WARNINGS = re.compile(r"--max-warnings[= ](\d+)")
_PATH = re.compile(
    r"^\.{1,3}$|^[\w.@*-]*/|^(?:tests?|src|lib|app|spec|packages)\b|^[\w-]+\.(?:py|[cm]?[jt]sx?|go|rb|php)$|^\./"
)


def ignores_failure(text: str) -> bool:
    """Whether the command ignores failing tests or checks, or leaves some out."""
    return bool(_IGNORED.search(text[: 4 * MAX_LINE]) or _LEAVES_OUT.search(text[: 4 * MAX_LINE]))


def checks_nothing(text: str) -> bool:
    """Whether the command does nothing, or only prints something."""
    return bool(_EMPTY.match(text.strip()[:MAX_LINE]))


def tools(text: str) -> dict[str, str]:
    """The checking programs that a command calls, each with its kind (test, lint, type, …)."""
    if re.match(r"\s*[@-]*\s*(?:echo|printf|pip install|npm (?:install|i|ci)\b|apt|brew|#)", text) and not re.search(
        r"&&|;|\n", text
    ):
        return {}
    bare = re.sub(
        r"(?m)(?:pip3?|uv pip|poetry|npm|yarn|pnpm|gem|go|cargo|uv|pipx) (?:install|add|i|get|sync)\b[^\n&;|]*"
        r"|^\s*#.*$|\becho [^\n&;|]*",
        " ",
        _PARALLEL.sub(_npm_scripts, text[: 8 * MAX_LINE]),
    )
    return {re.sub(r"\s+", " ", match[0]).strip(): match.lastgroup or "" for match in TOOL.finditer(bare)}


def _npm_scripts(match: re.Match[str]) -> str:
    names = (word.strip("\"'").removeprefix("npm:") for word in match[1].split() if not word.startswith("-"))
    return "; ".join(f"npm run {name}" for name in names)


def weaker(old: str, new: str, *, checks: bool = False) -> str:
    """Why `new` checks less than `old`, as the end of a sentence about the command; empty when it does not.

    `checks` says that the command is known to check the project, whatever it is called.
    """
    old, new = (re.sub(r"\\\n\s*", " ", each) for each in (old, new))
    had = tools(old)
    has = tools(new)
    nothing = checks_nothing(new) or all(map(checks_nothing, _SPLIT.split(new)))
    if (had or (checks and old.strip())) and not has and nothing:
        return f"no longer runs {_listed(had) or 'anything'}"
    if had or has or checks:
        lost = [
            tool
            for tool, kind in had.items()
            if tool not in has and kind not in {has[name] for name in has if name not in had} and not _same(tool, has)
        ]
        if lost:
            return f"no longer runs {', '.join(lost[:3])}"
        if (match := _IGNORED.search(new)) and (not _IGNORED.search(old) or match[0] not in old):
            return f"ignores failures (`{match[0].strip()[:40]}`)"
        if re.match(r"\s*@?-\s*\S", new) and not re.match(r"\s*@?-\s*\S", old):
            return "ignores failures (a dash before it)"
        if _pipes(new) > _pipes(old) and "pipefail" not in new:
            return "ignores failures (only the last program of a pipe decides)"
        before = {each.strip() for each in _LEAVES_OUT.findall(old)}
        more = [each.strip() for each in _LEAVES_OUT.findall(new) if each.strip() not in before]
        if _REPEATS.search(new) and not _REPEATS.search(old):
            return "repeats failing tests until they pass"
        if more and (had or checks):
            return f"leaves something out (`{more[0][:50]}`)"
        return (
            _limits(old, new)
            or _lost_strictness(old, new)
            or _lost_sequence(old, new)
            or _other_grade(old, new)
            or _narrowed(old, new)
        )
    return ""


def _same(tool: str, has: dict[str, str]) -> bool:
    last = tool.split()[-1]
    return any(last == other.split()[-1] for other in has)


def _pipes(text: str) -> int:
    return len(
        re.findall(r"(?<!\|)\|(?!\|)\s*(?:tee|cat|grep|head|tail|sed|awk|less|wc|sort|tr|xargs|jq|true|ts)\b", text)
    )


def _limits(old: str, new: str) -> str:
    one, other = _LIMIT.search(old), _LIMIT.search(new)
    if one and other and float(other[1]) < float(one[1]):
        return f"asks for less ({one[0]} became {other[0]})"
    one, other = _SEVERITY.search(old), _SEVERITY.search(new)
    if one and other and _rank(other[1]) > _rank(one[1]):
        return f"allows more ({one[0]} became {other[0]})"
    if numbers := _other_numbers(old, new):
        return numbers
    one, other = _WARNINGS.search(old), _WARNINGS.search(new)
    if one and other and int(other[1]) > int(one[1]):
        return f"allows more ({one[0]} became {other[0]})"
    return ""


_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_AT_LEAST = re.compile(r"(?i)cover|min|total|threshold|fail[-_]?under|score|-lt\b|<")
_AT_MOST = re.compile(r"(?i)max|warn|limit|timeout|retr|allow|toleran|-gt\b|>")
_SEVERITIES = ("style", "info", "low", "note", "moderate", "medium", "warning", "high", "error", "critical")
_SEVERITY = re.compile(
    r"(?:--(?:audit-level|severity|fail-on|severity-threshold|min-severity|level)[= ]|(?<=\s)-S\s*)(\w+)", re.IGNORECASE
)


def _other_numbers(old: str, new: str) -> str:
    """Commands that differ in one number only, which says how much is asked for."""
    if _NUMBER.sub("0", old) != _NUMBER.sub("0", new):
        return ""
    for one, other in zip(_NUMBER.finditer(old), _NUMBER.finditer(new), strict=True):
        before, was, now = old[max(0, one.start() - 30) : one.start()], float(one[0]), float(other[0])
        if now < was and _AT_LEAST.search(before) and not re.search(r"(?i)max|>|-gt\b", before):
            return f"asks for less ({one[0]} became {other[0]})"
        if now > was and _AT_MOST.search(before) and not re.search(r"(?i)cover|min|<|-lt\b|workers|jobs", before):
            return f"allows more ({one[0]} became {other[0]})"
    return ""


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity.lower()) if severity.lower() in _SEVERITIES else -1


def _other_grade(old: str, new: str) -> str:
    """Commands that differ in one word only, which is a lower grade (`all` became `none`)."""
    was, now = old.split(), new.split()
    differ = [(one, other) for one, other in zip(was, now, strict=False) if one != other]
    if len(was) == len(now) and len(differ) == 1:
        one, other = (re.split(r"[=:]", word)[-1].strip("\"'").lower() for word in differ[0])
        if one in _GRADES and other in _GRADES and _GRADES.index(other) < _GRADES.index(one):
            return f"is less strict ({one} became {other})"
    return ""


_GRADES = (
    "none",
    "off",
    "false",
    "never",
    "basic",
    "warn",
    "warning",
    "standard",
    "recommended",
    "strict",
    "error",
    "all",
)


def _lost_sequence(old: str, new: str) -> str:
    """A failure in the middle that no longer ends the command: `;` for `&&`."""
    if "&&" in old and ";" in new and ";" not in old and new.count("&&") < old.count("&&") and "set -e" not in new:
        return "ignores failures (`;` for `&&`)"
    return ""


def _lost_strictness(old: str, new: str) -> str:
    left = {each.split("=")[0].split()[0] for each in _STRICT.findall(new)}
    for each in _STRICT.findall(old):
        name = each.split("=")[0].split()[0]
        if (
            name not in left
            and not (name == "set" and "set -" in new)
            and not (name == "--max-warnings" and "--max-warnings" in new)
        ):
            return f"is less strict (without `{each.strip()[:40]}`)"
    return ""


def _narrowed(old: str, new: str) -> str:
    if "unittest discover" in old and "discover" not in new and re.search(r"unittest\s+(?:-\w+\s+)*\w+\.\w+", new):
        return "covers less (only the tests that it names)"
    before, after = _operands(old), _operands(new)
    for tool, paths in after.items():
        if tool not in before:
            continue
        was, now = set(before[tool]), set(paths)
        whole = not was or was & {".", "./...", "./", "..."}
        if whole and now and not now & {".", "./...", "./", "...", "tests", "test", "src", "**/*"} and was != now:
            return f"covers less (only {', '.join(sorted(now)[:3])})"
        if now and now < was and was - now != {"."} and not now & {".", "./...", "..."}:
            return f"covers less (without {', '.join(sorted(was - now)[:3])})"
        inside = [path for path in now - was if any(path.startswith(f"{each.rstrip('/')}/") for each in was - now)]
        if inside and len(now) <= len(was):
            return f"covers less (only {inside[0]})"
    return ""


def _operands(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in _SPLIT.split(text):
        match = TOOL.search(part)
        if match is None:
            continue
        try:
            words = shlex.split(part[match.end() :])
        except ValueError:
            words = part[match.end() :].split()
        paths = (word for word in words if not word.startswith("-") and _PATH.search(word))
        action = next((word for word in words[:1] if word.isalpha() and not _PATH.search(word)), "")
        tool = f"{match[0]} {action}"
        found[tool] = tuple(dict.fromkeys((*found.get(tool, ()), *paths)))
    return found


def _listed(had: Iterable[str]) -> str:
    return ", ".join(list(had)[:3])


def lost(old: Iterable[str], new: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The commands of `old` that are gone or weaker in `new`, as (old, its successor or empty, why)."""
    left = list(dict.fromkeys(new))
    missing = [each for each in dict.fromkeys(old) if each not in left or left.remove(each)]  # type: ignore[func-returns-value]
    everything = "\n".join(new)
    for each in missing:
        had = tools(each)
        if not had:
            continue
        heirs = [other for other in left if set(tools(other)) & set(had) or _resembles(each, other)]
        kinds = {kind for other in left for kind in tools(other).values()}
        if heirs:
            heir = max(heirs, key=lambda other: _common(each, other))
            joined = "\n".join(heirs) if len(heirs) > 1 and set(tools(heir)) < set(had) else heir
            if why := weaker(each, joined):
                if why.startswith("no longer runs") and set(had) <= set(tools(everything)):
                    continue
                if why.startswith("covers less") and len(heirs) > 1:
                    continue
                yield each, heir, why
        elif not set(had) <= set(tools(everything)) and not set(had.values()) <= kinds:
            yield each, "", f"no longer runs {_listed(had)}"


def _resembles(one: str, other: str) -> bool:
    return _common(one, other) >= 0.6 or (checks_nothing(other) and bool(other.strip()))


def _common(one: str, other: str) -> float:
    a, b = set(re.findall(r"[\w./-]+", one)), set(re.findall(r"[\w./-]+", other))
    return 2 * len(a & b) / max(1, len(a) + len(b))
