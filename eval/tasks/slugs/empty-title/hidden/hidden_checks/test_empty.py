from slugs import slugify
from slugs.convert import words


def test_empty():
    assert [slugify(each) for each in ("", "---", "??", "日本")] == ["untitled"] * 4
    assert words("?") == [] and words("untitled") == ["untitled"]
    assert slugify("!", limit=3) == "unt"
