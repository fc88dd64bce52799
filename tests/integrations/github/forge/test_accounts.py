"""Who is who: by numbers, asked now."""

from dataclasses import replace

import pytest

from honk.core.person import Person
from honk.integrations.github.setup.accounts import NotLinked
from honk.settings import PeopleSettings
from tests.integrations.github.forge.conftest import OWNER, Team

SLACK = Person("slack:T1/U1", "Ada", "ada@example.org")


async def test_a_person_of_githubs_is_their_number(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    for account, may in ((team.ada, True), (team.ben, True), (team.eve, False)):
        assert await forge.may_write(repo, team.person(account)) is may
    stranger = team.simulator.user("zoe")
    assert not await forge.may_write(repo, team.person(stranger))
    assert not await forge.may_write(repo, Person("github:4711", "Nobody", ""))


async def test_rights_are_asked_for_each_time(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    assert await forge.may_write(repo, team.person(team.ada))
    team.simulator.role(team.repository, team.ada, "read")
    assert not await forge.may_write(repo, team.person(team.ada))
    team.simulator.role(team.repository, team.ada, "maintain")
    assert await forge.may_write(repo, team.person(team.ada))


async def test_a_login_that_changed_hands_gives_no_rights(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    team.ada.login = "ada-lovelace"
    squatter = team.simulator.user("ada")
    assert await forge.may_write(repo, team.person(team.ada))
    assert not await forge.may_write(repo, team.person(squatter))


@pytest.mark.parametrize(
    "name", ["slack:T1/U1", "local:1", "github:", "github:ada", "github:-1", "honk:agent", "x", "github:1 or 1"]
)
async def test_who_is_not_linked_is_told_how(team: Team, name: str) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    with pytest.raises(NotLinked, match="honk github link"):
        await forge.may_write(repo, Person(name, "Ada", "ada@example.org"))


async def test_a_linked_account_counts(team: Team) -> None:
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    await team.link(SLACK, team.ada)
    assert await forge.may_write(repo, SLACK)
    await team.link(SLACK, team.eve)
    assert not await forge.may_write(repo, SLACK)


async def test_the_settings_may_say_who_somebody_is(team: Team) -> None:
    known = {SLACK.id: f"github:{team.ada.id}", "ben@example.org": f"github:{team.ben.id}"}
    file = replace(team.settings.file, people=PeopleSettings(accounts=known))
    team.settings = replace(team.settings, file=file)
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    assert await forge.may_write(repo, SLACK)
    with pytest.raises(NotLinked):
        await forge.may_write(repo, Person("local:77", "Ben", "ben@example.org"))


async def test_a_personal_token_is_the_owners(team: Team) -> None:
    me = Person(OWNER, "Ada", "ada@example.org")
    repo = await team.forge().look(team.url, "shop")
    with pytest.raises(NotLinked):
        await team.forge().may_write(repo, me)
    team.personal(team.ada)
    assert await team.forge().may_write(repo, me)
    with pytest.raises(NotLinked):
        await team.forge().may_write(repo, replace(me, id=f"{OWNER}0"))


async def test_only_approvals_of_those_who_may_write_count(team: Team) -> None:
    forge = team.forge()
    repo, _, head, pull = await team.proposed(forge)
    for account in (team.eve, team.ben):
        await team.simulator.approve(account, team.repository, pull.number)
    assert [person.id for person in await forge.approvers(repo, pull.number)] == [f"github:{team.ben.id}"]


async def test_the_last_word_of_a_reviewer_counts(team: Team) -> None:
    forge = team.forge()
    repo, _, _, pull = await team.proposed(forge)

    async def approved() -> bool:
        return bool(await forge.approvers(repo, pull.number))

    await team.simulator.approve(team.ben, team.repository, pull.number)
    await team.simulator.review(team.ben, team.repository, pull.number, "COMMENT", "By the way")
    assert await approved()
    await team.simulator.review(team.ben, team.repository, pull.number, "REQUEST_CHANGES", "No")
    assert not await approved()


async def test_nobody_approves_their_own_wish_by_another_account(team: Team) -> None:
    forge = team.forge()
    await team.link(SLACK, team.ben)
    repo, _, _, pull = await team.proposed(forge, by=SLACK)
    await team.store.accounts.unlink(SLACK.id, "github")
    await team.link(Person("local:9", "Ben", ""), team.ben)
    await team.simulator.approve(team.ada, team.repository, pull.number)
    for name in ("local:9", f"github:{team.ben.id}"):
        asker = Person(name, "Ben", "")
        assert [each.id for each in await forge.approvers(repo, pull.number, [asker])] == [f"github:{team.ada.id}"]
    asker = Person(f"github:{team.ada.id}", "Ada", "")
    assert [each.id for each in await forge.approvers(repo, pull.number, [asker])] == [asker.id]


async def test_the_requester_behind_the_app_is_seen_as_the_requester(team: Team) -> None:
    forge = team.forge()
    asker = Person("local:9", "Ada", "")
    repo, _, _, pull = await team.proposed(forge, by=asker)
    await team.link(asker, team.ada)
    await team.simulator.approve(team.ada, team.repository, pull.number)
    assert [each.id for each in await forge.approvers(repo, pull.number, [asker])] == ["local:9"]


async def test_an_approval_without_a_link_says_where_to_give_it(team: Team) -> None:
    forge = team.forge()
    repo, _, head, pull = await team.proposed(forge)
    with pytest.raises(Exception, match=f"approve on {pull.url}/files"):
        await forge.approve(repo, pull.number, head, team.person(team.ben))
    assert await forge.approvers(repo, pull.number) == ()


async def test_who_opened_it_cannot_approve_it(team: Team) -> None:
    await team.link(team.person(team.ada), team.ada)
    forge = team.forge()
    repo, _, head, pull = await team.proposed(forge)
    with pytest.raises(Exception, match="approve your own pull request"):
        await forge.approve(repo, pull.number, head, team.person(team.ada))
