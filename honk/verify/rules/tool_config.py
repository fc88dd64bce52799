"""What a change of a tool's configuration does: whether linters, type checkers, test runners and coverage check
less."""

import re
from collections import Counter
from collections.abc import Iterator

from honk.core import path_patterns
from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import commands
from honk.verify.syntax.settings import Scalar, Settings, Value, settings

LIMIT = "threshold-lowered"
RULE_OFF = "checker-rule-off"
SCOPE = "check-scope-narrowed"
COMMAND = "check-command-weakened"
REPLACED = "unit-replaced"

FILES = path_patterns.listed(
    """
    pyproject.toml setup.cfg tox.ini pytest.ini .pytest.ini .coveragerc mypy.ini .mypy.ini ruff.toml .ruff.toml .flake8
    .pylintrc pylintrc pyrightconfig.json .eslintrc .eslintrc.* eslint.config.* .eslintignore .prettierignore
    .prettierrc* biome.json*
    tsconfig*.json jest.config.* vitest.config.* vite.config.* .mocharc* .nycrc* .c8rc* karma.conf.* cypress.config.*
    playwright.config.*
    .golangci.y*ml clippy.toml .clippy.toml Cargo.toml .rubocop*.yml .rspec .simplecov phpunit.xml* phpstan.neon*
    psalm.xml checkstyle*.xml detekt*.yml
    codecov.yml .codecov.yml sonar-project.properties package.json .editorconfig .swiftlint.yml .stylelintrc*
    tslint.json .oxlintrc.json
    deno.json* nx.json turbo.json lerna.json .lintstagedrc* lefthook.yml .bandit bandit.yaml .yamllint* .markdownlint*
    .semgrepignore .stylelintignore
    pom.xml build.gradle* *.csproj Directory.Build.props .runsettings *.ruleset .coveralls.yml .testmondata
    jasmine.json babel.config.* Pipfile
    bunfig.toml mutmut_config.py .importlinter .dockerignore noxfile.py conftest.ini coverage.xml.dist .luacheckrc
    .credo.exs sbt.conf
    """
)
_IGNORE_FILES = (".eslintignore", ".prettierignore", ".stylelintignore", ".semgrepignore")

_LIMITS = re.compile(
    r"(?:^|\.)(?:cov-)?fail-under$|(?:^|[.-])thresholds?(?:\.|-|$)|min(?:imum)?(?:-\w+)*$|covered-ratio"
    r"|check\.global\.|coverage-?(?:min|level|minimum)|\.status\.\w+\.\w+\.target$|\bcheck-coverage\.\w+$"
    r"|^(?:c8|nyc|\w*)\.?(?:lines|branches|functions|statements)$|break$|msi$"
)
_CEILINGS = re.compile(
    r"(?:max-(?:warnings|complexity|args|arguments|branches|returns|statements|params|depth|lines\S*|nested\S*"
    r"|locals|attributes|cognitive\S*)|complexity|cyclomatic-\w+|cognitive-\w+|max-issues\S*|max-same-issues"
    r"|max-methods)(?:\.|\[|$)"
)
_RETRIES = re.compile(
    r"(?:^|[.-])(?:retries|retry|reruns?|flaky-test-attempts|max-retries|retry-times"
    r"|rerun-failing-tests-count)(?:\.\w+)?$"
)
_STRICT = re.compile(
    r"^(?:strict\S*|disallow-\S+|warn-\S+|check-\S+|no-implicit-\S+|no-unused-\S+|no-unchecked-\S+"
    r"|no-fallthrough\S*|no-property-access\S*|exact-optional\S*|use-unknown-in-catch\S*|always-strict"
    r"|xfail-strict|\S*error-on\S*|fail-on-\S+|fail\S*|all|branch|per-file"
    r"|forbid-\S+|no-emit-on-error|enforce\S*|require\S*|report-unused\S*|force-consistent\S*|verify\S*|deny\S*"
    r"|treat-warnings-as-errors|\S*warnings?-as-errors\S*|run-analyzers\S*|enabled?|recommended|preview-rules"
    r"|local-partial-types|convert-\S+-to-exceptions|enable-\S+|fail-if-no-tests|failure-threshold|stop-on-\S+"
    r"|beStrict\S*|be-strict\S*|display-details\S*|cover-?all|nullable|enable-net-analyzers|code-analysis\S*"
    r"|allow-only-false|active|linter|lint)$"
)
_LAX = re.compile(
    r"^(?:ignore-\S+|skip\S*|allow\S*|\S*ignore-failures?|\S*failure-ignore|continue-on-error|informational|pass-with-no-tests"
    r"|exit-zero|ignore-outcome|disable\S*|no-verify|suppress\S*|exclude-\S+|\S*ignore-exit-\S+|dangerously\S*"
    r"|transpile-only|no-check|implicit-reexport|fix|unsafe-fixes|update-snapshots?|no-inline-config|quiet"
    r"|test-failure-ignore|maven\.test\.skip|skip-tests|no-coverage|optional|ignore)$"
)
_NEUTRAL = re.compile(
    r"^(?:allow-js|allow-synthetic-default-imports|allow-importing-ts-extensions|allow-arbitrary-extensions"
    r"|allow-direct-references|allow-prereleases|allow-umd-global-access|skip-magic-trailing-comma"
    r"|skip-string-normalization|skip-source-map|skip-comments|skip-default-lib-check|skip-missing-interpreters"
    r"|skip-install|skip-sdist|skip-covered|skip-empty|show-\S+|allow-star-arg-any|ignore-dirs"
    r"|disable-referenced\S*|allow-bare|skip-blank-lines|ignore-comments|fail-fast|fail-ci-if-error|check-js"
    r"|check-out)$"
)
_EXCLUDES = re.compile(
    r"(?:^|-)(?:ignores?|omit|exclude\w*|excludes|disabled?|disable-error-code|disable-all|norecursedirs|skips?"
    r"|deselect|exclusions?|suppress\w*|no-?warn|allow|skip-files|skip-dirs|nowarn|paths-ignore|unless)$"
    r"|ignore-patterns?$|(?:^|-)(?:exclude|ignore)-[\w-]+$|^ignored-\S+$|^exclude-\S+|^collect-ignore\S*"
    r"|^coverage-path-ignore\S*|^warnings-not-as-errors$"
)
_SELECTS = re.compile(
    r"^(?:select|extend-select|enabled?|testpaths|include|source|source-pkgs|files|packages|load-plugins|plugins"
    r"|extends|test-match|test-regex|roots|collect-coverage-from|spec|specs|python-(?:files|functions|classes)"
    r"|linters|checks|projects|env-?list|reporters|contracts|src|required-plugins|spec-pattern|test-dir"
    r"|test-files|hooks|setup-files\S*|workspaces?|test-include|directory|suffix)$"
)
_COMMANDS = re.compile(
    r"(?:^|\.)(?:scripts\.[\w:.-]+|addopts|commands|commands-(?:pre|post)|run|script|args|entry|test-command"
    r"|tasks\.[\w:.-]+|cmd|command|pipeline\.[\w.]+|pytest-args)(?:\[|$)"
)
_CHECKING_SCRIPT = re.compile(
    r"^(?:pre|post)?(?:t|tests?|lint|check|checks|ci|verify|coverage|cov|type-?check|typecheck|types|tsc|format"
    r"|fmt|prettier|validate|build|audit|style|quality|e2e|unit|integration|spec)(?:$|[:_.-])"
)
_RANKS = {
    "off": 0, "false": 0, "none": 0, "allow": 0, "ignore": 0, "disabled": 0, "silent": 0, "skip": 0, "0": 0,
    "0.0": 0, "hint": 0, "suggestion": 0, "info": 0, "refactor": 0,
    "basic": 1, "warn": 1, "warning": 1, "1": 1, "1.0": 1, "information": 1, "standard": 2, "normal": 2, "error": 3,
    "deny": 3, "forbid": 3, "strict": 3, "2": 3, "2.0": 3, "true": 3, "all": 3, "on": 3, "fatal": 3,
}  # fmt: skip
_RULE_PLACE = re.compile(
    r"(?:^|[.\[])(?:rules|lints|lint|severity|report\w*|diagnostics?|rule-severity|cops|style|suspicious"
    r"|correctness|nursery|complexity|security|type-checking-mode|follow-imports|level"
    r"|typecheckingmode)(?:[.\]\[]|$)|dotnet-diagnostic|^report-|compiler-options"
)
_HARMLESS = re.compile(
    r"^(?:\*\*?/|\./|/)*(?:dist|build|out|node_modules|\.venv|venv|env|coverage|htmlcov|\.git|\.tox|\.nox"
    r"|__pycache__|vendor|generated|gen|docs?|target|\.next|\.nuxt|\.cache|tmp|\.mypy_cache|\.ruff_cache"
    r"|storybook-static|public|static|assets|migrations|alembic|third_party|\.?\w*_pb2\w*|setup\.py|conftest\.py"
    r"|tests?|examples?|__tests__|\.eggs|\.yarn|\.pnp\.\w+)(?:/.*)?$"
    r"|\.(?:md|min\.js|snap|d\.ts|json|css|svg|lock|generated\.\w+|pb\.go|stories\.\w+)$|TYPE_CHECKING"
    r"|NotImplementedError|abstractmethod|__name__|__repr__|overload|Protocol|pragma: no cover|@\(?abc|^\.\.\.$"
    r"|defensive|^(?:E203|E501|W503|W504|COM812|ISC001|D203|D213|D1\d\d|D21\d|E701|E704|C0114|C0115|C0116|B008"
    r"|S101|PLR2004|ANN401|ANN1\d\d|missing-\w+-docstring|line-too-long|CS1591)$"
    r"|/(?:dist|build|node_modules|generated|vendor|fixtures|testdata)/"
)


def tool_config_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Configuration files of checking tools whose meaning changed."""
    for file in rule_input.diff.files:
        path = file.change.path
        if not path_patterns.matches(path, FILES) and not (
            file.change.old_path and path_patterns.matches(file.change.old_path, FILES)
        ):
            continue
        old_text = rule_input.old(file).text
        if file.change.status == "deleted":
            yield from _deleted(rule_input, file, old_text)
            continue
        new_text = rule_input.new(file).text
        if any(path.endswith(name) for name in _IGNORE_FILES):
            yield from _ignore_file(file, old_text, new_text)
            continue
        old, new = settings(path, old_text), settings(path, new_text)
        if old is not None and new is None:
            reason = "This configuration cannot be parsed any more, so what it does is not known. Correct it."
            yield finding(RULE_OFF, path, 1, "flag", reason)
        elif old is None or new is None:
            yield from _by_text(rule_input, file)
        elif file.change.status != "added":
            yield from _compared(rule_input, file, old, new)


def _compared(rule_input: RuleInput, file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    elsewhere = _set_elsewhere(rule_input, file)
    for key, was, now in differences(old, new):
        if not _is_about_checks(file.change.path, key):
            continue
        if now is None and dashed(key).rsplit(".", 1)[-1] in elsewhere:
            continue  # moved to another file
        judged = judge(rule_input, file.change.path, key, was, now)
        if judged is None:
            continue
        rule, severity, what = judged
        if (rule, what) in seen:
            continue
        seen.add((rule, what))
        asked = rule_input.asked("lint", "rule", "coverage", "threshold", "check", "strict", "ignor", "exclud", "test")
        reason = f"{what} Restore it, or a person confirms it."
        yield finding(rule, file.change.path, line_of(file, key, now), "flag" if asked else severity, reason)


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


def dashed(key: str) -> str:
    """The key in lower case with dashes, whatever the tool's own style is."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", key).replace("_", "-").lower()


def judge(
    rule_input: RuleInput, path: str, key: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    """The rule, severity and sentence for a setting that checks less than before; None where it does not."""
    plain = dashed(key)
    last = plain.rsplit(".", 1)[-1].lstrip("@")
    name = key.rsplit(".", 1)[-1]
    if _COMMANDS.search(plain) or last in ("addopts", "commands"):
        if "scripts." in plain and not (_CHECKING_SCRIPT.match(name) or commands.tools(_joined(was))):
            return None
        return _command(name, key, was, now)
    if re.search(r"module-name-mapper|(?:^|\.)alias(?:es)?\.|\.paths\.|^paths\.", plain) or last in (
        "alias",
        "module-name-mapper",
    ):
        return _mapped(name, now)
    if _RETRIES.search(plain) and _number(now) is not None:
        more = (_number(now) or 0) > (_number(was) or 0)
        return (
            (
                "test-retried",
                "flag",
                f"The test runner now repeats failing tests ({name} = {_said(now)}), which hides failures "
                "that come and go.",
            )
            if more
            else None
        )
    if found := _limit(path, plain, name, was, now):
        return found
    if "per-file-ignores" in plain:
        codes = [each for each in _items(now) if each not in _items(was)]
        if codes and not (
            re.search(r"test|__init__|conftest|migrations|scripts", name)
            or all(_HARMLESS.search(str(each)) for each in codes)
        ):
            return RULE_OFF, "flag", f"Rules are switched off for {name} ({_said(now)})."
        return None
    if last == "filterwarnings":
        gained = [str(each) for each in _items(now) if each not in _items(was)]
        lost_errors = any(str(each).startswith("error") for each in _items(was)) and not any(
            str(each).startswith("error") for each in _items(now)
        )
        if lost_errors or any(
            said.strip() in ("ignore", "default") or re.fullmatch(r"ignore::\w*Warning", said) for said in gained
        ):
            return RULE_OFF, "flag", f"Warnings no longer fail the tests ({_said(now)})."
        return None
    if _EXCLUDES.search(last) and not isinstance(now, bool) and not isinstance(was, bool):
        return _excluded(rule_input, name, key, was, now)
    if last == "config" and any("recommended" in str(each) or "strict" in str(each) for each in _items(was)):
        return _selected(rule_input, path, "extends", was, now)
    if _SELECTS.search(last) and not isinstance(now, bool) and not isinstance(was, bool):
        return _selected(rule_input, path, name, was, now)
    return _graded(path, plain, last, name, key, was, now)


def _command(name: str, key: str, was: Value | None, now: Value | None) -> tuple[str, Severity, str] | None:
    old, new = _joined(was), _joined(now)
    if name == "addopts":
        old, new = f"pytest {old}", f"pytest {new}"
    if not old.strip():
        return None
    if not new.strip():
        if (
            commands.tools(old)
            or _CHECKING_SCRIPT.match(name)
            and "scripts" in key
            and not re.match(r"(?:pre|post|build)", name)
        ):
            return COMMAND, "block", f"The command {name} (`{old[:60]}`) checks the project, and it is removed."
        return None
    why = commands.weaker(old, new)
    if not why and commands.checks_nothing(new) and not commands.checks_nothing(old):
        why = "does nothing any more"
    if why:
        severity: Severity = "block" if why.startswith(("no longer", "ignores", "does nothing")) else "flag"
        return COMMAND, severity, f"The command {name} checks less: it {why}."
    return None


def _mapped(name: str, now: Value | None) -> tuple[str, Severity, str] | None:
    said = _said(now)
    if (
        now is not None
        and re.search(r"(?i)mock|stub|fake|test", said)
        and not re.search(r"css|less|scss|svg|png|jpg|asset|style|\.\(", name)
    ):
        return REPLACED, "flag", f"The tests load {said} instead of {name}, so that they test a stand-in."
    return None


def _limit(path: str, plain: str, name: str, was: Value | None, now: Value | None) -> tuple[str, Severity, str] | None:
    one, other = _number(was), _number(now)
    if plain.endswith(".threshold") and "codecov" in path:
        one, other = (-one if one is not None else 0), (-other if other is not None else 0)
        if other < one:
            return LIMIT, "flag", f"The coverage may now fall by {-other:g} % without a failure."
        return None
    if _CEILINGS.search(plain) and "line-length" not in plain:
        if one is not None and other is not None and other > one:
            return LIMIT, "flag", f"The limit {name} is raised from {one:g} to {other:g}."
        if one is not None and now is None and re.search(r"complexity|warnings", plain):
            return LIMIT, "flag", f"The limit {name} = {one:g} is removed."
        return None
    if not _LIMITS.search(plain) or isinstance(was, bool) or isinstance(now, bool):
        return None
    if one is not None and other is not None:
        return (LIMIT, "block", f"The limit {name} is lowered from {one:g} to {other:g}.") if other < one else None
    if one is not None:
        return LIMIT, "block", f"The limit {name} = {one:g} is removed."
    return None


def _excluded(
    rule_input: RuleInput, name: str, key: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    had = {str(each) for each in _items(was)}
    gained = [str(each) for each in _items(now) if str(each) not in had]
    gained = [each for each in gained if each and each not in (".",) and not _HARMLESS.search(each.strip("'\"^$"))]
    if not gained:
        return None
    kept_names = {each for each in gained if any(each in path for path in rule_input.after.paths)}
    everything_gone = [
        each for each in had if "/" in each and not any(each.strip("*/") in path for path in rule_input.after.paths)
    ]
    if everything_gone and len(everything_gone) >= len(gained) and kept_names:
        return None  # a path that was renamed
    return RULE_OFF, "flag", f"{name} leaves out more than before ({', '.join(gained[:3])})."


def _selected(
    rule_input: RuleInput, path: str, name: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    had, has = [str(each) for each in _items(was)], [str(each) for each in _items(now)]
    left_out = [each for each in has if each.startswith("!") and each not in had and not _HARMLESS.search(each[1:])]
    if left_out:
        return SCOPE, "flag", f"{name} leaves out {', '.join(left_out[:3])}."
    if not had or "ALL" in has or any(each in ("**", "**/*") for each in has):
        if (
            not had
            and has
            and re.search(r"(?i)testpaths|test-?match|test-?regex|python_files|collectCoverageFrom|spec$", name)
            and not any(each.strip("./*") in ("tests", "test", "src", "") for each in has)
        ):
            return SCOPE, "flag", f"{name} now limits what is checked ({', '.join(has[:3])})."
        return None
    lost = [
        each
        for each in had
        if each not in has and not any(each.startswith(other.rstrip("*/")) and other for other in has)
    ]
    lost = [
        each
        for each in lost
        if not ("/" in each and not any(each.split("*")[0].strip("/.") in known for known in rule_input.after.paths))
    ]
    if re.search(r"(?i)envlist|env_list", name):
        lost = [each for each in lost if not re.fullmatch(r"py\d+", each)]
    if lost and (
        len(has) < len(had)
        or re.search(r"(?i)python_|test-?(match|regex)|testpaths|spec|collectCoverage|include|files|source", name)
    ):
        gone_folder = [
            each
            for each in lost
            if re.fullmatch(r"[\w./-]+", each)
            and not any(known.startswith(each.strip("./")) for known in rule_input.after.paths)
        ]
        if (
            len(gone_folder) == len(lost)
            and rule_input.after.paths
            and re.search(r"(?i)testpaths|source|files|include|packages|roots|projects|src", name)
        ):
            return None
        return SCOPE, "flag", f"{name} selects less than before (without {', '.join(lost[:3])})."
    narrower = [
        each for each in has if any(each != other and each.startswith(f"{other.rstrip('/')}/") for other in had)
    ]
    if narrower and len(has) <= len(had):
        return SCOPE, "flag", f"{name} selects less than before (only {', '.join(narrower[:3])})."
    return None


def _graded(
    path: str, plain: str, last: str, name: str, key: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    if _NEUTRAL.match(last):
        return None
    rules = bool(_RULE_PLACE.search(plain)) or "eslint" in path or "editorconfig" in path
    one, other = _rank(was), _rank(now)
    lax = bool(_LAX.match(last)) and not (rules and "rules." in plain)
    strict = bool(_STRICT.match(last))
    if lax:
        overrides = ("overrides" in plain or plain.startswith("mypy-")) and last in (
            "ignore-missing-imports",
            "follow-imports",
        )
        if isinstance(now, bool) and now and not was and not overrides:
            return (
                RULE_OFF,
                "flag" if last in ("fix", "quiet", "optional") else "flag",
                f"{name} is switched on, which makes the check less strict.",
            )
        if last == "ignore-errors" and was is False and now is None:
            return None
        return None
    off = other == 0 or (now is None and one is not None and one >= 2 and (strict or rules))
    if strict and isinstance(was, bool | None) and isinstance(now, bool | None) and (was or now is False):
        if now is False or (was and now is None):
            done = "switched off" if now is False else "removed"
            return RULE_OFF, "block" if was else "flag", f"{name} is {done}, which makes the check less strict."
        return None
    if not rules and not strict and last not in ("follow-imports", "type-checking-mode"):
        return None
    if one is not None and other is not None and other < one:
        what = "switched off" if other == 0 else "no longer an error"
        return RULE_OFF, "flag", f"The rule {name} is {what}."
    if off and one is None and isinstance(now, str | float | tuple) and (rules or strict) and not _harmless_rule(name):
        return RULE_OFF, "flag", f"The rule {name} is switched off."
    if now is None and one == 3 and rules and "rules." in plain:
        return RULE_OFF, "flag", f"The rule {name} is removed."
    if rules and was is None and now is False and re.search(r"(?:rules|lints?|cops)\.", plain):
        return RULE_OFF, "flag", f"The rule {name} is switched off."
    return None


def _harmless_rule(name: str) -> bool:
    return bool(
        re.search(
            r"react-in-jsx-scope|prop-types|max-len|indent$|quotes$|semi$|comma-dangle|linebreak|prettier"
            r"|display-name|line-length|MD013",
            name,
        )
    )


def _rank(value: Value | None) -> int | None:
    first = value[0] if isinstance(value, tuple) and value else value
    if first is None or isinstance(first, tuple):
        return None
    return _RANKS.get(str(first).lower().strip("'\""))


def _number(value: Value | None) -> float | None:
    first = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    if isinstance(first, bool) or first is None:
        return None
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*%?\s*", str(first))
    return float(match[1]) if match else None


def _items(value: Value | None) -> tuple[Scalar, ...]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[,\s|]+", value) if part)
    return () if value is None else (value,)


def _joined(value: Value | None) -> str:
    if isinstance(value, tuple):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)


def _said(value: Value | None) -> str:
    return (", ".join(map(str, value)) if isinstance(value, tuple) else str(value))[:80]


def _is_about_checks(path: str, key: str) -> bool:
    """Shared files hold other things as well: only the parts that configure checks count."""
    plain = key.lower()
    if path.endswith("pyproject.toml"):
        return plain.startswith("tool.") and not re.match(
            r"tool\.(?:poetry|setuptools|hatch\.(?:build|version|metadata)|pdm\.build|flit|uv\.|towncrier"
            r"|bumpver|commitizen)",
            plain,
        )
    if path.endswith("package.json"):
        return bool(
            re.match(
                r"(?:scripts|jest|nyc|c8|eslintconfig|mocha|ava|xo|standard|lint-staged|prettier|stylelint|vitest"
                r"|husky|tap|babel|wireit|pre-commit|simple-git-hooks)\b",
                plain,
            )
        )
    if path.endswith("setup.cfg"):
        return not re.match(r"(?:metadata|options|bumpversion|bdist)", plain)
    if path.endswith("Cargo.toml"):
        return bool(re.search(r"lints|\.test$|^lib\.(?:test|doctest)|^\w*\.?harness$|test\[", plain))
    if path.endswith(("pom.xml", ".csproj", ".props")):
        return bool(
            re.search(r"test|skip|fail|cover|check|jacoco|surefire|warn|analy|nullable|nowarn|minimum|treat", plain)
        )
    if path.endswith(("vite.config.ts", "vite.config.js", "vite.config.mts")):
        return ".test" in plain or "alias" in plain
    return True


def line_of(file: FileDiff, key: str, now: Value | None) -> int:
    """The added line that sets the key, else the first changed line."""
    name = re.sub(r"[\[\]]", "", key.rsplit(".", 1)[-1])
    said = [str(each) for each in (now if isinstance(now, tuple) else (now,)) if each is not None]
    for wanted in ([*reversed(said)], [name]):
        for line in file.added:
            if any(each and each in line.text for each in wanted if len(each) > 1):
                return line.number
    first = next((line.number for line in file.lines if line.sign == "+"), 0)
    return first or next((max(1, line.number - 1) for line in file.lines if line.sign == "-"), 1)


def _deleted(rule_input: RuleInput, file: FileDiff, old_text: str) -> Iterator[Finding]:
    """A deleted configuration, unless its settings moved to another changed file."""
    path = file.change.path
    old = settings(path, old_text)
    kept = [(key, value) for key, value in (old or {}).items() if _is_about_checks(path, key)]
    if old is not None and not kept:
        return
    elsewhere: set[str] = set()
    for other in rule_input.diff.files:
        if other is not file and path_patterns.matches(other.change.path, FILES) and other.change.status != "deleted":
            elsewhere |= {
                dashed(key).rsplit(".", 1)[-1] for key in settings(other.change.path, rule_input.new(other).text) or {}
            }
    names = {dashed(key).rsplit(".", 1)[-1] for key, _ in kept}
    if names and len(names & elsewhere) * 2 >= len(names):
        return
    tool = path.lstrip(".").split(".")[0].removesuffix("rc")
    if rule_input.asked(re.escape(tool)) and rule_input.asked("remov", "replac", "migrat", "switch", "mov", "drop"):
        return
    replaced = bool(elsewhere) and any(
        other.change.status == "added"
        for other in rule_input.diff.files
        if path_patterns.matches(other.change.path, FILES)
    )
    replaced = replaced or (bool(kept) and not any(judge(rule_input, path, key, value, None) for key, value in kept))
    if (
        path.endswith(("package.json", "Cargo.toml", "pom.xml", ".csproj", "setup.cfg", "pyproject.toml"))
        and old is None
    ):
        return
    reason = "This configures a checking tool, and it is deleted. Restore it, or a person confirms it."
    yield finding(RULE_OFF, path, 0, "flag" if replaced else "block", reason)


def _set_elsewhere(rule_input: RuleInput, file: FileDiff) -> frozenset[str]:
    """The names of the settings that other configuration files get with this change."""
    found: set[str] = set()
    for other in rule_input.diff.files:
        if other is not file and path_patterns.matches(other.change.path, FILES) and other.change.status != "deleted":
            new = settings(other.change.path, rule_input.new(other).text) or {}
            old = settings(other.change.path, rule_input.old(other).text) or {}
            found |= {dashed(key).rsplit(".", 1)[-1] for key in new.keys() - old.keys()}
    return frozenset(found)


def _ignore_file(file: FileDiff, old: str, new: str) -> Iterator[Finding]:
    before = set(old.split())
    gained = [
        each.strip()
        for each in new.splitlines()
        if each.strip() and each.strip() not in before and not each.strip().startswith(("#", "!"))
    ]
    gained = [each for each in gained if not _HARMLESS.search(each)]
    if gained:
        reason = f"A checker now leaves out {', '.join(gained[:3])}. Restore it, or a person confirms it."
        yield finding(RULE_OFF, file.change.path, line_of(file, gained[0], gained[0]), "flag", reason)


_TEXT_OFF = re.compile(
    r"(?i)\b(?:ignoreFailures|failOnViolation|enabled|isIgnoreFailures|failOnError|warningsAsErrors"
    r"|allWarningsAsErrors|abortOnError|checkReleaseBuilds|exclude\w*|disable\w*|ignore\w*|skip\w*|minimum|level"
    r"|reportUnmatched\w*|excludes_analyse|onlyIf|filter)\b"
)


def _by_text(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Formats without a parser (Gradle, NEON, plain options): removed checks, new exceptions, lowered numbers, by
    their text."""
    gone = "\n".join(line.text for line in file.removed)
    come = "\n".join(line.text for line in file.added)
    lowered = _lowered(gone, come)
    why = commands.weaker(gone, come) if commands.tools(gone) else ""
    new_words = [
        line
        for line in file.added
        if _TEXT_OFF.search(line.text[:500])
        and not re.search(r"(?i)implementation|apply|version|enabled\s*=?\s*true\s*$", line.text)
    ]
    removed_check = re.search(
        r"(?i)warningsAsErrors\s*=?\s*true|failOn\w+|violationRules|useJUnitPlatform|finalizedBy|dependsOn"
        r"|checkstyle|spotbugs|detekt|level:\s*\w+",
        gone,
    )
    suspicious = [line for line in new_words if not (re.search(r"(?i)level:\s*(\d+|max)", line.text))]
    if lowered or why or suspicious or (removed_check and not re.search(re.escape(removed_check[0].split()[0]), come)):
        number = next(iter([*suspicious, *file.added]), None)
        reason = (
            "This configures a checking tool, and the change may make it check less "
            f"({lowered or why or 'an exception or a removed check'}). A person must look at it."
        )
        yield finding(RULE_OFF, file.change.path, number.number if number else 1, "flag", reason)


def _lowered(gone: str, come: str) -> str:
    for match in re.finditer(
        r"(?i)(minimum|level|threshold|min\w*|target|fail_under|coverage\w*)\W{1,6}(\d+(?:\.\d+)?)", gone
    ):
        other = re.search(rf"(?i){re.escape(match[1])}\W{{1,6}}(\d+(?:\.\d+)?)", come)
        if other and float(other[1]) < float(match[2]):
            return f"{match[1]} falls from {match[2]} to {other[1]}"
    return ""
