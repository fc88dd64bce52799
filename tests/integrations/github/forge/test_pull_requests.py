"""Pull requests: who opens them, what they say, how they are found again."""

import pytest
from honk_simulators.github import RequestFault

from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.core.person import Person
from honk.integrations.github.forge import pull_request_template
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import Team

TEMPLATED = {
    "text": "grey",
    ".github/pull_request_template.md": "## Checklist\n\n- [ ] I have read it\n",
    ".github/CODEOWNERS": "* @eve @nobody-at-all\ntext @ben @ada @acme/core someone@example.org\n",
}


async def test_the_app_opens_it_for_those_who_have_not_linked_their_account(team: Team) -> None:
    _, _, head, pull = await team.proposed(team.forge())
    issue = team.repository.issues[pull.number]
    assert issue.user.login == "honk[bot]"
    assert (pull.head, pull.state, pull.branch, pull.base_branch) == (head, "open", BRANCH, "main")
    assert pull.url == f"{team.simulator.web}/acme/shop/pull/{pull.number}"
    assert issue.labels == ["honk"]


async def test_a_persons_own_token_opens_it(team: Team) -> None:
    await team.link(Person("slack:T1/U1", "Ada", ""), team.ada)
    _, _, _, pull = await team.proposed(team.forge(), by=Person("slack:T1/U1", "Ada", ""))
    assert team.repository.issues[pull.number].user is team.ada


async def test_a_token_given_under_another_name_of_theirs_does_as_well(team: Team) -> None:
    await team.link(Person("local:9", "Ada", ""), team.ada)
    _, _, _, pull = await team.proposed(team.forge(), by=team.person(team.ada))
    assert team.repository.issues[pull.number].user is team.ada


async def test_nobody_speaks_with_somebody_elses_token(team: Team) -> None:
    await team.link(team.person(team.ada), team.ada)
    for other in (team.person(team.ben), Person("slack:T1/U7", "Ada", "ada@example.org")):
        assert await team.forge().people.token(other) == ""


async def test_a_link_that_was_revoked_is_no_obstacle(team: Team) -> None:
    token = await team.link(team.person(team.ada), team.ada)
    team.simulator.revoke(token)
    _, _, _, pull = await team.proposed(team.forge())
    assert team.repository.issues[pull.number].user.login == "honk[bot]"


async def test_a_token_that_another_machine_sealed_is_no_obstacle(team: Team) -> None:
    await team.link(team.person(team.ada), team.ada)
    (team.settings.home / "signing.key").write_bytes(b"x" * 32)
    _, _, _, pull = await team.proposed(team.forge())
    assert team.repository.issues[pull.number].user.login == "honk[bot]"


async def test_the_repositorys_own_template_and_code_owners_are_respected(team: Team) -> None:
    team.repository = await team.simulator.repository(
        "acme/till", files=TEMPLATED, writers=[team.ada, team.ben], readers=[team.eve]
    )
    team.simulator.widen(team.installation, team.repository)
    await team.link(team.person(team.ada), team.ada)
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    issue = team.repository.issues[pull.number]
    assert pull.body.startswith("## Checklist\n\n- [ ] I have read it\n\n" + pull_request_template.BEGIN)
    assert issue.pull is not None
    assert [each.login for each in issue.pull.requested_reviewers] == ["ben"], (
        "not the author, not who is no collaborator"
    )
    issue.body = pull.body.replace("- [ ]", "- [x]")
    again = await team.propose(forge, repo, base, head, body="It is blue now.")
    assert "- [x] I have read it" in again.body
    assert "It is blue now." in again.body and "It was grey." not in again.body
    assert again.number == pull.number


async def test_a_crash_between_push_and_pull_request_opens_one(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    head = await team.commit({"text": "blue"}, base)
    await forge.push(repo, team.mirror, BRANCH, head, "")
    # the power goes; another worker begins the stage anew
    other = team.forge()
    await other.push(repo, team.mirror, BRANCH, head, "")
    first = await team.propose(other, repo, base, head)
    assert await team.propose(team.forge(), repo, base, head) == first
    assert list(team.repository.issues) == [first.number]


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("kind", ["502", "cut"])
async def test_an_answer_that_was_lost_opens_no_second_one(team: Team, linked: bool, kind: str) -> None:
    if linked:
        await team.link(team.person(team.ada), team.ada)
    team.simulator.strike(RequestFault(kind, "POST .*/pulls$", after=True))  # type: ignore[arg-type]
    _, _, head, pull = await team.proposed(team.forge())
    assert (pull.number, pull.head) == (1, head)
    assert list(team.repository.issues) == [1]
    assert (team.repository.issues[1].user is team.ada) is linked


async def test_a_github_that_is_out_of_order_opens_none(team: Team) -> None:
    team.simulator.strike(RequestFault("502", "POST .*/pulls$"))
    with pytest.raises(Unavailable, match="out of order"):
        await team.proposed(team.forge())
    assert not team.repository.issues


async def test_a_closed_one_is_opened_again_and_one_whose_branch_is_gone_is_not(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    await team.simulator.close(team.ben, team.repository, pull.number)
    assert (await team.propose(forge, repo, base, head)).state == "open"
    await team.simulator.delete_branch(team.ben, team.repository, BRANCH)
    with pytest.raises(UsageError, match="push it first"):
        await team.propose(forge, repo, base, head)


async def test_a_pull_request_from_a_fork_with_that_branch_is_not_ours(team: Team) -> None:
    team.repository.private = False
    fork = await team.simulator.fork(team.repository, team.eve)
    await team.simulator.push(team.eve, fork, BRANCH, {"text": "evil"})
    theirs = await team.simulator.pull_request(team.eve, team.repository, f"eve:{BRANCH}", "Take mine")
    _, _, head, pull = await team.proposed(team.forge())
    assert pull.number != theirs.number and pull.head == head


async def test_a_force_push_by_somebody_else_is_kept(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    theirs = await team.simulator.push(team.ben, team.repository, BRANCH, {"text": "teal"}, onto="main")
    ours = await team.commit({"text": "navy"}, head)
    with pytest.raises(WorkFailed, match="Somebody else has moved"):
        await forge.push(repo, team.mirror, BRANCH, ours, head)
    assert (await forge.pull(repo, pull.number)).head == theirs
    with pytest.raises(WorkFailed, match="has moved since it was tested"):
        await team.merge(forge, repo, base, head, pull.number)


async def test_a_title_is_one_line_that_notifies_nobody(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    assert "\n" not in pull.title
    draft = "Ask @ben\nand " + "x" * 400
    from_long = await team.propose(forge, repo, base, head, title=draft)
    assert len(from_long.title) <= 256 and "@ben" not in from_long.title and "\n" not in from_long.title


async def test_nothing_to_propose_is_said(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    await forge.push(repo, team.mirror, BRANCH, base, "")
    with pytest.raises(WorkFailed, match="No commits between main and honk/"):
        await team.propose(forge, repo, base, base)


async def test_lines_of_codeowners_that_are_not_understood_are_shown_in_the_pull_request(team: Team) -> None:
    files = {**TEMPLATED, ".github/CODEOWNERS": "[ab].c @ben\n"}
    team.repository = await team.simulator.repository("acme/odd", files=files, writers=[team.ada, team.ben])
    team.simulator.widen(team.installation, team.repository)
    await team.link(team.person(team.ada), team.ada)
    _, _, _, pull = await team.proposed(team.forge())
    assert pull.body.startswith("Nobody is asked to review because of these lines of CODEOWNERS: `[ab].c @")
    assert "I have read it" in pull.body
