from slugs import slugify


def test_separator():
    assert slugify("One, two", separator="_") == "one_two"
    assert slugify("one two three", limit=8, separator=".") == "one.two"
    assert slugify("a-b", separator="_") == "a_b"
    assert slugify(" x ", separator="") == "x"
