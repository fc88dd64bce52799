"""Settings of jobs, steps and hooks that decide what a check does: inputs, environment, shell, rights, versions."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.ci_config.ci_commands import elements, parent_of, runs_checks
from honk.verify.rules.ci_config.ci_finding import checks_less
from honk.verify.rules.ci_config.rights import RIGHTS
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.judge import judge
from honk.verify.rules.tool_config.requested import requested
from honk.verify.rules.tool_config.rule_names import RETRIED
from honk.verify.rules.tool_config.setting_values import dashed, items_of, value_text
from honk.verify.syntax import commands
from honk.verify.syntax.settings import Settings, Value

_INPUTS = re.compile(
    r"\.(?:with|inputs|input|parameters)\.[\w-]+$|\.hooks\[[^\]]*\]\.(?:exclude|files|types)$|^(?:exclude|files)$"
)
_OPTIONS = re.compile(r"(?:ADDOPTS|_OPTS|_OPTIONS|_ARGS|FLAGS)$")
_OFF = re.compile(r"^(?:SKIP|PRE_COMMIT_SKIP\w*|SKIP_\w+|\w*_SKIP|NO_(?:LINT|TESTS?|CHECK)\w*)$")
_RECORDS = re.compile(
    r"^(?:\w+_)?(?:FORCE_PASS|UPDATE|UPDATE_(?:SNAPSHOTS?|GOLDENS?|EXPECT\w*)|SNAPSHOTS?_UPDATE|BLESS|RECORD)$"
)
_NO_EXIT = re.compile(r"\{0\}|\+e\b")
_ENDS = (r"\bset -[a-z]*e|-o errexit", r"pipefail")
_PINNED = re.compile(r"@(?:[0-9a-f]{40}|v?\d[\w.-]*)$")
_BRANCH = re.compile(r"@(?:main|master|develop|dev|trunk|HEAD|latest|next)$")


def steps_weakened(rule_input: RuleInput, file: FileDiff, old: Settings, new: Settings) -> Iterator[Finding]:
    """Inputs, environment, shells, retries, rights and versions that make existing checks weaker."""
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        what = _weaker(rule_input, file.change.path, key, old, was, now)
        last = key.rsplit(".", 1)[-1]
        if what and not requested(rule_input, [last, *map(str, items_of(now))], None):
            yield checks_less(file, key, now, "flag", what)
        if last in ("retry", "max") and "retry" in key and _retries(key, was, now, new) and runs_checks(_job(key), new):
            reason = "CI repeats failing tests until they pass, which hides unreliable ones. A person confirms it."
            yield finding(RETRIED, file.change.path, line_of(file, key, now), "flag", reason)
        if _may_write(key, was, now) and file.change.status != "added" and not _wanted(rule_input, last):
            reason = f"This workflow may now write ({last}: {value_text(now)}), and the request does not ask for it."
            yield finding(RIGHTS, file.change.path, line_of(file, key, now), "flag", f"{reason} A person confirms it.")


def _weaker(rule_input: RuleInput, path: str, key: str, old: Settings, was: Value | None, now: Value | None) -> str:
    last = key.rsplit(".", 1)[-1]
    known = any(each.startswith(parent_of(key.rsplit(".", 1)[0])) for each in old)
    ends = any(re.search(each, str(was)) and not re.search(each, str(now)) for each in _ENDS)
    if ends and last in ("run", "script", "command") and commands.tools(str(now)):
        return "A failing command no longer ends this script (set -e or pipefail is gone)"
    if (
        last == "shell"
        and known
        and _NO_EXIT.search(str(now))
        and not re.search(r"(?<!\+)-e|-o errexit|pipefail", str(now))
    ):
        return "A failing command no longer ends this step (shell without -e)"
    if re.search(r"(?:^|\.)(?:env|environment|variables)\.", key):
        if _OFF.search(last) and now not in (None, False, "", 0, "0", "false"):
            return f"{last} = {value_text(now)} leaves out a check"
        if _RECORDS.search(last) and str(now).lower() not in ("", "0", "no", "false", "none", "never"):
            return f"{last} = {value_text(now)} lets tests accept whatever result they get"
        if _OPTIONS.search(last):
            why = commands.weaker(f"pytest {was or ''}", f"pytest {now or ''}", checks=True)
            return f"{last} makes the checks weaker: it {why}" if why else ""
    if last == "persist-credentials" and was is False and known:
        return "The checkout keeps its token in the job, where every later step can read it (persist-credentials)"
    if last == "uses" and was is None and _BRANCH.search(str(now)):
        action = str(now).split("@")[0]
        same = action.rsplit("/", 1)[-1]
        pinned = any(
            _PINNED.search(str(each)) and str(each).split("@")[0].endswith(f"/{same}") for each in old.values()
        )
        return f"{action} is no longer pinned to a version, so that its owner can change what CI runs" if pinned else ""
    if last == "uses" and _PINNED.search(str(was)) and _BRANCH.search(str(now)):
        return f"{str(now).split('@')[0]} is no longer pinned to a version, so that its owner can change what CI runs"
    if _INPUTS.search(key) and known:
        if dashed(last) in ("severity", "severities", "fail-severity") and set(items_of(now)) < set(items_of(was)):
            return f"{last} has fewer levels than before ({value_text(now)})"
        judged = judge(rule_input, path, re.sub(r"\[[^\]]*\]", "", key), was, now)
        return judged[2].rstrip(".") if judged else ""
    return ""


def _job(key: str) -> str:
    return key.split(".retry")[0].split("[retry")[0]


def _retries(key: str, was: Value | None, now: Value | None, new: Settings) -> bool:
    """Whether failures of the tests themselves are tried again, not only those of the runner."""
    reasons = [
        str(each)
        for when, value in new.items()
        if when.startswith(f"{_job(key)}.retry.when")
        for each in elements(value)
    ]
    narrow = reasons and not any(re.search(r"always|script_failure", each) for each in reasons)
    number = now if isinstance(now, int | float) else 0
    return number > (was if isinstance(was, int | float) else 0) and not narrow


def _may_write(key: str, was: Value | None, now: Value | None) -> bool:
    return bool(re.search(r"(?:^|\.)permissions\.[\w-]+$", key)) and now == "write" and was != now


def _wanted(rule_input: RuleInput, name: str) -> bool:
    """Whether the request speaks of something that needs a right to write."""
    return rule_input.asked(
        "permission", "publish", "release", "deploy", "comment", "push", "upload", "sarif", "pages", "label", "oidc",
        "token", "attest", "sign", "scan", "annotat", "commit", "provenance", "trusted", re.escape(name),
    )  # fmt: skip
