"""Formats without a parser, compared by their text, and files that list what a checker ignores."""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.tool_config.added_line import line_of
from honk.verify.rules.tool_config.harmless import HARMLESS
from honk.verify.rules.tool_config.rule_names import RULE_OFF
from honk.verify.syntax import commands


def more_ignored(file: FileDiff, old: str, new: str) -> Iterator[Finding]:
    before = set(old.split())
    gained = [
        each.strip()
        for each in new.splitlines()
        if each.strip() and each.strip() not in before and not each.strip().startswith(("#", "!"))
    ]
    gained = [each for each in gained if not HARMLESS.search(each)]
    if gained:
        reason = f"A checker now leaves out {', '.join(gained[:3])}. Restore it, or a person confirms it."
        yield finding(RULE_OFF, file.change.path, line_of(file, gained[0], gained[0]), "flag", reason)


_TEXT_OFF = re.compile(
    r"(?i)\b(?:ignoreFailures|failOnViolation|enabled|isIgnoreFailures|failOnError|warningsAsErrors"
    r"|allWarningsAsErrors|abortOnError|checkReleaseBuilds|exclude\w*|disable\w*|ignore\w*|skip\w*|minimum|level"
    r"|reportUnmatched\w*|excludes_analyse|onlyIf|filter)\b"
)


def compared_by_text(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """Formats without a parser (Gradle, NEON, plain options): removed checks, new exceptions, lowered numbers, by
    their text."""
    if file.change.path.endswith((".rspec", ".opts", ".bazelrc")):
        old, new = (" ".join(text.split()) for text in (rule_input.old(file).text, rule_input.new(file).text))
        if why := commands.weaker(f"rspec {old}", f"rspec {new}"):
            reason = f"The test runner's options check less: it {why}. Restore them, or a person confirms it."
            yield finding(RULE_OFF, file.change.path, line_of(file, "", None), "flag", reason)
        return
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
