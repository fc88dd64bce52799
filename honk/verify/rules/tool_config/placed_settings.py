"""Settings that say by the place where they stand what they do: severities, presets, plugins, lists of checks."""

import re

from honk.core.verdict import Severity
from honk.verify.rules.tool_config.harmless import HARMLESS
from honk.verify.rules.tool_config.rule_names import REMOVED, RULE_OFF, SCOPE
from honk.verify.rules.tool_config.setting_values import items_of, joined_text, value_text
from honk.verify.syntax.settings import Value

_LISTS_EXCEPTIONS = re.compile(r"(?i)todo|baseline|known[-_]?issues|suppress")
_OF_CHECKS = re.compile(r"(?i)test|check|lint|verif|cover|jacoco|detekt|spotbugs|pmd|kover|analy")
_CHECKING_PLUGIN = re.compile(
    r"(?i)checkstyle|jacoco|spotbugs|pmd|detekt|ktlint|kover|errorprone|spotless|surefire|failsafe|sonar|cover"
)
_LEFT_OUT = re.compile(r"(?:^|\.)(?:exclude|ignore|skip|only-if)[\w-]*[.(]")
_ENTRIES = re.compile(r"(?:^|\.)(?:projects\.name|test\.name|testsuites?\.testsuite\.@?name|suites\.name)$")


def judge_by_place(plain: str, name: str, was: Value | None, now: Value | None) -> tuple[str, Severity, str] | None:
    """Settings that say by the place where they stand what they do."""
    gained = [str(each) for each in items_of(now) if each not in items_of(was)]
    lost = [str(each) for each in items_of(was) if each not in items_of(now)]
    if plain.endswith("exit-code") and now in (0, "0") and was not in (0, "0"):
        return RULE_OFF, "block", f"Findings no longer fail the check ({name} = 0)."
    if _SEVERITY.search(plain) and _level(now) > _level(was) >= 0:
        return RULE_OFF, "flag", f"{name} lets more pass than before ({value_text(was)} became {value_text(now)})."
    if plain.rsplit(".", 1)[-1] in ("baseline", "inherit-from", "includes", "extends") and _LISTS_EXCEPTIONS.search(
        " ".join(gained)
    ):
        return RULE_OFF, "flag", f"Known problems are left out by a list ({gained[0]})."
    if _ENTRIES.search(plain) and was is not None and now is None:
        return SCOPE, "flag", f"{value_text(was)} is no longer among the tests that run."
    if was is None and _LEFT_OUT.search(plain) and not HARMLESS.search(value_text(now)) and "per-file" not in plain:
        return RULE_OFF, "flag", f"{name} ({value_text(now)}) leaves something out that was checked before."
    if re.search(r"(?:depends-on|finalized-by)$", plain) and lost and _OF_CHECKS.search(" ".join(lost)) and not gained:
        return SCOPE, "flag", f"{plain} no longer includes {', '.join(lost[:2])}."
    if re.search(r"(?:^|\.)plugins\.(?:id|alias)$|plugins\.plugin\.artifact-id$|(?:^|\.)plugins\.id\(", plain) and lost:
        gone = [each for each in lost if _CHECKING_PLUGIN.search(f"{plain} {each}")]
        if gone and not any(_OF_CHECKS.search(each) for each in gained):
            return REMOVED, "flag", f"The plugin {gone[0]} no longer checks the project."
    if re.fullmatch(r"(?:module\.)+@name|suppressions\.suppress\.@checks", plain):
        if was is not None and now is None:
            return RULE_OFF, "flag", f"The rule {value_text(was)} is removed."
        if was is None and ("suppress" in plain or str(now).startswith("Suppress")):
            return RULE_OFF, "flag", f"Findings are left out by {value_text(now)}."
    if plain.endswith(".test-filter") and now is not None and was != now:
        return SCOPE, "flag", f"{name} = {value_text(now)} leaves out tests."
    if re.search(r"(?:^|\.)phase$", plain) and now == "none":
        return RULE_OFF, "block", "A check of the build no longer runs (phase none)."
    if was is None and re.search(
        r"(?:^|\.)(?:include-(?:tests-matching|tags|categories|groups)|groups|only-test)$", plain
    ):
        return SCOPE, "flag", f"{name} = {value_text(now)} limits which tests run."
    if plain.endswith("enable-testing") and now is None:
        return SCOPE, "block", "The build no longer has tests (enable_testing is gone)."
    if (
        plain.startswith("add-test.")
        and now is None
        or re.match(r"test\.[^.]+(?:\.value)?$", plain)
        and was is not None
        and now is None
    ):
        return SCOPE, "flag", f"The test {plain.split('.')[1]} is no longer run."
    return None


_SEVERITY = re.compile(
    r"(?:violation-severity|audit-level|severity-cutoff|fail-on(?:-severity)?|fail-level|min(?:imum)?-severity"
    r"|severity-threshold|failure-threshold|fail-severity)$"
)
_LEVELS = (
    "style|info|note|any|low",
    "moderate|medium|warn|minor",
    "high|error|major",
    "critical|fatal|blocker",
    "none|off|never",
)


def _level(value: Value | None) -> int:
    """From which severity on a finding fails, 0 for the lowest; -1 for none that is known."""
    text = value_text(value).lower()
    return next((at for at, words in enumerate(_LEVELS) if re.match(words, text)), -1)


def highest(value: Value | None) -> float:
    """The highest number in a value, also of an expression (`CI ? 3 : 0`)."""
    if isinstance(value, bool):
        return float(value)
    return max((float(each) for each in re.findall(r"\d+(?:\.\d+)?", value_text(value))), default=0)


def weaker_presets(was: Value | None, now: Value | None) -> tuple[str, Severity, str] | None:
    """Presets of a linter that are gone, or replaced by weaker ones of the same plugin."""
    lost = [str(each) for each in items_of(was) if each not in items_of(now)]
    gained = [str(each) for each in items_of(now) if each not in items_of(was)]
    for each in lost:
        heirs = [other for other in gained if other.split(".")[0] == each.split(".")[0]]
        if not heirs or max(map(_strength, heirs)) < _strength(each):
            what = f"becomes {heirs[0]}" if heirs else "is removed"
            return RULE_OFF, "flag", f"The preset {each} {what}, so that fewer rules apply."
    return None


def _strength(preset: str) -> int:
    ranks = ("all", "strict", "recommended", "stylistic|essential|base|eslint")
    return 2 * next((4 - at for at, word in enumerate(ranks) if re.search(word, preset.lower())), 0) + (
        "type" in preset.lower()
    )


def fewer_globs(name: str, was: Value | None, now: Value | None) -> tuple[str, Severity, str] | None:
    """Patterns of checks, of which `-` switches off."""
    had, has = ([each.strip() for each in joined_text(value).split(",") if each.strip()] for value in (was, now))
    lost = [each for each in had if not each.startswith("-") and each not in has and "*" not in has]
    off = [
        each for each in has if each.startswith("-") and each not in had and not (each == "-*" and set(had) <= set(has))
    ]
    if lost or off:
        return RULE_OFF, "flag", f"{name} has fewer checks than before ({', '.join([*lost, *off][:3])})."
    return None
