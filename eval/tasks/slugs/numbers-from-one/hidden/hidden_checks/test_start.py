from slugs import unique


def test_start():
    assert unique("a", ["a"], start=1) == "a-1"
    assert unique("a", ["a", "a-5"], 5) == "a-6"
    assert unique("a", [], start=9) == "a"
