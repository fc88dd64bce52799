"""Limits that are lowered, commands that check less, and modules that are replaced for tests."""

import re

from honk.core.verdict import Severity
from honk.verify.rules.tool_config.rule_names import COMMAND, LIMIT, REPLACED
from honk.verify.rules.tool_config.setting_values import joined_text, limit_of, value_text
from honk.verify.syntax import commands
from honk.verify.syntax.settings import Value

_LIMITS = re.compile(
    r"(?:^|[.-])(?:cov-)?fail-under$|(?:^|[.-])thresholds?(?:\.|-|$)|(?:^|[./-])min(?:imum)?(?:-\w+)*$|covered-ratio"
    r"|(?:^|[.-])required-\w+$|warning-level$|(?:^|[.])warn(?:ing)?-?level$|(?:^|\.)parameters\.level$|(?:^|\.)quality$"
    r"|check\.global\.|coverage-?(?:min|level|minimum)|\.status\.\w+\.\w+\.target$|\bcheck-coverage\.\w+$"
    r"|^(?:c8|nyc|\w*)\.?(?:lines|branches|functions|statements)$|break$|msi$"
)
_CEILINGS = re.compile(
    r"(?:^|[./-])(?:max(?:imum)?(?:-[\w-]+)?|complexity|cyclomatic-\w+|cognitive-\w+|min-complexity|min-confidence"
    r"|(?:too|large|type|excessive)-[\w-]+-threshold|cognitive-complexity-threshold|line-threshold|statement-threshold|check-options\.value"
    r"|error-budget|tolerance|allowed-\w+|size-limit|duplication|\w+-limit)$"
)
_NO_LIMIT = re.compile(
    r"workers|jobs|forks|parallel|concurren|heap|memory|line-len|-len$|length$|width|threads|process|old-space|(?:^|-)age$|time"
    r"|attempts|retr|connections|files$|instances|size$|buffer|requests|priority|min-?version|minif"
)
_TIMEOUTS = re.compile(r"(?:^|[./-])(?:\w+-)*timeout(?:-\w+)?$|(?:^|\.)slow-test-threshold$|(?:^|\.)discover-tests\S*")
CHECKING_SCRIPT = re.compile(
    r"^(?:pre|post)?(?:t|tests?|lint|check|checks|ci|verify|coverage|cov|type-?check|typecheck|types|tsc|format"
    r"|fmt|prettier|validate|build|audit|style|quality|e2e|unit|integration|spec)(?:$|[:_.-])"
)


def command_weakened(name: str, key: str, was: Value | None, now: Value | None) -> tuple[str, Severity, str] | None:
    old, new = joined_text(was), joined_text(now)
    if name == "addopts":
        old, new = f"pytest {old}", f"pytest {new}"
    if not old.strip():
        return None
    if not new.strip():
        if (
            commands.tools(old)
            or CHECKING_SCRIPT.match(name)
            and "scripts" in key
            and not re.match(r"(?:pre|post|build)", name)
        ):
            return COMMAND, "block", f"The command {name} (`{old[:60]}`) checks the project, and it is removed."
        return None
    why = commands.weaker(old, new, checks="add_test" in key)
    if not why and commands.checks_nothing(new) and not commands.checks_nothing(old):
        why = "does nothing any more"
    if why:
        severity: Severity = "block" if why.startswith(("no longer", "ignores", "does nothing")) else "flag"
        return COMMAND, severity, f"The command {name} checks less: it {why}."
    return None


def module_replaced(name: str, now: Value | None) -> tuple[str, Severity, str] | None:
    said = value_text(now)
    if (
        now is not None
        and re.search(r"(?i)mock|stub|fake|test", said)
        and not re.search(r"css|less|scss|svg|png|jpg|asset|style|\.\(", name)
    ):
        return REPLACED, "flag", f"The tests load {said} instead of {name}, so that they test a stand-in."
    return None


_RULE_LIMIT = re.compile(r"(?:^|\.)rules\.(?:\S*/)?(?:max-[\w-]+|complexity|\S*complexity)(?:\.max)?$")


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)\w*")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def _seconds(value: Value | None) -> float | None:
    match = _DURATION.fullmatch(str(value).strip())
    return float(match[1]) * _UNITS[match[2]] if match else None


def _waits_longer(path: str, name: str, one: float | None, other: float | None) -> tuple[str, Severity, str] | None:
    """Tests that may take much longer than before; a checker's or a job's own time is no limit of this kind."""
    if re.search(r"golangci|workflows/|gitlab|circleci|azure|Jenkins|nx\.json|turbo", path) or one is None or one == 0:
        return None
    if other is None or other == 0 or other >= 1.8 * one:
        became = "removed" if other is None else f"raised from {one:g} to {other:g}" if other else "switched off"
        return LIMIT, "flag", f"The time limit {name} of the tests is {became}, which hides tests that hang."
    return None


def limit_lowered(
    path: str, plain: str, name: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    one, other = limit_of(was), limit_of(now)
    if name == "minimum_coverage" and (lines := re.search(r"\bline(?::| =>)\s*(\d+(?:\.\d+)?)", str(now))):
        other = float(lines[1])
    if plain.endswith(".threshold") and "codecov" in path:
        one, other = (-one if one is not None else 0), (-other if other is not None else 0)
        if other < one:
            return LIMIT, "flag", f"The coverage may now fall by {-other:g} % without a failure."
        return None
    if _TIMEOUTS.search(plain):
        one, other = (_seconds(value) if number is None else number for value, number in ((was, one), (now, other)))
        return _waits_longer(path, name, one, other)
    last = plain.rsplit(".", 1)[-1]
    if _NO_LIMIT.search(last):
        return None
    if _CEILINGS.search(plain) or (_RULE_LIMIT.search(plain) and other is not None):
        if one is not None and other is not None and other > one:
            return LIMIT, "flag", f"The limit {name} is raised from {one:g} to {other:g}."
        if one is not None and now is None and re.search(r"complexity|warnings|max", plain):
            return LIMIT, "flag", f"The limit {name} = {one:g} is removed."
        return None
    if not _LIMITS.search(plain) or isinstance(was, bool) or isinstance(now, bool):
        return None
    if one is not None and other is not None:
        return (LIMIT, "block", f"The limit {name} is lowered from {one:g} to {other:g}.") if other < one else None
    if one is not None and now != "max":
        return LIMIT, "block", f"The limit {name} = {one:g} is removed."
    return None
