"""Limits, and what goes wrong on demand."""

import time
from typing import Any

import httpx2
import pytest
from githubkit.exception import PrimaryRateLimitExceeded, RequestError, RequestFailed, SecondaryRateLimitExceeded
from honk_simulators.github import GitHubSimulator, RequestFault

from tests.simulators.github.client import by_token


async def test_the_hours_limit_and_its_end(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    await simulator.repository("acme/shop", files={"a": "1\n"}, readers=[ada])
    github = by_token(simulator, simulator.token(ada))
    simulator.limits.hourly = 2
    for left in ("1", "0"):
        assert (await github.rest.repos.async_get("acme", "shop")).headers["x-ratelimit-remaining"] == left
    with pytest.raises(PrimaryRateLimitExceeded) as over:
        await github.rest.repos.async_get("acme", "shop")
    assert over.value.response.status_code == 403 and 3500 < over.value.retry_after.total_seconds() <= 3600
    core = (await github.rest.rate_limit.async_get()).parsed_data.resources.core
    assert (core.limit, core.remaining) == (2, 0), "asking is free"
    simulator.wait(3600)
    await github.rest.repos.async_get("acme", "shop")


async def test_creating_too_much_at_once(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, readers=[ada])
    await simulator.issue(ada, repo, "Slow")
    github = by_token(simulator, simulator.token(ada))
    simulator.limits.content_per_minute = 2
    for _ in range(2):
        await github.rest.issues.async_create_comment("acme", "shop", 1, body="x")
    with pytest.raises(SecondaryRateLimitExceeded) as over:
        await github.rest.issues.async_create_comment("acme", "shop", 1, body="x")
    assert over.value.retry_after.total_seconds() == 60
    await github.rest.issues.async_list_comments("acme", "shop", 1)
    simulator.wait(61)
    await github.rest.issues.async_create_comment("acme", "shop", 1, body="x")
    assert len(repo.issues[1].comments) == 3


@pytest.mark.parametrize("kind", ["401", "403", "422", "429", "500", "502", "503"])
async def test_a_status_on_demand(simulator: GitHubSimulator, kind: Any) -> None:
    await simulator.repository("acme/shop", files={"a": "1\n"})
    github = by_token(simulator, simulator.token(simulator.user("ada")))
    simulator.strike(RequestFault(kind, where="^GET /repos/acme/shop$", skip=1))
    await github.rest.repos.async_get("acme", "shop")
    with pytest.raises(RequestFailed) as failed:
        await github.rest.repos.async_get("acme", "shop")
    assert failed.value.response.status_code == int(kind)
    await github.rest.repos.async_get("acme", "shop")


async def test_an_answer_that_is_lost_and_a_deed_that_is_done(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, readers=[ada])
    await simulator.issue(ada, repo, "Slow")
    github = by_token(simulator, simulator.token(ada))
    for fault in (
        RequestFault("502", where="POST .*/comments", after=True),
        RequestFault("cut", where="POST .*/comments"),
    ):
        simulator.strike(fault)
        with pytest.raises(RequestError):
            await github.rest.issues.async_create_comment("acme", "shop", 1, body=f"{fault.kind}")
    assert [each.body for each in repo.issues[1].comments] == ["502", "cut"]


async def test_no_answer_and_a_slow_one(simulator: GitHubSimulator) -> None:
    async with httpx2.AsyncClient(headers={"user-agent": "a test"}, timeout=0.3) as client:
        simulator.strike(RequestFault("hang", where="/meta"))
        with pytest.raises(httpx2.ReadTimeout):
            await client.get(f"{simulator.url}/meta")
        simulator.strike(RequestFault("slow", where="/meta", seconds=0.1))
        started = time.monotonic()
        assert (await client.get(f"{simulator.url}/meta")).status_code == 200
        assert time.monotonic() - started >= 0.1
    await simulator.until(lambda: len(simulator.requests) == 2)


async def test_the_secondary_limit_on_demand(simulator: GitHubSimulator) -> None:
    github = by_token(simulator, simulator.token(simulator.user("ada")))
    simulator.strike(RequestFault("secondary", seconds=7))
    with pytest.raises(SecondaryRateLimitExceeded) as over:
        await github.rest.users.async_get_authenticated()
    assert over.value.retry_after.total_seconds() == 7
