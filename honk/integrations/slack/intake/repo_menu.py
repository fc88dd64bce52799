"""The options of the searchable menu of repositories, while somebody types. Pure."""

import difflib
from collections.abc import Iterable
from typing import Any

from honk.core.repo import Repo
from honk.integrations.slack.messages import block_kit, mrkdwn, truncation

MOST = 100
"""Options that Slack takes."""

LONGEST_VALUE = 150


def options(repos: Iterable[Repo], typed: str) -> list[dict[str, Any]]:
    """The repositories that match the typed text, the best first: by name, by description, by similarity."""
    wanted = typed.strip().lower()
    rows = [(_rank(repo, wanted), repo.name.lower(), repo) for repo in repos if len(repo.name) <= LONGEST_VALUE]
    return [_option(repo) for rank, _, repo in sorted(rows, key=lambda row: row[:2]) if rank < NO_FIT][:MOST]


NO_FIT = 4
LIKE = 0.6


def _rank(repo: Repo, wanted: str) -> int:
    name = repo.name.lower()
    if name.startswith(wanted):
        return 0
    if wanted in name:
        return 1
    if wanted in repo.about.lower():
        return 2
    return 3 if difflib.SequenceMatcher(None, name, wanted).ratio() >= LIKE else NO_FIT


def _option(repo: Repo) -> dict[str, Any]:
    about = truncation.plain(mrkdwn.label(repo.about), block_kit.OPTION_TEXT)
    option: dict[str, Any] = {
        "text": {"type": "plain_text", "text": truncation.plain(mrkdwn.label(repo.name), block_kit.OPTION_TEXT) or "…"},
        "value": repo.name,
    }
    return option | ({"description": {"type": "plain_text", "text": about}} if about else {})
