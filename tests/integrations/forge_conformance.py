"""The suite that every forge must pass, on a repository made for it. Each check is a sentence about the forge."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from honk.core.change import Change
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.person import AGENT, Person
from honk.core.repo import Pull, Repo
from honk.forges.base import Draft, Forge
from honk.git import command, commits, remote
from honk.git.command import GitDirs

BRANCH = "honk/abc2345-blue"


@dataclass(frozen=True)
class Ground:
    """Where a forge is tried out: a repository `url` with one commit on its default branch.

    `git` is how somebody else pushes to the same repository past Honk: a path or address that git takes. `mirror` is a
    place for Honk's own bare repository. `author` may write; `reviewer` may approve, `stranger` may do neither.
    """

    forge: Forge
    url: str
    git: str
    mirror: Path
    author: Person
    reviewer: Person
    stranger: Person

    async def repo(self) -> Repo:
        """The repository as the forge finds it."""
        return await self.forge.look(self.url, "ground")

    async def commit(self, text: str, *parents: str) -> str:
        """A commit in the mirror that changes one file to `text`."""
        place = GitDirs(self.mirror)
        blob = await command.out(place, "hash-object", "-w", "--stdin", stdin=text.encode())
        tree = await command.out(place, "mktree", stdin=f"100644 blob {blob}\ttext\n".encode())
        return await commits.commit(self.mirror, tree, parents, author=self.author, committer=AGENT, message=text)

    async def proposed(self) -> tuple[Repo, str, str, Pull]:
        """A pull request of one commit; the repository, its base, the head, and the pull request."""
        repo = await self.repo()
        base = await self.forge.fetch(repo, self.mirror)
        head = await self.commit("blue", base)
        await self.forge.push(repo, self.mirror, BRANCH, head, "")
        return repo, base, head, await self.propose(repo, base, head)

    async def propose(self, repo: Repo, base: str, head: str, title: str = "Make it blue") -> Pull:
        """Propose `head`."""
        change = Change(branch=BRANCH, base_branch=repo.default_branch, base=base, head=head)
        draft = Draft(title, "It was grey.", self.author)
        return await self.forge.propose(repo, self.mirror, "abc2345", change, draft)

    async def somebody_pushes(self, branch: str, text: str, onto: str) -> str:
        """Another commit on `branch`, not by Honk."""
        moved = await self.commit(text, onto)
        await remote.push(self.mirror, self.git, moved, branch, onto)
        return moved

    async def files(self, commit: str) -> str:
        """The tree object of a commit."""
        return await commits.tree_of(self.mirror, commit)

    async def heads(self) -> dict[str, str]:
        """All branches as they are now."""
        return (await remote.remote_refs(self.git)).branches


Check = Callable[[Ground], Awaitable[str]]
"""Empty when the forge keeps its promise, otherwise what it did instead."""


async def refused(asked: Awaitable[object], kind: type[HonkError]) -> str:
    """Await `asked`, which must raise `kind`."""
    try:
        got = await asked
    except kind:
        return ""
    return f"{kind.__name__} was due, got {got!r}"


def same(wanted: object, got: object) -> str:
    """Empty when both are the same."""
    return "" if wanted == got else f"{wanted!r} was due, got {got!r}"


async def it_finds_a_repository(ground: Ground) -> str:
    """With its default branch, whose commit `fetch` brings."""
    repo = await ground.repo()
    heads = await ground.heads()
    return same(repo.forge, ground.forge.name) or same(
        await ground.forge.fetch(repo, ground.mirror), heads.get(repo.default_branch)
    )


async def it_says_who_may_write(ground: Ground) -> str:
    """By the person, not by their name."""
    repo = await ground.repo()
    rights = [await ground.forge.may_write(repo, person) for person in (ground.author, ground.stranger)]
    return same([True, False], rights)


async def a_proposal_is_found_again(ground: Ground) -> str:
    """Asked for again after a crash, push and pull request are what they were; with other words they have those."""
    repo, base, head, pull = await ground.proposed()
    await ground.forge.push(repo, ground.mirror, BRANCH, head, "")
    again = await ground.propose(repo, base, head)
    renamed = await ground.propose(repo, base, head, title="Make it bluer")
    return (
        same(pull, again)
        or same((pull.number, "Make it bluer"), (renamed.number, renamed.title))
        or same(renamed, await ground.forge.pull(repo, pull.number))
        or same((head, "open", ""), (renamed.head, renamed.state, renamed.merged_sha))
    )


async def an_unknown_number_is_a_usage_error(ground: Ground) -> str:
    """There is no such pull request."""
    return await refused(ground.forge.pull(await ground.repo(), 4711), UsageError)


async def somebody_elses_push_is_kept(ground: Ground) -> str:
    """Honk never overwrites what it has not seen; and it sees it on the pull request."""
    repo, _, head, pull = await ground.proposed()
    theirs = await ground.somebody_pushes(BRANCH, "teal", head)
    ours = await ground.commit("navy", head)
    return (
        await refused(ground.forge.push(repo, ground.mirror, BRANCH, ours, head), WorkFailed)
        or same(theirs, (await ground.heads())[BRANCH])
        or same(theirs, (await ground.forge.pull(repo, pull.number)).head)
    )


async def a_new_push_voids_the_approval(ground: Ground) -> str:
    """An approval belongs to one head commit, whoever moves it."""
    repo, _, head, pull = await ground.proposed()
    await ground.forge.approve(repo, pull.number, head, ground.reviewer)
    await ground.forge.approve(repo, pull.number, head, ground.reviewer)
    before = await ground.forge.approvers(repo, pull.number)
    await ground.somebody_pushes(BRANCH, "teal", head)
    after = await ground.forge.approvers(repo, pull.number)
    return (
        same([ground.reviewer.id], [person.id for person in before])
        or same((), after)
        or await refused(ground.forge.approve(repo, pull.number, head, ground.reviewer), WorkFailed)
    )


async def a_merge_moves_the_base_to_exactly_what_was_tested(ground: Ground) -> str:
    """To its files: the commit may be the forge's own. And says so again when it is asked again."""
    repo, base, head, pull = await ground.proposed()
    tested = await ground.commit("blue", base, head)
    merge = (repo, pull.number, ground.mirror, base, tested, head)
    merged, again = await ground.forge.merge(*merge), await ground.forge.merge(*merge)
    now = await ground.forge.pull(repo, pull.number)
    return (
        same(merged, again)
        or same(await ground.files(tested), await ground.files(merged))
        or same(merged, (await ground.heads())[repo.default_branch])
        or same(("merged", merged), (now.state, now.merged_sha))
    )


async def a_moved_base_is_refused(ground: Ground) -> str:
    """What was tested is not what it would be merged with."""
    repo, base, head, pull = await ground.proposed()
    tested = await ground.commit("blue", base, head)
    theirs = await ground.somebody_pushes(repo.default_branch, "green", base)
    return (
        await refused(ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head), WorkFailed)
        or same(theirs, (await ground.heads())[repo.default_branch])
        or same("open", (await ground.forge.pull(repo, pull.number)).state)
    )


async def a_moved_head_is_refused(ground: Ground) -> str:
    """Nobody has looked at what would be merged, or it would be left out."""
    repo, base, head, pull = await ground.proposed()
    tested = await ground.commit("blue", base, head)
    await ground.somebody_pushes(BRANCH, "teal", head)
    return await refused(ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head), WorkFailed) or same(
        base, (await ground.heads())[repo.default_branch]
    )


async def an_advance_is_found_again(ground: Ground) -> str:
    """The default branch moves without a pull request, once, also when others have gone on from there."""
    repo = await ground.repo()
    base = await ground.forge.fetch(repo, ground.mirror)
    tested = await ground.commit("reverted", base)
    move = (repo, ground.mirror, base, tested)
    first, again = await ground.forge.advance(*move), await ground.forge.advance(*move)
    later = await ground.somebody_pushes(repo.default_branch, "later", first)
    return (
        same([first] * 2, [again, await ground.forge.advance(*move)])
        or same(await ground.files(tested), await ground.files(first))
        or same(later, (await ground.heads())[repo.default_branch])
        or await refused(
            ground.forge.advance(repo, ground.mirror, base, await ground.commit("other", base)), WorkFailed
        )
    )


async def a_closed_pull_request_is_not_merged(ground: Ground) -> str:
    """Closing may be asked for twice, does nothing to a branch, and a new proposal opens it again."""
    repo, base, head, pull = await ground.proposed()
    await ground.forge.close(repo, pull.number)
    await ground.forge.close(repo, pull.number)
    tested = await ground.commit("blue", base, head)
    return (
        same("closed", (await ground.forge.pull(repo, pull.number)).state)
        or await refused(ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head), WorkFailed)
        or same((base, head), tuple(map((await ground.heads()).get, (repo.default_branch, BRANCH))))
        or same("open", (await ground.propose(repo, base, head)).state)
    )


async def a_merged_pull_request_stays_merged(ground: Ground) -> str:
    """Whatever is asked of it afterwards."""
    repo, base, head, pull = await ground.proposed()
    tested = await ground.commit("blue", base, head)
    await ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head)
    await ground.forge.close(repo, pull.number)
    return same("merged", (await ground.forge.pull(repo, pull.number)).state)


CHECKS: tuple[Check, ...] = (
    it_finds_a_repository,
    it_says_who_may_write,
    a_proposal_is_found_again,
    an_unknown_number_is_a_usage_error,
    somebody_elses_push_is_kept,
    a_new_push_voids_the_approval,
    a_merge_moves_the_base_to_exactly_what_was_tested,
    a_moved_base_is_refused,
    a_moved_head_is_refused,
    an_advance_is_found_again,
    a_closed_pull_request_is_not_merged,
    a_merged_pull_request_stays_merged,
)
"""All of them; each wants a ground of its own."""
