import pytest

from honk.git import paths


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "a/.git",
        ".GIT/hooks/x",
        ".gIt",
        "a/.g\u200cit/config",
        ".git. ./x",
        "git~1/config",
        ".git::$INDEX_ALLOCATION/x",
        "a\\.git\\config",
        "\uff0egit",
    ],
)
def test_names_that_mean_git_on_some_filesystem(path: str) -> None:
    assert paths.is_git_directory(path.encode())


@pytest.mark.parametrize(
    "path", [".gitignore", ".gitattributes", ".github/x", "a.git/b", "git", "agit~1", "digit~1.txt"]
)
def test_names_that_only_look_like_git(path: str) -> None:
    assert not paths.is_git_directory(path.encode())


@pytest.mark.parametrize(
    ("link", "target", "outside"),
    [
        ("a", "b", False),
        ("a/b", "../c", False),
        ("a/b", "../../c", True),
        ("a", "..", True),
        ("a/b", "..", False),
        ("a", "/etc/passwd", True),
        ("a", "b/../c", True),
        ("a/b/c", ".././../d//e", False),
        ("a", ".git/config", True),
        ("a", "", True),
        ("a", ".", False),
    ],
)
def test_links_that_may_lead_outside(link: str, target: str, outside: bool) -> None:
    assert paths.leads_outside(link.encode(), target.encode()) is outside


def test_under() -> None:
    made = frozenset({b"dist/", b"a.log"})
    assert paths.under(b"dist/x/y", made)
    assert paths.under(b"a.log", made)
    assert not paths.under(b"distant", made)
    assert not paths.under(b"dist", made)
