import pytest
from slugs import slugify, unique
from slugs.convert import words


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Salt & Pepper", "salt-and-pepper"),
        ("Q&A", "q-and-a"),
        ("&", "and"),
        ("Rock & Roll & Blues", "rock-and-roll-and-blues"),
        ("Fish and Chips", "fish-and-chips"),
        ("Crème brûlée", "creme-brulee"),
        ("2 + 2 = 4", "2-2-4"),
        ("---", ""),
    ],
)
def test_slug(title, slug):
    assert slugify(title) == slug


def test_rest():
    assert slugify("one two three", limit=8) == "one-two"
    assert words("a & b") == ["a", "and", "b"]
    assert unique("news", {"news"}) == "news-2"
