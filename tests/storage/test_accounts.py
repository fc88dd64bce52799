"""Who people are on forges, and where repositories are."""

from honk.core.repo import Repo
from honk.storage.accounts import Account
from honk.storage.store import Store

ADA = Account("slack:T1/U1", "github", 583231, "ada", "sealed")


async def test_a_person_has_one_account_on_a_forge(kept: Store) -> None:
    assert await kept.accounts.of(ADA.person, "github") is None
    await kept.accounts.link(Account(ADA.person, "github", 7, "older"))
    await kept.accounts.link(ADA)
    await kept.accounts.link(Account("local:1000", "github", ADA.account, "ada"))
    found = await kept.accounts.of(ADA.person, "github")
    assert found is not None and (found.account, found.login, found.token) == (583231, "ada", "sealed")
    assert [each.person for each in await kept.accounts.on("github")] == ["local:1000", "slack:T1/U1"]
    assert await kept.accounts.on("gitlab") == ()


async def test_what_is_unlinked_is_gone(kept: Store) -> None:
    await kept.accounts.link(ADA)
    assert await kept.accounts.unlink(ADA.person, "github")
    assert not await kept.accounts.unlink(ADA.person, "github")
    assert await kept.accounts.on("github") == ()


def test_a_token_is_in_no_repr() -> None:
    assert "sealed" not in repr(ADA)


async def test_a_repository_that_moves_is_found_by_both_addresses(kept: Store) -> None:
    await kept.addresses.keep("github", "https://x.test/acme/shop", 12)
    await kept.add_repo(Repo("shop", "https://x.test/acme/shop", "github", "main"))
    await kept.addresses.moved("github", "https://x.test/acme/shop", "https://x.test/acme/store", 12)
    assert (await kept.repo("shop")).url == "https://x.test/acme/store"
    for url in ("https://x.test/acme/shop", "https://x.test/acme/store"):
        assert await kept.addresses.number("github", url) == 12
    assert await kept.addresses.number("github", "https://x.test/acme/other") == 0
    assert await kept.addresses.number("gitlab", "https://x.test/acme/shop") == 0


async def test_a_repository_does_not_move_onto_another(kept: Store) -> None:
    await kept.add_repo(Repo("shop", "https://x.test/acme/shop", "github", "main"))
    await kept.add_repo(Repo("store", "https://x.test/acme/store", "github", "main"))
    await kept.addresses.moved("github", "https://x.test/acme/shop", "https://x.test/acme/store", 12)
    assert (await kept.repo("shop")).url == "https://x.test/acme/shop"
