"""Rate limits: what answers teach, and how long to wait."""

import pytest
from honk_simulators import github

from honk.core.errors import Overloaded
from honk.integrations.github.client.rate_limits import WRITES_PER_MINUTE, GitHubRateLimits, retry_delay
from tests.integrations.github.forge.conftest import Team

NOW = 1_000_000.0
SECONDARY = '{"message": "You have exceeded a secondary rate limit."}'


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 5)}, "", None),
        (403, {"x-ratelimit-remaining": "12"}, '{"message": "Resource not accessible by integration"}', None),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 90)}, "", 90.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW - 90)}, "", 1.0),
        (403, {"retry-after": "17"}, SECONDARY, 17.0),
        (403, {"retry-after": "soon"}, SECONDARY, 60.0),
        (403, {}, SECONDARY, float("inf")),
        (429, {}, "", float("inf")),
        (500, {"retry-after": "17"}, "", None),
    ],
)
def test_what_an_answer_says(status: int, headers: dict[str, str], body: str, wait: float | None) -> None:
    assert retry_delay(status, headers, body, NOW) == wait


def test_all_requests_of_a_credential_wait_together_and_no_other() -> None:
    limits = GitHubRateLimits()
    assert limits.record("app", 403, {"retry-after": "30"}, SECONDARY, NOW)
    assert limits.pause("app", "GET", NOW + 10) == pytest.approx(20)
    assert limits.pause("token", "GET", NOW + 10) == 0
    assert limits.pause("app", "GET", NOW + 30) == 0


def test_the_last_request_of_the_hour_closes_it() -> None:
    limits = GitHubRateLimits()
    assert not limits.record("app", 200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 60)}, "", NOW)
    assert limits.pause("app", "GET", NOW) == pytest.approx(60)


def test_a_service_that_says_no_time_is_left_alone_longer_each_time() -> None:
    limits, waits = GitHubRateLimits(), []
    for _ in range(6):
        limits.record("app", 429, {}, "", NOW)
        waits.append(limits.pause("app", "GET", NOW))
    assert waits == [60, 120, 240, 480, 900, 900]
    limits.record("app", 200, {}, "", NOW + 900)
    limits.record("app", 429, {}, "", NOW + 900)
    assert limits.pause("app", "GET", NOW + 900) == 60


def test_no_more_is_written_in_a_minute_than_github_likes() -> None:
    limits = GitHubRateLimits()
    assert [limits.pause("app", "POST", NOW + n / 10) for n in range(WRITES_PER_MINUTE)] == [0.0] * WRITES_PER_MINUTE
    assert limits.pause("app", "PUT", NOW + 10) == pytest.approx(50)
    assert limits.pause("app", "GET", NOW + 10) == 0
    assert limits.pause("app", "PUT", NOW + 60.01) == 0


async def test_a_secondary_limit_is_waited_out(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    team.simulator.strike(github.RequestFault("secondary", "GET /repositories/", seconds=45))
    assert await forge.may_write(repo, team.person(team.ada))
    assert team.waits == [pytest.approx(45, abs=1)]


async def test_a_session_is_not_kept_waiting_for_an_hour(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    team.simulator.limits.hourly = 0
    with pytest.raises(Overloaded, match="rate limit is used up for the next .. minutes"):
        await forge.may_write(repo, team.person(team.ada))
    asked = len(team.simulator.requests)
    with pytest.raises(Overloaded):
        await forge.may_write(repo, team.person(team.ada))
    assert len(team.simulator.requests) == asked, "who knows the limit does not run against it"
    assert team.waits == []


async def test_another_hour_is_another_chance(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    team.simulator.limits.hourly = 0
    with pytest.raises(Overloaded):
        await forge.may_write(repo, team.person(team.ada))
    team.simulator.limits.hourly = None
    team.simulator.wait(3700)
    assert await forge.may_write(repo, team.person(team.ada))
