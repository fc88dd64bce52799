from pathlib import Path

import pytest

from honk import process
from honk.core.mounted_tree import location
from honk.git import agent_repo, change, checkout, command, commits
from honk.git.command import GitDirs
from tests.git.conftest import Ground, Repo, git
from tests.git.test_change import KINDS, Lay


async def now(ground: Ground) -> str:
    return (await change.capture(ground.mirror, ground.tree, ground.baseline)).tree


@KINDS
async def test_a_tree_moves_to_another_commit_and_keeps_set_up_products(repo: Repo, ground: Lay, kind: str) -> None:
    first = repo.commit({"a": "1\n", "d/b": "1\n", "gone/x": "1\n", ".gitignore": "out/\n", "same": "s\n"})
    second = repo.commit({"a": "2\n", "d/b": None, "gone/x": None, "d/b/c": "2\n", "gone": "file\n", "new/n": "2\n"})
    laid = await ground(first, kind, "mkdir out made; echo p > out/p; echo m > made/m")
    await repo.fetch()
    await laid.sh("echo mine > a; echo more > more; echo o > out/o")
    await checkout.materialise(laid.mirror, second, laid.tree, laid.baseline)
    assert await now(laid) == await commits.tree_of(laid.mirror, second)
    assert await laid.sh("cat a d/b/c gone new/n same out/p out/o made/m; ls") == (
        "2\n2\nfile\n2\ns\np\no\nm\na\nd\ngone\nmade\nnew\nout\nsame\n"
    )
    await checkout.materialise(laid.mirror, first, laid.tree, laid.baseline)
    assert await now(laid) == await commits.tree_of(laid.mirror, first)
    assert await laid.sh("cat gone/x; test ! -e new; ls made") == "1\nm\n"


@KINDS
async def test_nothing_is_written_through_a_link(repo: Repo, ground: Lay, kind: str, tmp_path: Path) -> None:
    first = repo.commit({"d/a": "1\n", ".gitignore": "l\n"})
    second = repo.commit({"d/a": "2\n", "l/x": "2\n"})
    laid = await ground(first, kind)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("untouched\n")
    await laid.sh(f"rm -r d; ln -s . d; ln -s {tmp_path}/outside l")
    await repo.fetch()
    await checkout.materialise(laid.mirror, second, laid.tree, laid.baseline)
    assert await laid.sh("cat d/a l/x; test ! -L d; test ! -L l") == "2\n2\n"
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["a"]


async def test_conflict_markers_are_laid_out_and_captured(repo: Repo, ground: Lay) -> None:
    base = repo.commit({"a": "1\n"})
    ours = repo.commit({"a": "2\n"})
    git(repo.path, "checkout", "--quiet", "-b", "other", base)
    theirs = repo.commit({"a": "3\n", "b": "b\n"})
    laid = await ground(base)
    merged = await commits.merge_tree(laid.mirror, ours, theirs)
    await checkout.materialise(laid.mirror, merged.tree, laid.tree, laid.baseline)
    assert "<<<<<<< " in await laid.sh("cat a")
    assert await now(laid) == merged.tree
    await laid.sh("echo 4 > a")
    assert git(laid.mirror, "ls-tree", "--name-only", await now(laid)) == "a\nb"


async def test_a_checkout_is_complete_and_restored_when_it_exists(repo: Repo, tmp_path: Path) -> None:
    commit = repo.commit({"run.sh": "echo 1\n", "d/a": "1\n", ".gitignore": "*.log\n"})
    await repo.fetch()
    path = tmp_path / "deploys" / "x"
    await checkout.checkout(repo.mirror, commit, path)
    assert sorted(entry.name for entry in path.iterdir()) == [".gitignore", "d", "run.sh"]
    assert [entry.name for entry in path.parent.iterdir()] == ["x"]
    inode = (path / "d" / "a").stat().st_ino
    (path / "run.sh").write_text("echo 2\n")
    (path / "x.log").write_text("kept\n")
    await checkout.checkout(repo.mirror, commit, path)
    assert (path / "run.sh").read_text() == "echo 1\n"
    assert (path / "x.log").read_text() == "kept\n"
    assert (path / "d" / "a").stat().st_ino == inode
    with pytest.raises(command.GitFailed):
        await checkout.checkout(repo.mirror, "0" * 40, tmp_path / "deploys" / "none")
    assert [entry.name for entry in path.parent.iterdir()] == ["x"]


async def test_set_up_products_and_edits(repo: Repo, tmp_path: Path) -> None:
    commit = repo.commit({"a": "1\n", "d/x": "1\n", ".gitignore": "*.o\n"})
    await repo.fetch()
    dirs = GitDirs(repo.mirror, tmp_path / "tree", tmp_path / "index")
    await checkout.lay_out(dirs, commit)
    script = "echo 2 > a; echo o > d/y.o; mkdir -p m/n e; echo n > m/n/n; rm -r d/x"
    assert (await process.run(("sh", "-ec", script), cwd=tmp_path / "tree")).ok
    assert await checkout.keep_edits(dirs) == (b"a",)
    assert (tmp_path / "tree" / "a").read_text() == "2\n"
    assert (tmp_path / "tree" / "d" / "x").read_text() == "1\n"
    assert await checkout.products(dirs) == b"d/y.o\0m/\0"


async def test_the_agent_has_its_own_repository(repo: Repo, ground: Lay) -> None:
    for number in range(3):
        commit = repo.commit({"a": f"{number}\n", "b": "b\n"}, f"number {number}")
    laid = await ground(commit, set_up="echo made > 'ma[de'")
    lower = location(laid.tree).parent / "base"
    await agent_repo.make(laid.mirror, commit, lower / ".git")
    (lower / ".git" / "info").mkdir()
    (lower / ".git" / "info" / "exclude").write_bytes(agent_repo.exclude(b"ma[de\0"))
    (lower / ".git" / "index").write_bytes(laid.baseline.index.read_bytes())
    assert await laid.sh("git log --format=%s; git branch --show-current") == "number 2\nnumber 1\nnumber 0\nmain\n"
    assert await laid.sh("git status --porcelain") == ""
    await laid.sh("echo x > a; git commit --quiet --all -m mine; echo y > c")
    assert await laid.sh("git status --porcelain; git diff --stat HEAD~1 | tail -1") == (
        "?? c\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    )
    assert git(laid.mirror, "log", "-1", "--format=%s", "main") == "number 2"
    assert await laid.sh("git remote; cat .git/objects/info/alternates 2> /dev/null || echo none") == "none\n"
