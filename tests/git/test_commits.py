import pytest

from honk.core.errors import Unavailable
from honk.core.person import AGENT, Person
from honk.git import commits, mirror
from tests.git.conftest import Repo, file_at, git

ADA = Person("local:1", "Ada\n<Lovelace>", "ada@example.org")


async def commit(repo: Repo, tree: str, *parents: str, author: Person = ADA, message: str = "Do it\n") -> str:
    return await commits.commit(
        repo.mirror, tree, parents, author=author, committer=AGENT, message=message, at=1_700_000_000.5
    )


async def branches(repo: Repo, ours: dict[str, str], theirs: dict[str, str]) -> tuple[str, str, str]:
    """A base and two commits on it."""
    base = repo.commit({"a": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "b": "b\n"})
    one = repo.commit(ours)
    git(repo.path, "checkout", "--quiet", "-b", "other", base)
    other = repo.commit(theirs)
    await repo.fetch()
    return base, one, other


async def test_a_commit_has_its_author_and_is_reproducible(repo: Repo) -> None:
    base = repo.commit({"a": "1\n"})
    await repo.fetch()
    tree = await commits.tree_of(repo.mirror, base)
    made = await commit(repo, tree, base, message="Täst\n\nHonk-Session: x\n")
    assert made == await commit(repo, tree, base, message="Täst\n\nHonk-Session: x\n")
    shown = git(repo.mirror, "log", "-1", "--format=%an|%ae|%cn|%ct|%B", made)
    assert shown == "AdaLovelace|ada@example.org|Honk|1700000000|Täst\n\nHonk-Session: x"
    assert await commits.parents(repo.mirror, made) == (base,)
    nameless = await commit(repo, tree, base, author=Person("x", " <>.", ""), message="\ud800")
    assert git(repo.mirror, "log", "-1", "--format=%an|%ae", nameless) == "unknown|unknown@localhost"


async def test_ancestry(repo: Repo) -> None:
    base, one, other = await branches(repo, {"x": ""}, {"y": ""})
    assert await commits.is_ancestor(repo.mirror, base, one)
    assert not await commits.is_ancestor(repo.mirror, one, other)
    with pytest.raises(Unavailable):
        await commits.is_ancestor(repo.mirror, "0" * 40, one)


async def test_a_merge_without_a_conflict(repo: Repo) -> None:
    _, one, other = await branches(
        repo, {"a": "one\n2\n3\n4\n5\n6\n7\n8\n9\n"}, {"a": "1\n2\n3\n4\n5\n6\n7\n8\nnine\n", "c": "c\n"}
    )
    merged = await commits.merge_tree(repo.mirror, one, other)
    assert merged.conflicts == ()
    assert await file_at(repo.mirror, merged.tree, "a") == b"one\n2\n3\n4\n5\n6\n7\n8\nnine\n"
    assert (await commits.merge_tree(repo.mirror, one, one)).tree == await commits.tree_of(repo.mirror, one)


async def test_a_merge_with_conflicts_names_them(repo: Repo) -> None:
    _, one, other = await branches(repo, {"b": "ours\n", "ö\nx": "1\n"}, {"b": "theirs\n", "ö\nx": "2\n"})
    merged = await commits.merge_tree(repo.mirror, one, other)
    assert merged.conflicts == ("b", "ö\nx")
    content = await file_at(repo.mirror, merged.tree, "b") or b""
    assert b"<<<<<<<" in content and b"ours" in content and b"theirs" in content


async def test_revert_removes_one_commit_and_keeps_the_rest(repo: Repo) -> None:
    repo.commit({"a": "1\n", "b": "1\n"})
    wrong = repo.commit({"a": "2\n", "new": "x\n"})
    head = repo.commit({"b": "2\n"})
    await repo.fetch()
    reverted = await commits.revert_tree(repo.mirror, head, wrong)
    assert (reverted.conflicts, await mirror.paths(repo.mirror, reverted.tree)) == ((), {"a", "b"})
    assert await file_at(repo.mirror, reverted.tree, "a") == b"1\n"
    assert await file_at(repo.mirror, reverted.tree, "b") == b"2\n"


async def test_revert_of_a_merge_removes_what_was_merged(repo: Repo) -> None:
    _, one, other = await branches(repo, {"x": "x\n"}, {"y": "y\n"})
    both = await commits.merge_tree(repo.mirror, one, other)
    merge = await commit(repo, both.tree, one, other)
    reverted = await commits.revert_tree(repo.mirror, merge, merge)
    assert reverted.tree == await commits.tree_of(repo.mirror, one)


async def test_revert_of_what_was_built_upon_is_a_conflict(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    wrong = repo.commit({"a": "2\n"})
    head = repo.commit({"a": "3\n"})
    await repo.fetch()
    assert (await commits.revert_tree(repo.mirror, head, wrong)).conflicts == ("a",)


async def test_revert_of_several_commits(repo: Repo) -> None:
    since = repo.commit({"a": "1\n", "b": "1\n"})
    repo.commit({"a": "2\n"})
    last = repo.commit({"new": "x\n"})
    head = repo.commit({"b": "2\n"})
    await repo.fetch()
    reverted = await commits.revert_tree(repo.mirror, head, last, since)
    assert (reverted.conflicts, await mirror.paths(repo.mirror, reverted.tree)) == ((), {"a", "b"})
    assert await file_at(repo.mirror, reverted.tree, "a") == b"1\n"
    # what is not behind it says nothing of it
    for elsewhere in (head, last, ""):
        alone = await commits.revert_tree(repo.mirror, head, last, elsewhere)
        assert await file_at(repo.mirror, alone.tree, "a") == b"2\n"
