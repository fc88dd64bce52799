"""Changes to `honk.toml`.

Honk reads it from the base branch, so a change has no effect on its own session. Every change is flagged; one that
switches a verifier off or lowers a protection is blocked: a person may make it by hand.
"""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from honk.core.diff import DiffLine, FileDiff
from honk.core.honk_toml import FILENAME, HonkToml
from honk.core.verdict import Finding
from honk.verify.base import KINDS
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import commands
from honk.verify.syntax.diff_hunks import MAX_LINE

RULE = "honk-toml-changed"

_MERGE = ("nobody", "approved", "requester", "anyone")
"""The strictest first."""


def honk_toml_changed(rule_input: RuleInput) -> Iterator[Finding]:
    """Every change to the file, and what it weakens."""
    for file in rule_input.diff.files:
        if FILENAME not in (file.change.path, file.change.old_path):
            continue
        if file.change.path != FILENAME or file.change.status == "deleted":
            yield finding(
                RULE,
                FILENAME,
                0,
                "block",
                "honk.toml says how this project is verified, and it is deleted. Restore it.",
            )
            continue
        weaker = list(_weaker(file, rule_input.config))
        yield from weaker
        if not weaker:
            line = file.added[0].number if file.added else 1
            reason = "This changes Honk's rules for this repository after the merge; a person must look at it."
            yield finding(RULE, FILENAME, line, "flag", reason)


def _weaker(file: FileDiff, base: HonkToml) -> Iterator[Finding]:
    was, now = _values(file.removed), _values(file.added)
    for kind in KINDS:
        command = getattr(base.verify, kind)
        if kind in now:
            value, line = now[kind]
            if _is_verifier(kind, value, was, base) and _off(value):
                yield finding(
                    RULE, FILENAME, line, "block", f"The {kind} verifier is switched off. Restore its command."
                )
        elif command and kind in was and was[kind][0] == command:
            reason = f"The {kind} command is removed. Restore it."
            yield finding(RULE, FILENAME, 1, "block", reason)
    yield from _protected(file, base)
    yield from _policy(was, now, base)


def _is_verifier(kind: str, value: Any, was: dict[str, tuple[Any, int]], base: HonkToml) -> bool:
    """`build` is also a key of [preview]; it is that one when it replaces the preview's command."""
    if not isinstance(value, str):
        return False
    return kind != "build" or kind not in was or was[kind][0] == base.verify.build


def _off(command: str) -> bool:
    return commands.checks_nothing(command) or commands.ignores_failure(command)


def _protected(file: FileDiff, base: HonkToml) -> Iterator[Finding]:
    """Protected patterns of the base whose line the change removes; a list may have one line for each of them."""

    def stands(pattern: str, lines: tuple[DiffLine, ...]) -> bool:
        quoted = (f'"{pattern}"', f"'{pattern}'", json.dumps(pattern))
        settings = (line.text for line in lines if not line.text.lstrip().startswith("#"))
        return any(each in text for text in settings for each in quoted)

    patterns = base.policy.protected
    lost = [each for each in patterns if stands(each, file.removed) and not stands(each, file.added)]
    if lost:
        line = file.added[0].number if file.added else 1
        reason = f"These paths would no longer be protected: {', '.join(lost)}. Put them back."
        yield finding(RULE, FILENAME, line, "block", reason)


def _policy(was: dict[str, tuple[Any, int]], now: dict[str, tuple[Any, int]], base: HonkToml) -> Iterator[Finding]:
    if "approvals" in now or "approvals" in was:
        value, line = now.get("approvals", (0, 1))
        if isinstance(value, int) and value < base.policy.approvals:
            yield finding(RULE, FILENAME, line, "block", "A merge would need fewer approvals. Restore the number.")
    if "merge" in now or "merge" in was:
        value, line = now.get("merge", ("requester", 1))
        if value in _MERGE and _MERGE.index(value) > _MERGE.index(base.policy.merge):
            yield finding(RULE, FILENAME, line, "block", f"More people could merge ({value}). Restore the setting.")


def _values(lines: tuple[DiffLine, ...]) -> dict[str, tuple[Any, int]]:
    """The keys and values that stand on one line each; a list over several lines is put together."""
    found: dict[str, tuple[Any, int]] = {}
    pending = ""
    for line in lines:
        text = f"{pending}\n{line.text[:MAX_LINE]}" if pending else line.text[:MAX_LINE]
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            pending = text if "[" in text.partition("=")[2] and len(text) < MAX_LINE else ""
            continue
        pending = ""
        found |= {key: (value, line.number) for key, value in table.items() if not isinstance(value, dict)}
    return found
