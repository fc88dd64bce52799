"""The honk.toml that `honk init` writes: only what detection alone cannot know."""

from collections.abc import Iterator

from honk.pipeline.repo_config import Plan
from honk.pipeline.verification.local_verify import Inspection
from honk.verify.base import KINDS

MAX_LEFT_OUT = 10
_HEAD = "# Written by `honk init`: what detection alone cannot know. Honk finds everything else by itself."


def draft(plan: Plan, found: Inspection) -> str:
    """The file's text; empty where detection knows everything, so that no file is needed."""
    parts = [*_setup(found), *_verify(plan, found)]
    return "\n".join([_HEAD, *parts, ""]) if parts else ""


def _setup(found: Inspection) -> Iterator[str]:
    for run in found.setup:
        if not run.ok:
            yield "\n[setup]"
            yield _comment(f"The set-up that Honk found fails at `{run.command}`. Name all commands that it takes:")
            yield f"# run = [{', '.join(_quoted(each.command) for each in found.setup)}]"


def _verify(plan: Plan, found: Inspection) -> Iterator[str]:
    odd = [verdict for verdict in found.verdicts if not verdict.ok and verdict.note]
    tested = any(each.kind == "test" for each in plan.verifiers)
    if not odd and tested and not plan.left_out:
        return
    yield "\n[verify]"
    for verdict in odd:
        yield _comment(f"{verdict.name} (from {verdict.source}): {verdict.note}")
        yield f"# {verdict.kind if verdict.kind in KINDS else 'test'} = {_quoted(verdict.command)}"
    if not tested:
        yield _comment("No tests were found. Name the command that runs them:")
        yield '# test = ""'
    if plan.left_out:
        yield _comment("The owners' files run these as well, and Honk does not:")
    for left in plan.left_out[:MAX_LEFT_OUT]:
        yield _comment(f"- {left.step.text}: {left.reason} ({left.step.source})")
    if len(plan.left_out) > MAX_LEFT_OUT:
        yield _comment(f"- and {len(plan.left_out) - MAX_LEFT_OUT} more: `honk verify --explain` lists them")


def _comment(text: str) -> str:
    return f"# {' '.join(_printable(text).split())[:300]}"


def _quoted(text: str) -> str:
    return '"' + _printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
