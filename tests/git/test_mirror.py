import pytest

from honk.git import mirror
from tests.git.conftest import Repo, file_at, git

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"


async def test_files_are_read_at_a_commit(repo: Repo) -> None:
    old = repo.commit({"a b": "1\n", "d/ö\n": b"\x00\xff", "d/[x]*": "glob\n"})
    repo.commit({"a b": "2\n"})
    await repo.fetch()
    assert await file_at(repo.mirror, old, "a b") == b"1\n"
    assert await file_at(repo.mirror, old, "d/ö\n") == b"\x00\xff"
    assert await file_at(repo.mirror, old, "d/[x]*") == b"glob\n"
    for nothing in ("c", "d", "d/*", "../a b", ""):
        assert await file_at(repo.mirror, old, nothing) is None


async def test_files_are_listed(repo: Repo) -> None:
    (repo.path / "link").symlink_to("run")
    commit = repo.commit({b"bad\xff".decode(errors="surrogateescape"): "12", "n\nl": "", "d/run": "x"})
    await repo.fetch()
    assert await mirror.paths(repo.mirror, commit) == {"bad\\xff", "link", "n\nl", "d/run"}


async def test_several_files_are_read_through_one_git(repo: Repo) -> None:
    commit = repo.commit({"a": "1\n", "d/n\nl": "2\n", "b": "3\n"})
    forged = f"x\n{commit} blob 4\nforged"
    await repo.fetch()
    async with mirror.opened(repo.mirror, commit) as files:
        found = [await files.read(path) for path in ("a", "none\n\n", forged, "d", "d/n\nl", "../a", "b")]
    assert found == [b"1\n", None, None, None, b"2\n", None, b"3\n"]


@pytest.mark.parametrize(
    ("existing", "wanted", "blocking"),
    [
        ("honk", "honk/x-fix", "honk"),
        ("honk/x-fix/more", "honk/x-fix", "honk/x-fix/more"),
        ("honk/y", "honk/x-fix", ""),
        ("honk/x-fix", "honk/x-fix", ""),
        ("honker", "honk/x-fix", ""),
        ("a/b", "a/b/c/d", "a/b"),
    ],
)
async def test_a_branch_that_is_in_the_way_of_another(repo: Repo, existing: str, wanted: str, blocking: str) -> None:
    repo.commit({"a": "1\n"})
    git(repo.path, "branch", existing)
    await repo.fetch()
    assert await mirror.branch_in_the_way(repo.mirror, wanted) == blocking


async def test_submodules_and_lfs_files_are_named(repo: Repo) -> None:
    plain = repo.commit({"a": "1\n", ".gitattributes": "# filter=lfs once\n*.txt text\n"})
    lfs = repo.commit({"art/.gitattributes": "*.psd filter=lfs diff=lfs -text\n", "art/x.psd": POINTER})
    git(repo.path, "update-index", "--add", "--cacheinfo", f"160000,{plain},vendor/x y")
    git(repo.path, "commit", "--quiet", "-m", "submodule")
    await repo.fetch()
    assert await mirror.notices(repo.mirror, plain) == ()
    assert await mirror.notices(repo.mirror, lfs) == (
        "Files kept in Git LFS (`*.psd`) stay pointers: Honk does not fetch their contents.",
    )
    modules, _ = await mirror.notices(repo.mirror, git(repo.path, "rev-parse", "HEAD"))
    assert modules == "The submodules of this repository (`vendor/x y`) are left empty: Honk does not fetch them."
