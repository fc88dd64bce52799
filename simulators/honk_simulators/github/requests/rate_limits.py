"""Rate limits: the hour's (primary) and that of creating too much at once (secondary). Off unless `Limits` says so."""

from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.state.accounts import Token
from honk_simulators.github.state.github_state import GitHubState

HOUR = 3600.0
USUAL = 5000
"""What is shown when there is no limit."""


def standing(state: GitHubState, token: Token) -> dict[str, int]:
    """Limit, used, remaining and reset (epoch seconds) of who asks."""
    limit = USUAL if state.limits.hourly is None else state.limits.hourly
    started, used = _window(state, token)
    return {
        "limit": limit,
        "used": used,
        "remaining": max(limit - used, 0),
        "reset": int(started + HOUR),
    }


def headers(state: GitHubState, token: Token) -> dict[str, str]:
    """The same as every answer says it."""
    return {f"x-ratelimit-{name}": str(value) for name, value in standing(state, token).items()} | {
        "x-ratelimit-resource": "core"
    }


def take(state: GitHubState, token: Token, *, creates: bool) -> None:
    """Count a request. Raises Refusal when there are too many: 403 with the headers that say until when."""
    limits, key = state.limits, _key(token)
    started, used = _window(state, token)
    if limits.hourly is not None and used >= limits.hourly:
        who = f"user ID {token.account.id}" if token.account else "this address"
        raise GitHubRefusal(403, f"API rate limit exceeded for {who}.")
    limits.used[key] = (started, used + 1)
    if creates and limits.content_per_minute is not None:
        recent = [at for at in limits.content.get(key, []) if at > state.now() - 60]
        if len(recent) >= limits.content_per_minute:
            raise secondary(60)
        limits.content[key] = [*recent, state.now()]


def give_back(state: GitHubState, token: Token) -> None:
    """An answer that nothing has changed (304) is free."""
    started, used = _window(state, token)
    state.limits.used[_key(token)] = (started, max(used - 1, 0))


def secondary(seconds: float) -> GitHubRefusal:
    """The refusal of a client that is in too much of a hurry."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return GitHubRefusal(403, message, headers={"retry-after": str(int(seconds))})


def _window(state: GitHubState, token: Token) -> tuple[float, int]:
    started, used = state.limits.used.get(_key(token), (state.now(), 0))
    return (state.now(), 0) if state.now() >= started + HOUR else (started, used)


def _key(token: Token) -> str:
    """All tokens of a person share a limit, those of an installation too."""
    if token.installation is not None and token.kind == "installation":
        return f"installation {token.installation.id}"
    return f"account {token.account.id}" if token.account else "anonymous"
