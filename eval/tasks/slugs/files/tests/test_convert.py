import pytest

from slugs.convert import shorten, slugify, words


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World", "hello-world"),
        ("  spaces   everywhere ", "spaces-everywhere"),
        ("Straße", "strasse"),
        ("Crème brûlée", "creme-brulee"),
        ("2 + 2 = 4", "2-2-4"),
        ("---", ""),
    ],
)
def test_slugify(title, slug):
    assert slugify(title) == slug


def test_limit_cuts_between_words():
    assert slugify("one two three", limit=8) == "one-two"
    assert slugify("one two three", limit=7) == "one-two"


def test_limit_cuts_a_long_word():
    assert shorten("incomprehensible", 6) == "incomp"


def test_words():
    assert words("Crème brûlée!") == ["creme", "brulee"]
    assert words("?") == []
