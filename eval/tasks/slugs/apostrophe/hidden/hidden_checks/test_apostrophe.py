from slugs import slugify


def test_apostrophe():
    assert slugify("Don't panic") == "dont-panic"
    assert slugify("O'Neill") == "oneill"
    assert slugify("Rock’n’Roll") == "rocknroll"
    assert slugify("'quoted words'") == "quoted-words"
    assert slugify("the dogs' house") == "the-dogs-house"
