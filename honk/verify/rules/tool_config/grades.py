"""Switches and rules' severities that are lower than before."""

import re

from honk.core.verdict import Severity
from honk.verify.rules.tool_config.rule_names import RULE_OFF
from honk.verify.syntax.settings import Value

_STRICT = re.compile(
    r"^(?:strict\S*|disallow-\S+|warn-\S+|check-\S+|no-implicit-\S+|no-unused-\S+|no-unchecked-\S+"
    r"|no-fallthrough\S*|no-property-access\S*|exact-optional\S*|use-unknown-in-catch\S*|always-strict"
    r"|xfail-strict|\S*error-on\S*|fail-on-\S+|fail\S*|all|branch|per-file"
    r"|forbid-\S+|no-emit-on-error|enforce\S*|require\S*|report-unused\S*|force-consistent\S*|verify\S*|deny\S*"
    r"|treat-warnings-as-errors|\S*warnings?-as-errors\S*|run-analyzers\S*|enabled?|recommended|preview-rules"
    r"|local-partial-types|convert-\S+-to-exceptions|enable-\S+|fail-if-no-tests|failure-threshold|stop-on-\S+"
    r"|beStrict\S*|be-strict\S*|display-details\S*|cover-?all|nullable|enable-net-analyzers|code-analysis\S*"
    r"|allow-only-false|active|linter|lint|tests?|diagnostics|wait|autotests|harness|doctest|overflow-checks|debug-assertions|werror"
    r"|exit-non-zero\S*|gate|build-upon-default-config|all-rules|abort-on-\S+|is-fail-\S+|new-cops|\S*as-error|per-test)$"
)
_LAX = re.compile(
    r"^(?:ignore-\S+|skip\S*|allow\S*|\S*ignore-failures?|\S*failure-ignore|continue-on-error|informational|pass-with-no-tests"
    r"|exit-zero|ignore-outcome|disable\S*|no-verify|suppress\S*|exclude-\S+|\S*ignore-exit-\S+|dangerously\S*"
    r"|transpile-only|no-check|implicit-reexport|fix|unsafe-fixes|update-snapshots?|no-inline-config|quiet"
    r"|new|new-from-\S+|will-fail|should-fail|warn|allow-only|autocorrect|dry-run|no-fail\S*|informational"
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
_RANKS = {
    "disable": 0, "note": 0, "enable": 3, "enabled": 3, "pending": 1, "latest-all": 3, "latest-recommended": 2,
    "latest": 1, "latest-minimum": 1, "latest-none": 0, "all-enabled": 3, "critical": 0, "high": 1,
    "off": 0, "false": 0, "none": 0, "allow": 0, "ignore": 0, "disabled": 0, "silent": 0, "skip": 0, "0": 0,
    "low": 3, "medium": 2, "0.0": 0, "hint": 0, "suggestion": 0, "info": 0, "refactor": 0,
    "basic": 1, "warn": 1, "warning": 1, "1": 1, "1.0": 1, "information": 1, "standard": 2, "normal": 2, "error": 3,
    "deny": 3, "forbid": 3, "strict": 3, "2": 3, "2.0": 3, "true": 3, "all": 3, "on": 3, "fatal": 3,
}  # fmt: skip
_RULE_PLACE = re.compile(
    r"(?:^|[.\[])(?:rules|lints|lint|severity|report\w*|diagnostics?|rule-severity|cops|style|suspicious"
    r"|correctness|nursery|complexity|security|type-checking-mode|follow-imports|level"
    r"|typecheckingmode|new-cops|analysis-(?:level|mode)|nullable|linter-options|option|failure-threshold)(?:[.\]\[]|$)"
    r"|dotnet-diagnostic|^report-|compiler-options|^config\.rules"
)


def graded_lower(
    path: str, plain: str, last: str, name: str, key: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    if _NEUTRAL.match(last):
        return None
    rules = bool(_RULE_PLACE.search(plain)) or bool(re.search(r"eslint|editorconfig|(?<!py)lintrc", path))
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
        if last.startswith("new-from-") and isinstance(now, str) and now and not was:
            return RULE_OFF, "flag", f"{name} = {now} leaves out all findings that are not new."
        if last == "ignore-errors" and was is False and now is None:
            return None
        return None
    if strict and isinstance(was, str) and now is False and one != 0:
        was = True
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
    if now is None and one == 3 and rules and re.search(r"(?:^|\.)(?:rules|lints)\.", plain):
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
