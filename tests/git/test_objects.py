"""Drafts of trees: what git itself would have written."""

from hypothesis import given
from hypothesis import strategies as st

from honk.git import command, mirror, objects
from honk.git.command import GitDirs
from honk.git.objects import Directory, TreeDraft, TreeEntry, parse_tree
from tests.git.conftest import Repo, git

EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


async def test_a_draft_is_read_and_changed_where_it_is_touched(repo: Repo) -> None:
    commit = repo.commit({"a": "1\n", "a.b": "2\n", "d/e/f": "3\n", "d/g": "4\n"})
    await repo.fetch()
    blob = TreeEntry("100644", git(repo.path, "rev-parse", f"{commit}:a"))
    async with objects.reader(repo.mirror) as reader:
        draft = TreeDraft(reader, commit)
        assert await draft.find(b"a") == blob
        assert isinstance(await draft.find(b"d/e"), Directory)
        assert await draft.find(b"a/below") is None
        assert await draft.find(b"d/none/x") is None
        await draft.put(b"a", blob)
        await draft.remove(b"d/none")
        assert await draft.write(repo.mirror) == git(repo.path, "rev-parse", f"{commit}^{{tree}}")
        await draft.put(b"a/below", blob)
        await draft.put(b"d/e", blob)
        await draft.remove(b"d/g")
        await draft.put(b"n/\xff\n", blob)
        tree = await draft.write(repo.mirror)
        listed = await command.run(GitDirs(repo.mirror), "ls-tree", "-r", "-z", "--name-only", tree)
        assert listed.stdout == b"a.b\0a/below\0d/e\0n/\xff\n\0"
        git(repo.mirror, "fsck", "--strict", tree)
        for path in (b"a", b"a.b", b"d/e", b"n/\xff\n"):
            await draft.remove(path)
        assert await draft.write(repo.mirror) == EMPTY


@given(st.dictionaries(st.binary(min_size=1).filter(lambda name: not {0, 47} & {*name}), st.booleans(), max_size=8))
def test_a_raw_tree_is_parsed(names: dict[bytes, bool]) -> None:
    raw = b"".join(b"%s %s\0" % (b"40000" if tree else b"100644", name) + bytes(20) for name, tree in names.items())
    wanted = [(name, TreeEntry("40000" if tree else "100644", "00" * 20)) for name, tree in names.items()]
    assert parse_tree(raw, 20) == wanted


async def test_blob_ids_are_those_of_git(repo: Repo) -> None:
    await mirror.ensure(repo.mirror)
    hashed = await command.out(GitDirs(repo.mirror), "hash-object", "--stdin", stdin=b"x\0\n")
    assert objects.blob_id(b"x\0\n", 40) == hashed
