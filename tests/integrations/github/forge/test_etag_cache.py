"""What was told before is asked for by its tag: it costs nothing, and nothing that has changed is overlooked."""

import httpx
import pytest

from honk.core.errors import WorkFailed
from honk.integrations.github.client import etag_cache
from honk.integrations.github.client.etag_cache import EtagCache
from tests.integrations.github.forge.conftest import Team


def counted(team: Team) -> list[str]:
    return [each.path for each in team.simulator.requests if each.status != 304]


async def test_what_has_not_changed_does_not_count(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    for _ in range(2):
        await forge.checks(repo, head, "main")
        await forge.pull(repo, pull.number)
        await forge.approvers(repo, pull.number)
    team.simulator.requests.clear()
    for _ in range(3):
        await forge.checks(repo, head, "main")
        await forge.pull(repo, pull.number)
        await forge.approvers(repo, pull.number)
    assert set(counted(team)) <= {"/graphql"}
    assert len(team.simulator.requests) > 20


async def test_rights_and_standing_are_those_of_the_moment(team: Team) -> None:
    forge, ada = team.forge(), team.person(team.ada)
    repo = await forge.look(team.url, "shop")
    for _ in range(2):
        assert await forge.may_write(repo, ada)
    team.simulator.role(team.repository, team.ada, "read")
    assert not await forge.may_write(repo, ada)
    team.simulator.role(team.repository, team.ada, "write")
    assert await forge.may_write(repo, ada)
    team.simulator.archive(team.repository)
    with pytest.raises(WorkFailed, match="is archived"):
        await forge.may_write(repo, ada)


async def test_the_next_token_is_told_anew_and_then_no_more(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    for _ in range(2):
        await forge.may_write(repo, team.person(team.ada))
    team.simulator.wait(3600)
    team.simulator.requests.clear()
    await forge.may_write(repo, team.person(team.ada))
    anew = len(counted(team))
    await forge.may_write(repo, team.person(team.ada))
    assert anew > 2 and len(counted(team)) == anew


def asked(path: str, token: str = "one") -> httpx.Request:
    return httpx.Request("GET", f"https://github.test/{path}", headers={"Authorization": token})


def told(body: bytes, **headers: str) -> httpx.Response:
    given = {"etag": '"1"', "content-type": "application/json", **headers}
    return httpx.Response(200, headers=given, stream=httpx.ByteStream(body))


async def test_what_is_kept_is_small_json_for_one_token() -> None:
    answers = EtagCache()
    for path, response in (
        ("big", told(b" " * (etag_cache.MAX_RESPONSE_BYTES + 1))),
        ("log", told(b"{}", **{"content-type": "text/plain"})),
        ("untagged", told(b"{}", etag="")),
        ("good", told(b"{}")),
    ):
        await answers.keep(asked(path), response)
    found = [path for path in ("big", "log", "untagged", "good") if answers.find(asked(path))]
    assert found == ["good"]
    assert answers.find(asked("good", "another")) is None
    assert answers.find(httpx.Request("POST", "https://github.test/good", headers={"Authorization": "one"})) is None


async def test_no_more_is_kept_than_there_is_room_for() -> None:
    answers = EtagCache()
    count = 2 * etag_cache.MAX_BYTES // etag_cache.MAX_RESPONSE_BYTES
    for number in range(count):
        await answers.keep(asked(str(number)), told(b" " * etag_cache.MAX_RESPONSE_BYTES))
    left = [number for number in range(count) if answers.find(asked(str(number)))]
    assert left == list(range(count // 2, count))
