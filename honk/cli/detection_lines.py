"""What detection found, as text for a terminal."""

from collections.abc import Iterator

from honk.core.verdict import NOTHING_CHECKED
from honk.pipeline.repo_config import Plan
from honk.verify.base import Verifier


def explanation(plan: Plan) -> str:
    """The set-up, each check with the file and the owners' command that it comes from, and what is left out and why."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    yield from (f"! {notice}" for notice in plan.notices)
    if plan.setup.commands:
        yield "Set-up"
        yield from (f"  {command}" for command in plan.setup.commands)
    yield "Checks" if plan.verifiers else f"? {NOTHING_CHECKED} Name them in honk.toml, section [verify]."
    for verifier in plan.verifiers:
        yield f"  {verifier.name}: {_one_line(verifier.command)}"
        yield f"    {origin(verifier)}"
    if plan.left_out:
        yield "Not run"
    for each in plan.left_out:
        yield f"  {_one_line(each.step.text)}: {each.reason} ({each.step.source})"


def origin(verifier: Verifier) -> str:
    """Where the command comes from, in one line."""
    where = f", {verifier.where}" if verifier.where else ""
    if verifier.owners:
        written = "" if verifier.owners == verifier.command else f": `{_one_line(verifier.owners)}`"
        return f"from {verifier.source}{_one_line(where)}{written}"
    return f"from {verifier.source}"


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]
