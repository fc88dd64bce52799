"""What is fetched from elsewhere: logs and archives, under an address that is good for a minute and needs no token."""

import secrets
from dataclasses import dataclass

from honk_simulators.github.requests.api_request import ApiResponse
from honk_simulators.github.state.github_state import GitHubState

SECONDS = 60.0
PATH = "/-/downloads/"


@dataclass(frozen=True)
class Download:
    """Something to fetch. `until` is in seconds since the epoch."""

    data: bytes
    kind: str
    until: float


def offer(state: GitHubState, data: bytes, kind: str) -> ApiResponse:
    """A redirect to where `data` can be fetched."""
    key = secrets.token_urlsafe(16)
    state.downloads[key] = Download(data, kind, state.now() + SECONDS)
    return ApiResponse(status=302, headers={"location": f"{state.web}{PATH}{key}"})


def take(state: GitHubState, key: str) -> Download | None:
    """What is offered there, None when it never was or no longer is."""
    found = state.downloads.get(key)
    return found if isinstance(found, Download) and found.until > state.now() else None
