from slugs import unique


def test_free_slug_stays(taken):
    assert unique("contact", taken) == "contact"


def test_first_free_number(taken):
    assert unique("news", taken) == "news-3"
    assert unique("about", taken) == "about-2"
