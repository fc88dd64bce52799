"""Which repository a request is about: only where the catalogue makes it clear."""

import pytest

from honk.core import repo_matching
from honk.core.repo import Repo

REPOS = [
    Repo("web-player", "/1", "local", "main", "the player that listeners see: playlists, covers, queue"),
    Repo("billing", "/2", "local", "main", "invoices, subscriptions and refunds"),
    Repo("search-api", "/3", "local", "main", "finds tracks and playlists by their names"),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("invoices of refunds are rounded wrongly", "billing"),
        ("the search is slow", "search-api"),
        ("billing shows a wrong sum", "billing"),
        ("the queue loses its covers", "web-player"),
        ("the playlist page crashes when it is empty", ""),
        ("refunds of the queue", ""),
        ("one refund is missing", ""),
        ("make it better", ""),
        ("", ""),
    ],
)
def test_a_match_is_clear_or_none(text: str, found: str) -> None:
    assert repo_matching.match(text, REPOS) == found


def test_the_likely_ones_come_first() -> None:
    assert repo_matching.ranked("playlists by name", REPOS)[0] == "search-api"
    assert repo_matching.ranked("refunds", REPOS)[0] == "billing"
    assert sorted(repo_matching.ranked("", REPOS)) == ["billing", "search-api", "web-player"]
