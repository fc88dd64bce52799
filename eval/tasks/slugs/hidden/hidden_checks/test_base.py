from slugs import slugify, unique
from slugs.convert import shorten, words


def test_base():
    assert slugify("Grüße, Łódź!") == "grusse-lodz"
    assert slugify("alpha beta gamma", limit=11) == "alpha-beta"
    assert shorten("abcdef", 3) == "abc"
    assert words("Über uns") == ["uber", "uns"]
    assert unique("a", ["a", "a-2"]) == "a-3"
    assert unique("b", ["a"]) == "b"
