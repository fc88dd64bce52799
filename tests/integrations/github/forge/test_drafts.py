"""A pull request becomes a draft again, where GitHub has drafts and we may."""

import pytest
from githubkit.exception import GraphQLFailed

from tests.integrations.github.forge.conftest import Team
from tests.simulators.github.client import by_installation, by_token

UNREADY = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"


async def test_back_and_forth(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    for _ in range(2):
        await forge.unready(repo, pull.number)
        assert (await forge.pull(repo, pull.number)).state == "draft"
    for _ in range(2):
        await forge.ready(repo, pull.number)
        assert (await forge.pull(repo, pull.number)).state == "open"
    await team.merge(forge, repo, base, head, pull.number)
    await forge.unready(repo, pull.number)
    assert (await forge.pull(repo, pull.number)).state == "merged"


async def test_where_there_are_none_it_stays_as_it_is(team: Team) -> None:
    team.repository.allow_drafts = False
    forge = team.forge()
    repo, _, _, pull = await team.proposed(forge)
    await forge.unready(repo, pull.number)
    assert (await forge.pull(repo, pull.number)).state == "open"


async def test_what_is_not_open_is_left_alone(team: Team) -> None:
    forge = team.forge()
    repo, _, _, pull = await team.proposed(forge)
    await forge.close(repo, pull.number)
    await forge.unready(repo, pull.number)
    assert (await forge.pull(repo, pull.number)).state == "closed"


@pytest.mark.parametrize("granted", [{"pull_requests": "write"}, {"contents": "write"}])
async def test_an_app_needs_both_permissions(team: Team, granted: dict[str, str]) -> None:
    _, _, _, pull = await team.proposed(team.forge())
    app = team.simulator.app("other", permissions={"metadata": "read", **granted})
    github = by_installation(team.simulator, team.simulator.install(app, team.repository))
    with pytest.raises(GraphQLFailed, match="Resource not accessible by integration"):
        await github.async_graphql(UNREADY, {"id": node(team, pull.number)})


async def test_a_reader_may_not(team: Team) -> None:
    _, _, _, pull = await team.proposed(team.forge())
    team.simulator.role(team.repository, team.eve, "read")
    with pytest.raises(GraphQLFailed, match="does not have the correct permissions"):
        await by_token(team.simulator, team.simulator.token(team.eve)).async_graphql(
            UNREADY, {"id": node(team, pull.number)}
        )


def node(team: Team, number: int) -> str:
    issue = team.repository.issues[number]
    assert issue.pull is not None
    return f"PR_{issue.pull.id}"
