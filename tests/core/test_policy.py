"""Who may merge, and why not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.core import events, policy
from honk.core.change import Change, Diffstat, FileChange
from honk.core.ci import Check
from honk.core.honk_toml import PolicySettings
from honk.core.person import AGENT, Person
from honk.core.policy import PolicyCase
from honk.core.session import Session, Turn
from honk.core.verdict import Finding, Verdict

ANNA = Person("local:1000", "Anna", "anna@example.org")
BEN = Person("slack:T1/U2", "Ben", "ben@example.org")
CARA = Person("github:3", "Cara", "cara@example.org")
IMPOSTOR = Person("slack:T1/U9", "Anna", "anna@example.org")

RED = Verdict("test", False, 1.0, "pytest", "honk.toml")
GREEN = Verdict("test", True, 1.0, "pytest", "honk.toml")
FLAKY = Verdict("test (web)", False, 1.0, "npm test", "package.json", state="flaky", kind="test")
REQUIRED = PolicySettings(require=("test",))
BLOCK = Finding("tests-deleted", "tests/test_a.py", 0, "block", "a test was deleted.")
FLAG = Finding("protected", "infra/main.tf", 3, "flag", "infra/** is protected")

FINE = PolicyCase(
    settings=PolicySettings(),
    actor=ANNA,
    asked=(ANNA,),
    may_write=True,
    head="c" * 40,
    shown="c" * 40,
    verified=True,
    verdicts=(GREEN,),
    paths=("app.py",),
)


def refusals(case: PolicyCase) -> list[str]:
    return [part.rule for part in policy.may_merge(case).parts if not part.ok]


def test_a_required_verifier_that_passed_is_enough() -> None:
    assert policy.may_merge(replace(FINE, settings=REQUIRED)).ok
    refused = policy.may_merge(replace(FINE, settings=REQUIRED, verdicts=(FLAKY,)))
    assert "requires verifiers that did not pass: test is flaky" in refused.reason


def test_the_requester_merges_what_is_green() -> None:
    ruling = policy.may_merge(FINE)
    assert ruling.ok and ruling.reason == "Anna may merge."
    assert [part.rule for part in ruling.parts] == [
        "change", "shown", "verifiers", "required", "checks", "guard", "look", "rights", "who", "approvals",
    ]  # fmt: skip
    assert all(part.reason for part in ruling.parts)


@pytest.mark.parametrize(
    ("case", "refused"),
    [
        (replace(FINE, head="", shown=""), ["change"]),
        (replace(FINE, shown="b" * 40), ["shown"]),
        (replace(FINE, shown=""), ["shown"]),
        (replace(FINE, verified=False), ["verifiers"]),
        (replace(FINE, verdicts=(GREEN, RED)), ["verifiers"]),
        (replace(FINE, settings=REQUIRED, verdicts=()), ["required"]),
        (replace(FINE, settings=REQUIRED, verdicts=(replace(GREEN, name="lint"),)), ["required"]),
        (replace(FINE, settings=REQUIRED, verdicts=(GREEN, FLAKY)), ["required"]),
        (replace(FINE, settings=REQUIRED, verdicts=(replace(GREEN, state="unknown"),)), ["verifiers", "required"]),
        (replace(FINE, checks=(Check("e2e", "red"),)), ["checks"]),
        (replace(FINE, checks=(Check("e2e", "running", required=True),)), ["checks"]),
        (replace(FINE, checks=(Check("e2e", "unknown", required=True),)), ["checks"]),
        (replace(FINE, checks=(Check("e2e", "queued", again=True),)), ["checks"]),
        (replace(FINE, findings=(BLOCK,), confirmed=True), ["guard"]),
        (replace(FINE, findings=(FLAG,)), ["look"]),
        (replace(FINE, paths=("app.py", "honk.toml")), ["look"]),
        (replace(FINE, may_write=False), ["rights"]),
        (replace(FINE, actor=BEN), ["who"]),
        (replace(FINE, actor=IMPOSTOR), ["who"]),
        (replace(FINE, asked=()), ["who"]),
        (replace(FINE, settings=PolicySettings(merge="nobody")), ["who"]),
        (replace(FINE, settings=PolicySettings(approvals=1)), ["approvals"]),
        (replace(FINE, settings=PolicySettings(merge="approved")), ["approvals"]),
        (PolicyCase(PolicySettings(), ANNA, ()), ["change", "verifiers", "rights", "who"]),
    ],
)
def test_one_missing_thing_is_enough(case: PolicyCase, refused: list[str]) -> None:
    assert refusals(case) == refused
    ruling = policy.may_merge(case)
    assert not ruling.ok
    assert all(part.reason in ruling.reason for part in ruling.parts if not part.ok)


@pytest.mark.parametrize(
    "case",
    [
        replace(FINE, verdicts=()),
        replace(FINE, verdicts=(replace(RED, base_ok=False),)),
        replace(FINE, checks=(Check("e2e", "red", on_base=True), Check("unit", "green", flaky=True))),
        replace(FINE, checks=(Check("nightly", "running"), Check("docs", "skipped", required=True))),
        replace(FINE, findings=(FLAG,), confirmed=True),
        replace(FINE, findings=(FLAG,), approvers=(BEN,)),
        replace(FINE, paths=("honk.toml",), confirmed=True),
        replace(FINE, actor=BEN, settings=PolicySettings(merge="anyone")),
        replace(FINE, actor=BEN, settings=PolicySettings(merge="approved"), approvers=(CARA,)),
        replace(FINE, settings=PolicySettings(approvals=2), approvers=(BEN, CARA)),
    ],
)
def test_what_the_policy_asks_for_is_enough(case: PolicyCase) -> None:
    assert policy.may_merge(case).ok


def test_ones_own_approval_counts_for_nothing() -> None:
    two = replace(FINE, settings=PolicySettings(approvals=2))
    assert not policy.may_merge(replace(two, approvers=(ANNA, BEN))).ok
    assert not policy.may_merge(replace(two, approvers=(BEN, BEN))).ok
    assert not policy.may_merge(replace(two, approvers=(BEN, AGENT))).ok
    assert not policy.may_merge(replace(two, asked=(ANNA, CARA), approvers=(BEN, CARA))).ok, "who joined in the asking"
    assert not policy.may_merge(replace(FINE, findings=(FLAG,), approvers=(ANNA,))).ok
    same_name = replace(BEN, id="slack:T1/U3")
    assert policy.may_merge(replace(two, approvers=(BEN, same_name))).ok, "people are their ids, not their names"


@given(
    st.builds(
        PolicyCase,
        settings=st.builds(
            PolicySettings, approvals=st.integers(0, 2), merge=st.from_type(PolicySettings).map(lambda p: p.merge)
        ),
        actor=st.sampled_from([ANNA, BEN, CARA, IMPOSTOR]),
        asked=st.lists(st.sampled_from([ANNA, BEN]), max_size=2).map(tuple),
        head=st.sampled_from(["", "c" * 40]),
        shown=st.sampled_from(["", "b" * 40, "c" * 40]),
        approvers=st.lists(st.sampled_from([ANNA, BEN, CARA, AGENT]), max_size=3).map(tuple),
        verdicts=st.lists(st.sampled_from([RED, GREEN]), max_size=2).map(tuple),
        findings=st.lists(st.sampled_from([BLOCK, FLAG]), max_size=2).map(tuple),
        paths=st.sampled_from([(), ("honk.toml",)]),
    )
)
def test_a_yes_has_no_hole(case: PolicyCase) -> None:
    ruling = policy.may_merge(case)
    assert ruling.ok == (not refusals(case))
    if not ruling.ok:
        return
    assert case.head and case.shown == case.head and case.verified and case.may_write
    assert RED not in case.verdicts and BLOCK not in case.findings
    others = {person.id for person in case.approvers} - {person.id for person in case.asked} - {AGENT.id}
    assert len(others) >= case.settings.approvals
    assert case.settings.merge != "nobody"
    assert case.settings.merge != "requester" or case.actor == case.asked[0]
    assert case.settings.merge != "approved" or others
    assert case.confirmed or others or (FLAG not in case.findings and not case.paths)


def test_no_rules_allow_nothing() -> None:
    ruling = policy.every("fly", (), FINE)
    assert not ruling.ok and ruling.reason == "No rule allows anybody to fly."


def test_those_who_take_part_may_cancel_raise_the_budget_and_roll_back() -> None:
    may = policy.may_take_part
    assert may(replace(FINE, may_write=False)).ok
    assert may(replace(FINE, actor=BEN, asked=(ANNA, BEN), may_write=False)).ok
    assert may(replace(FINE, actor=BEN)).ok
    refused = may(replace(FINE, actor=BEN, may_write=False))
    assert not refused.ok and refused.reason == "Ben did not ask for it, and may not write to this repository."


def test_a_ruling_reads_as_a_tree() -> None:
    said = policy.why(policy.may_merge(replace(FINE, actor=BEN, findings=(FLAG,))))
    assert said.splitlines()[0] == "✗ merge: no"
    assert "  ✓ change: The change is commit cccccccccc." in said
    assert "  ✗ who: This repository's policy lets only Anna merge it, who asked for it." in said
    assert "infra/main.tf:3, infra/** is protected" in said
    assert policy.why(policy.may_merge(FINE)).startswith("✓ merge: yes\n")


def test_a_case_is_made_from_a_session() -> None:
    files = (FileChange("b.py", "renamed", old_path="honk.toml"), FileChange("a.py", "modified", old_path="a.py"))
    session = Session(
        "abc2345",
        turns=(Turn(1, "Blue", ANNA), Turn(2, "Bluer", BEN, given_to_agent=True), Turn(3, "No, red", CARA)),
        change=Change(head="c" * 40, diffstat=Diffstat(files)),
        approvals=(events.Approved("b" * 40, CARA), events.Approved("c" * 40, BEN)),
        verdicts=(GREEN,),
        guard=(FLAG,),
    )
    case = policy.case(session, PolicySettings(), ANNA, may_write=True, verified=True, shown="c" * 40, confirmed=True)
    assert case == PolicyCase(
        settings=PolicySettings(),
        actor=ANNA,
        asked=(ANNA, BEN),
        may_write=True,
        head="c" * 40,
        shown="c" * 40,
        approvers=(BEN,),
        verified=True,
        verdicts=(GREEN,),
        findings=(FLAG,),
        paths=("b.py", "honk.toml", "a.py"),
        confirmed=True,
    )
