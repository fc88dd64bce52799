"""Settings that leave out more, or select less, than before."""

import re

from honk.core.verdict import Severity
from honk.verify.rules.rule_input import RuleInput
from honk.verify.rules.tool_config.harmless import HARMLESS
from honk.verify.rules.tool_config.rule_names import RULE_OFF, SCOPE
from honk.verify.rules.tool_config.setting_values import items_of
from honk.verify.syntax.settings import Value


def more_left_out(
    rule_input: RuleInput, name: str, key: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    had = {str(each) for each in items_of(was)}
    gained = [str(each) for each in items_of(now) if str(each) not in had]
    of_tests = re.search(r"(?i)test|norecurse|deselect|collect", f"{key}")
    gained = [
        each
        for each in gained
        if each
        and each != "."
        and not (HARMLESS.search(each.strip("'\"^$")) and not (of_tests and "test" in each.lower()))
    ]
    if not gained:
        return None
    has = {str(each) for each in items_of(now)}
    moved = [
        each
        for each in had - has
        if "/" in each and not any(each.strip("*/") in path for path in rule_input.after.paths)
    ]
    if (
        moved
        and len(moved) >= len(gained)
        and all(any(each in path for path in rule_input.after.paths) for each in gained)
    ):
        return None  # a path that was renamed
    return RULE_OFF, "flag", f"{name} leaves out more than before ({', '.join(gained[:3])})."


def less_selected(
    rule_input: RuleInput, path: str, name: str, was: Value | None, now: Value | None
) -> tuple[str, Severity, str] | None:
    had, has = [str(each) for each in items_of(was)], [str(each) for each in items_of(now)]
    left_out = [each for each in has if each.startswith("!") and each not in had and not HARMLESS.search(each[1:])]
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
        if not (
            "/" in each
            and not re.search(r"^(?:plugin|@|[\w-]+:)|extends|preset", f"{each} {name}")
            and not any(each.split("*")[0].strip("/.") in known for known in rule_input.after.paths)
        )
    ]
    if re.search(r"(?i)envlist|env_list", name):
        lost = [each for each in lost if not re.fullmatch(r"py\d+", each)]
    if lost and (
        len(has) < len(had)
        or re.search(
            r"(?i)python_|header|test-?(match|regex)|testpaths|spec|collectCoverage|include|files|source", name
        )
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
