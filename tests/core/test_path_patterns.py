"""Patterns of gitignore: what they match is what git says, or they are refused."""

import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honk.core import path_patterns
from honk.core.path_patterns import matches, refusal, unmatched


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("infra/[ab].tf", "infra/a.tf"),
        ("infra/[!b].tf", "infra/a.tf"),
        ("infra/[^b].tf", "infra/a.tf"),
        ("./deploy/**", "deploy/x/y.sh"),
        ("././deploy//**", "deploy/x"),
        ("deploy/.", "deploy/x"),
        ("infra/**", "infra/a/b"),
        ("infra/", "infra/a"),
        ("infra/", "x/infra/a"),
        ("infra", "x/infra/a"),
        ("/infra", "infra/a"),
        ("infra/*", "infra/a/b"),
        ("*.tf", "a/b/c.tf"),
        ("**/c.tf", "c.tf"),
        ("a/**/c", "a/c"),
        ("a/**/c", "a/b/b/c/d"),
        ("**", ".hidden"),
        ("**/**", "a"),
        ("a b/c d", "a b/c d"),
        ("app/\\[slug\\]/**", "app/[slug]/page.tsx"),
        ("{{cookiecutter.name}}/**", "{{cookiecutter.name}}/x"),
        ("app/(auth)/**", "app/(auth)/x"),
        # what takes the place of a protected folder: a file, a link, a submodule
        ("infra/**", "infra"),
        ("infra/", "infra"),
        # names with line feeds, which pathspec's regular expressions would not match
        ("**/secret.tf", "a\nb/secret.tf"),
        ("*.tf", "\n.tf"),
        ("infra/**", "infra/a\n"),
        ("donn\u00e9es/**", unicodedata.normalize("NFD", "donn\u00e9es/x")),
        (unicodedata.normalize("NFD", "donn\u00e9es/**"), "donn\u00e9es/x"),
    ],
)
def test_a_pattern_matches(pattern: str, path: str) -> None:
    assert refusal(pattern) == ""
    assert matches(path, [pattern])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("infra/[ab].tf", "infra/c.tf"),
        ("infra/[ab].tf", "x/infra/a.tf"),
        ("./deploy/**", "x/deploy/y"),
        ("infra/**", "x/infra/a"),
        ("infra", "infrared/a"),
        ("infra/**", "Infra/a"),
        ("app/\\[slug\\]", "app/s"),
        ("a/*/c", "a/b/b/c"),
        ("*.tf", "a.tfx"),
    ],
)
def test_a_near_miss_does_not_match(pattern: str, path: str) -> None:
    assert refusal(pattern) == ""
    assert not matches(path, [pattern])


REFUSED = path_patterns.listed(
    """
!infra/x #infra / ./ . // ../x a/../b infra/.. infra\\a.tf infra\\*.tf \\#x a\\ C:/x C:\\x ~/x ~ file:///x https://a/b
[ab ab] [] [!] [^] [z-a] [[:alpha:]]x [a/b] [a--b] [a&&b] [[a] {a,b} infra/{a,b}.tf +(a|b) a**b **.tf infra/**.tf a**
*** a/***/b
"""
)


@pytest.mark.parametrize(
    "pattern",
    ["", " ", " infra", "infra ", "a\0b", "a\nb", "a\tb", "infra\u200b/**", "\u00a0a", "infra/** deploy/**", *REFUSED],
)
def test_what_is_not_understood_is_refused_and_never_matched(pattern: str) -> None:
    assert refusal(pattern)
    with pytest.raises(ValueError, match="is|holds|leads|begins|lists|cannot|matches"):
        matches("anything", ["infra/**", pattern])


def test_patterns_without_a_file_are_found() -> None:
    paths = ("infra/a.tf", "x")
    assert unmatched(("infra/**", "Infra/**", "old/**", "old/**"), paths) == ("Infra/**", "old/**")
    assert unmatched(("infra/* deploy/*",), paths) == ("infra/* deploy/*",)
    assert unmatched((), paths) == ()


names = st.text("ab.x", min_size=1, max_size=3).filter(lambda name: name.strip(".") and name != ".git")
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
parts = st.sampled_from(["a", "b", "*", "**", "?", "a*", "*.x", "[ab]", "[!a]", "[a-b].x", ""])
patterns = st.lists(parts, min_size=1, max_size=4).map("/".join) | st.text("ab*?/[]!.-", max_size=6)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ignored")
    subprocess.run(["git", "init", "-q", place], check=True)
    return place


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_git_ignores_by_a_pattern_is_protected_by_it(repository: Path, data: st.DataObject) -> None:
    """git is asked with `./` and `//` taken away, which it would not match at all."""
    pattern, path = data.draw(patterns), data.draw(paths)
    if refusal(pattern):
        return
    (repository / ".gitignore").write_text(f"{path_patterns.normalized(pattern)}\n")
    asked = ["git", "-C", str(repository), "check-ignore", "--no-index", "-q", path]
    ignored = subprocess.run(asked, check=False).returncode == 0
    if "[!" in pattern or "[^" in pattern:  # may match a `/` as well: protects more
        assert matches(path, [pattern]) or not ignored
    else:
        assert matches(path, [pattern]) is ignored


@given(st.text(max_size=12), st.text(min_size=1, max_size=12))
def test_any_text_is_refused_or_can_be_matched(pattern: str, path: str) -> None:
    if not refusal(pattern):
        assert matches(path, [pattern]) in (True, False)
