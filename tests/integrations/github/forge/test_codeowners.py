"""CODEOWNERS, by the examples of GitHub's own documentation."""

import pytest

from honk.integrations.github.forge import codeowners
from honk.integrations.github.forge.codeowners import Owners

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
    assert codeowners.of(codeowners.parse(DOCUMENTED), [path], "octo-org") == Owners(users, teams)


def test_a_single_star_does_not_reach_into_directories() -> None:
    rules = codeowners.parse("docs/* @writer")
    assert codeowners.of(rules, ["docs/a.md"], "acme").users == ("writer",)
    assert codeowners.of(rules, ["docs/deep/a.md"], "acme").users == ()


def test_everybody_is_asked_once_and_no_other_organisations_team() -> None:
    rules = codeowners.parse("*.a @ada @acme/core\n*.b @ada @other/core\n")
    assert codeowners.of(rules, ["x.a", "y.a", "z.b"], "Acme") == Owners(("ada",), ("core",))


def test_no_file_names_nobody() -> None:
    assert codeowners.of(codeowners.parse(""), ["a"], "acme") == Owners()
