"""Scripts and images that run checks: shell scripts, Dockerfiles, and scripts of a language that start programs."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.requested import requested
from honk.verify.rules.tool_config.rule_names import COMMAND
from honk.verify.syntax import commands, languages

_SHELL = re.compile(r"\.(?:sh|bash|zsh|ksh|ps1|bat|cmd)$|(?:^|/)(?:Dockerfile|Containerfile)[^/]*$|\.Dockerfile$")
_SHEBANG = re.compile(r"#!.*\b(?:ba|z|da|k)?sh\b")
_STARTS = re.compile(
    r"(?i)\b(?:exec\w*|spawn\w*|run|call|check_call|check_output|system|sh|shell|popen|Command|execa)\w*[!(.]"
    r"|\$`|\bsh `"
)
_EXIT_BY_RESULT = re.compile(r"(?i)\bexit(?:Code)?\b\s*[(=]\s*(?!\s*[\"']?\d+\s*[);\"']|\s*\)|\s*\d+$)\S")
_EXIT_ZERO = re.compile(r"(?i)\bexit(?:Code)?\b\s*[(=]\s*0\b")
_ENDS = re.compile(r"^\s*set -[a-z]*e|^\s*set -o errexit|^#!.* -[a-z]*e")
_PIPES = re.compile(r"pipefail")
_PASSES = re.compile(r"^(?:exit 0|exit)\s*$|^\s*trap\s+(?:['\"]?\s*(?:exit 0|true|:)|-\s+ERR)|^\s*set \+e")
_STAGE = re.compile(r"(?im)^FROM\s+\S+\s+AS\s+(\S+)")


def scripts_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Scripts of the base with checks that run fewer of them, or whose failure no longer counts."""
    for file in rule_input.diff.files:
        if file.change.status == "added" or file.change.binary or file in rule_input.test_files:
            continue
        old, new = rule_input.old(file).text, rule_input.new(file).text
        if _SHELL.search(file.change.path) or _SHEBANG.match(old):
            weaker = _shell(old, new)
        elif languages.of(file.change.path) and re.search(
            r"(?:^|/)(?:scripts?|tools?|bin|ci|build|hack|tasks)/", file.change.path
        ):
            weaker = _starts_fewer(file, new)
        else:
            continue
        for what, why, names in weaker:
            if requested(rule_input, names, None):
                continue
            severity: Severity = "block" if why.startswith(("no longer", "ignores")) and old and new else "flag"
            reason = f"This script checks less: `{what[:60]}` {why}. Restore it, or a person confirms it."
            yield finding(COMMAND, file.change.path, line_of(file, "", None), severity, reason)


def _shell(old: str, new: str) -> Iterator[tuple[str, str, list[str]]]:
    """What the new text checks less, as (command, why, names for it)."""
    had, has = _lines(old), _lines(new)
    if not any(map(commands.tools, had)):
        return
    for was, _, why in commands.lost(had, has):
        yield was, why, [was, *commands.tools(was)]
    for pattern, what in ((_ENDS, "set -e"), (_PIPES, "pipefail")):
        if any(map(pattern.search, had)) and has and not any(map(pattern.search, has)):
            yield what, "is removed, so that a failing check does not end the script", [what]
    ends = [each for each in has if _PASSES.search(each) and each not in had]
    if ends and any(map(commands.tools, has)):
        yield ends[0], "ends the script as passed", [ends[0]]
    for stage in set(_STAGE.findall(old)) & set(_STAGE.findall(new)):
        used = re.compile(rf"(?im)^FROM\s+{re.escape(stage)}\b|--from={re.escape(stage)}\b")
        inside = re.search(rf"(?ims)^FROM\s+\S+\s+AS\s+{re.escape(stage)}\b(.*?)(?=^FROM|\Z)", new)
        if used.search(old) and not used.search(new) and inside and commands.tools(inside[1]):
            yield stage, "is no longer used by another stage, so that its checks do not run", [stage]


def _lines(text: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", text)
    bare = (re.sub(r"^RUN\s+(?:--\S+\s+)*", "", line).rstrip() for line in joined.splitlines())
    return [line for line in bare if line.strip() and (line.startswith("#!") or not line.strip().startswith("#"))]


def _starts_fewer(file: FileDiff, new: str) -> Iterator[tuple[str, str, list[str]]]:
    """Removed lines of a program that started a check which nothing in the file starts any more."""
    left = commands.tools(re.sub(r"[\"'`,\[\]()]+", " ", new))
    judged = [line.text for line in file.removed if _EXIT_BY_RESULT.search(line.text[:500])]
    if judged and any(_EXIT_ZERO.search(line.text[:500]) for line in file.added) and not _EXIT_BY_RESULT.search(new):
        yield judged[0].strip(), "ignores failures (it always exits with 0)", ["exit"]
    for line in file.removed:
        text = line.text[:500]
        if _STARTS.search(text) and not text.lstrip().startswith(("#", "//")):
            bare = re.sub(r"[\"'`,\[\]()]+", " ", text)
            gone = [tool for tool in commands.tools(bare) if tool not in left]
            if gone:
                yield text.strip(), f"no longer runs {gone[0]}", gone
