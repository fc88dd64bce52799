"""How people write where a repository is."""

import pytest

from honk.integrations.github.client import urls

PUBLIC = "https://api.github.com"
HOUSE = "https://git.example.com:8443/api/v3"

SAME = ("acme", "shop.js")

TAKEN = [
    "acme/shop.js",
    "https://github.com/acme/shop.js",
    "https://github.com/acme/shop.js.git",
    "https://github.com/acme/shop.js/",
    "http://GitHub.com/acme/shop.js",
    "https://ada:ghp_secret@github.com/acme/shop.js.git",
    "git@github.com:acme/shop.js.git",
    "github.com:acme/shop.js",
    "ssh://git@github.com/acme/shop.js.git",
    "ssh://git@github.com:22/acme/shop.js.git",
    "github.com/acme/shop.js",
]

NOT = [
    "",
    "shop",
    "acme/shop/tree",
    "https://github.com/acme",
    "https://github.com/acme/shop/pull/3",
    "https://github.com/acme/shop?tab=readme",
    "https://gitlab.com/acme/shop",
    "https://github.com.evil.example/acme/shop",
    "https://evil.example/github.com/acme/shop",
    "https://github.com@evil.example/acme/shop",
    "git@gitlab.com:acme/shop.git",
    "file:///srv/acme/shop",
    "/srv/acme",
    "./acme/shop",
    "../shop",
    "~/acme",
    "acme/..",
    "acme/.",
    "-x/shop",
    "acme/sh op",
    "ext::sh -c x",
]


@pytest.mark.parametrize("url", TAKEN)
def test_every_way_of_writing_it_is_the_same(url: str) -> None:
    assert urls.parse(url, PUBLIC) == SAME


@pytest.mark.parametrize("url", NOT)
def test_what_is_elsewhere_is_not_ours(url: str) -> None:
    assert urls.parse(url, PUBLIC) is None


def test_an_enterprise_server_is_another_one() -> None:
    for url in (
        "https://git.example.com:8443/acme/shop.js",
        "git@git.example.com:acme/shop.js.git",
        "ssh://git@git.example.com/acme/shop.js",
    ):
        assert urls.parse(url, HOUSE) == SAME
    assert urls.parse("https://github.com/acme/shop.js", HOUSE) is None


@pytest.mark.parametrize(
    ("api", "web"),
    [
        (PUBLIC, "https://github.com"),
        (HOUSE, "https://git.example.com:8443"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("http://127.0.0.1:8000/api/v3", "http://127.0.0.1:8000"),
    ],
)
def test_where_people_look(api: str, web: str) -> None:
    assert urls.web_url(api) == web
