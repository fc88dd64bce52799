"""The text of a pull request."""

import pytest

from honk.integrations.github.forge import pull_request_template


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        ([], ""),
        (["README.md", "src/pull_request_template.md"], ""),
        (["pull_request_template.md"], "pull_request_template.md"),
        (["docs/PULL_REQUEST_TEMPLATE.md", "PULL_REQUEST_TEMPLATE.md"], "docs/PULL_REQUEST_TEMPLATE.md"),
        ([".github/pull_request_template.md", "docs/pull_request_template.md"], ".github/pull_request_template.md"),
        ([".github/PULL_REQUEST_TEMPLATE/one.md"], ""),
    ],
)
def test_the_repositorys_own_template_is_found(paths: list[str], chosen: str) -> None:
    assert pull_request_template.choose(paths) == chosen


def test_evidence_comes_after_the_template_and_is_renewed_alone() -> None:
    first = pull_request_template.body("Verified once.", "## Checklist\r\n- [ ] Tests\n")
    assert first.startswith("## Checklist\n- [ ] Tests\n\n" + pull_request_template.BEGIN)
    edited = first.replace("- [ ]", "- [x]") + "\n\nAnd a word of mine."
    second = pull_request_template.updated(edited, "Verified twice.")
    assert "- [x] Tests" in second and "And a word of mine." in second
    assert "Verified twice." in second and "Verified once." not in second
    assert pull_request_template.updated(second, "Verified twice.") == second


def test_where_the_marks_are_gone_the_evidence_comes_to_the_end() -> None:
    assert pull_request_template.updated("All mine.", "Ours.") == "All mine.\n\n" + pull_request_template.section(
        "Ours."
    )


@pytest.mark.parametrize("forged", [pull_request_template.END, pull_request_template.BEGIN])
def test_evidence_cannot_end_its_own_section(forged: str) -> None:
    body = pull_request_template.body(f"before {forged} after", f"a template with {forged}")
    again = pull_request_template.updated(body, "Anew.")
    assert again.count(pull_request_template.BEGIN) == again.count(pull_request_template.END) == 1
    assert "after" not in again


def test_nobody_is_notified_by_what_an_agent_writes() -> None:
    assert "@everyone" not in pull_request_template.section("Hello @everyone, mail ada@example.com")
    assert "ada@example.com" in pull_request_template.section("mail ada@example.com")


def test_what_is_too_long_for_github_is_cut() -> None:
    body = pull_request_template.body("line\n" * 40_000, "")
    assert len(body) < 65_536 and "cut here" in body and body.endswith(pull_request_template.END)
