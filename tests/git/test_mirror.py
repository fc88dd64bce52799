from honk.git import mirror
from honk.git.mirror import Entry
from tests.git.conftest import Repo, git

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"


async def test_files_are_read_at_a_commit(repo: Repo) -> None:
    old = repo.commit({"a b": "1\n", "d/ö\n": b"\x00\xff", "d/[x]*": "glob\n"})
    repo.commit({"a b": "2\n"})
    await repo.fetch()
    assert await mirror.file_at(repo.mirror, old, "a b") == b"1\n"
    assert await mirror.file_at(repo.mirror, old, "d/ö\n") == b"\x00\xff"
    assert await mirror.file_at(repo.mirror, old, "d/[x]*") == b"glob\n"
    for nothing in ("c", "d", "d/*", "../a b", ""):
        assert await mirror.file_at(repo.mirror, old, nothing) is None


async def test_files_are_listed_with_mode_and_size(repo: Repo) -> None:
    (repo.path / "run").write_text("x")
    (repo.path / "run").chmod(0o755)
    (repo.path / "link").symlink_to("run")
    commit = repo.commit({b"bad\xff".decode(errors="surrogateescape"): "12", "n\nl": ""})
    await repo.fetch()
    assert await mirror.list_files(repo.mirror, commit) == (
        Entry("bad\\xff", "100644", 2),
        Entry("link", "120000", 3),
        Entry("n\nl", "100644", 0),
        Entry("run", "100755", 1),
    )


async def test_what_cannot_be_fetched_is_said(repo: Repo) -> None:
    plain = repo.commit({"a": "1\n", ".gitattributes": "# filter=lfs once\n*.txt text\n"})
    lfs = repo.commit({"art/.gitattributes": "*.psd filter=lfs diff=lfs -text\n", "art/x.psd": POINTER})
    git(repo.path, "update-index", "--add", "--cacheinfo", f"160000,{plain},vendor/x y")
    git(repo.path, "commit", "--quiet", "-m", "submodule")
    await repo.fetch()
    assert await mirror.notices(repo.mirror, plain) == ()
    assert await mirror.notices(repo.mirror, lfs) == (
        "Files kept in Git LFS (`*.psd`) stay pointers: their contents are not there.",
    )
    modules, _ = await mirror.notices(repo.mirror, git(repo.path, "rev-parse", "HEAD"))
    assert modules == "The submodules of this repository (`vendor/x y`) are left empty: Honk does not fetch them."
