"""CODEOWNERS, by the examples of GitHub's own documentation."""

import pytest

from honk.forges import codeowners
from honk.forges.codeowners import Owners

DOCUMENTED = """
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com @docs-owner
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat-logs
/apps/ @octocat
/apps/github
with\\ space.md @spacey
!nobody @nobody
[ab].c @nobody
"""


@pytest.mark.parametrize(
    ("path", "users", "teams"),
    [
        ("README.md", ("global-owner1", "global-owner2"), ()),
        ("src/deep/a.js", ("js-owner",), ()),
        ("a.go", (), ()),
        ("a.txt", (), ("octocats",)),
        ("build/logs/one/two.log", ("octocat-logs",), ()),
        ("docs/getting-started.md", ("doctocat",), ()),
        ("docs/build-app/troubleshooting.md", ("doctocat",), ()),
        ("scripts/x.sh", ("doctocat", "octocat"), ()),
        ("deeply/nested/logs/x", ("octocat-logs",), ()),
        ("apps/web/x", ("octocat",), ()),
        ("apps/github/x", (), ()),
        ("lib/apps/x", ("octocat",), ()),
        ("with space.md", ("spacey",), ()),
        ("a.c", ("global-owner1", "global-owner2"), ()),
    ],
)
def test_the_last_match_decides(path: str, users: tuple[str, ...], teams: tuple[str, ...]) -> None:
    assert codeowners.parse(DOCUMENTED).of([path], "octo-org") == Owners(users, teams)


def test_a_single_star_does_not_reach_into_directories() -> None:
    rules = codeowners.parse("docs/* @writer")
    assert rules.of(["docs/a.md"], "acme").users == ("writer",)
    assert rules.of(["docs/deep/a.md"], "acme").users == ()


def test_everybody_is_asked_once_and_no_other_organisations_team() -> None:
    rules = codeowners.parse("*.a @ada @acme/core\n*.b @ada @other/core\n")
    assert rules.of(["x.a", "y.a", "z.b"], "Acme") == Owners(("ada",), ("core",))


def test_no_file_names_nobody() -> None:
    assert codeowners.parse("").of(["a"], "acme") == Owners()


def test_lines_that_are_not_understood_are_named() -> None:
    rules = codeowners.parse("!nobody @nobody\n[ab].c @nobody\n\\#x @nobody\n/ @all\n*.a @ada # a [note]\n")
    assert rules.not_understood == ("!nobody @nobody", "[ab].c @nobody", "\\#x @nobody", "/ @all")
    assert rules.of(["x.a"], "acme").users == ("ada",)
