"""What the parts of a comment say."""

from dataclasses import replace

from honk.core.ci import Check
from honk.integrations.github.conversation import evidence_parts

HOME = "https://github.test/acme/shop"
GREEN = Check("build", "green", f"{HOME}/actions/runs/1/job/1")
RED = Check("e2e", "red", f"{HOME}/actions/runs/1/job/2", "Error: 500\n  at cart.ts:3")


def many(check: Check, number: int) -> list[Check]:
    return [replace(check, name=f"{check.name}-{n}") for n in range(number)]


def test_checks_that_are_not_green_come_first_and_show_their_log() -> None:
    outside = Check("ci/elsewhere", "red", "https://evil.example/x", on_base=True)
    line, log = evidence_parts.checks([GREEN, RED, outside], HOME)
    assert line == (
        f"**GitHub's checks:** [✗ e2e]({RED.url}) · ~ ci/elsewhere (on the base branch as well)"
        f" · [✓ build]({GREEN.url})"
    )
    assert log == "e2e:\n\n```text\nError: 500\n  at cart.ts:3\n```"


def test_of_many_checks_those_that_are_green_are_counted() -> None:
    assert evidence_parts.checks(many(GREEN, 14), HOME) == ["**GitHub's checks:** ✓ 14 green"]
    line = evidence_parts.checks([*many(GREEN, 14), RED], HOME)[0]
    assert line == f"**GitHub's checks:** [✗ e2e]({RED.url}) · ✓ 14 green"
    line = evidence_parts.checks([*many(Check("e2e", "running"), 12), GREEN], HOME)[0]
    assert line.endswith(" · … e2e-9 · 2 more not green · ✓ 1 green")


def test_no_checks_no_text() -> None:
    assert evidence_parts.checks([], HOME) == []
