"""Whether a changed setting checks less than before."""

import re

from honk.core.verdict import Severity
from honk.verify.rules.rule_input import RuleInput
from honk.verify.rules.tool_config.grades import graded_lower
from honk.verify.rules.tool_config.harmless import HARMLESS
from honk.verify.rules.tool_config.limits import CHECKING_SCRIPT, command_weakened, limit_lowered, module_replaced
from honk.verify.rules.tool_config.placed_settings import fewer_globs, highest, judge_by_place, weaker_presets
from honk.verify.rules.tool_config.rule_names import RETRIED, RULE_OFF
from honk.verify.rules.tool_config.selections import less_selected, more_left_out
from honk.verify.rules.tool_config.setting_values import dashed, items_of, joined_text, value_text
from honk.verify.syntax import commands
from honk.verify.syntax.settings import Value

_RETRIES = re.compile(
    r"(?:^|[./-])(?:retries|retry|reruns?|flaky-test-attempts|retry-count|test-retry-count|repeat-until-pass|max-retries|retry-times"
    r"|rerun-failing-tests-count)(?:\.\w+)?$"
)
_EXCLUDES = re.compile(
    r"(?:^|-)(?:ignores?|omit|exclude\w*|excludes|disabled?|disable-error-code|disable-all|norecursedirs|skips?"
    r"|deselect|exclusions?|suppress\w*|no-?warn|allow|skip-files|skip-dirs|nowarn|paths-ignore|unless)$"
    r"|ignore-patterns?$|^add-filter$|^track-allowlist$|(?:^|-)deselect\S*$|(?:^|-)exempt\S*$|(?:^|-)(?:exclude|ignore)-[\w-]+$|^ignored-\S+$|^excluded?-\S+|^collect-ignore\S*"
    r"|^coverage-path-ignore\S*|^warnings-not-as-errors$"
)
_SELECTS = re.compile(
    r"^(?:select|extend-select|enabled?|testpaths|include|source|source-pkgs|files|packages|load-plugins|plugins"
    r"|extends|includes?|sessions|tasks|rulesets?|lint-on-\w+|header-filter-regex|disallowed-\w+|testsuites?|suites?|directory|test-match|test-regex|roots|paths|collect-coverage-from|spec|specs|python-(?:files|functions|classes)"
    r"|linters|checks|projects|env-?list|reporters|contracts|src|required-plugins|spec-pattern|test-dir"
    r"|test-files|hooks|setup-files\S*|workspaces?|test-include|directory|suffix)$"
)
_COMMANDS = re.compile(
    r"(?:^|\.)(?:scripts\.[\w:.-]+|addopts|commands|commands-(?:pre|post)|run|script|args|entry|test-command"
    r"|tasks\.[\w:.-]+|add-test\.\S+|cmd|sh|bat|command|pipeline\.[\w.]+|pytest-args)(?:\[|$)"
)


def judge(
    rule_input: RuleInput, path: str, key: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    """The rule, severity and sentence for a setting that checks less than before; None where it does not."""
    plain = dashed(key)
    last = plain.rsplit(".", 1)[-1].lstrip("@")
    name = key.rsplit(".", 1)[-1]
    if found := judge_by_place(plain, name, was, now):
        return found
    if not path.endswith((".gradle", ".kts")) and (_COMMANDS.search(plain) or last in ("addopts", "commands")):
        if "scripts." in plain and not (CHECKING_SCRIPT.match(name) or commands.tools(joined_text(was))):
            return None
        return command_weakened(name, key, was, now)
    if re.search(r"module-name-mapper|(?:^|\.)alias(?:es)?\.|\.paths\.|^paths\.", plain) or last in (
        "alias",
        "module-name-mapper",
    ):
        return module_replaced(name, now)
    if _RETRIES.search(plain):
        what = f"The test runner now repeats failing tests ({name} = {value_text(now)}), which hides unreliable tests."
        return (RETRIED, "flag", what) if highest(now) > highest(was) else None
    if found := limit_lowered(path, plain, name, was, now):
        return found
    if "per-file-ignores" in plain:
        codes = [each for each in items_of(now) if each not in items_of(was)]
        if codes and not (
            re.search(r"test|__init__|conftest|migrations|scripts", name)
            or all(HARMLESS.search(str(each)) for each in codes)
        ):
            return RULE_OFF, "flag", f"Rules are switched off for {name} ({value_text(now)})."
        return None
    if last == "filterwarnings":
        gained = [str(each) for each in items_of(now) if each not in items_of(was)]
        lost_errors = any(str(each).startswith("error") for each in items_of(was)) and not any(
            str(each).startswith("error") for each in items_of(now)
        )
        if lost_errors or any(
            said.strip() in ("ignore", "default") or re.fullmatch(r"ignore::\w*Warning", said) for said in gained
        ):
            return RULE_OFF, "flag", f"Warnings no longer fail the tests ({value_text(now)})."
        return None
    if _EXCLUDES.search(last) and not isinstance(now, bool) and not isinstance(was, bool):
        return more_left_out(rule_input, name, key, was, now)
    if last == "config" and any("recommended" in str(each) or "strict" in str(each) for each in items_of(was)):
        return less_selected(rule_input, path, "extends", was, now)
    if name == "presets":
        return weaker_presets(was, now)
    if last in ("checks", "warnings-as-errors") and "clang-tidy" in path:
        return fewer_globs(name, was, now)
    if _SELECTS.search(last) and not isinstance(now, bool) and not isinstance(was, bool):
        return less_selected(rule_input, path, name, was, now)
    return graded_lower(path, plain, last, name, key, was, now)
