import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from honk.core.errors import WorkFailed
from honk.core.mounted_tree import Overlay, location
from honk.git import change, command, commits, diff, staging
from honk.git.command import GitDirs
from tests.git.conftest import Ground, Repo, git
from tests.git.test_mirror import POINTER

Lay = Callable[..., Awaitable[Ground]]
KINDS = pytest.mark.parametrize("kind", ["overlay", "plain"])


async def changed(ground: Ground, *also: str) -> dict[str, str]:
    """The captured change: path to the first letter of its status."""
    captured = await change.capture(ground.mirror, ground.tree, ground.baseline, also=also)
    found = await diff.read(ground.mirror, ground.baseline.commit, captured.tree)
    return {file.change.path: file.change.status[0] for file in found.files}


async def warned(ground: Ground) -> tuple[str, ...]:
    return (await change.capture(ground.mirror, ground.tree, ground.baseline)).warnings


async def refused(ground: Ground) -> str:
    with pytest.raises(WorkFailed) as caught:
        await change.capture(ground.mirror, ground.tree, ground.baseline)
    return str(caught.value)


@KINDS
async def test_nothing_changed_is_the_same_tree(repo: Repo, ground: Lay, kind: str) -> None:
    commit = repo.commit({"a": "1\n", "d/b": "2\n"})
    laid = await ground(commit, kind, "echo made > made")
    await laid.sh("touch a && chmod +x d/b && chmod -x d/b && mkdir empty && ls -R > /dev/null")
    captured = await change.capture(laid.mirror, laid.tree, laid.baseline)
    assert captured == change.CapturedChange(await commits.tree_of(laid.mirror, commit))


@KINDS
async def test_an_edit_in_the_same_second_and_of_the_same_size_is_seen(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(repo.commit({f"f{number}": "1.0\n" for number in range(20)}), kind)
    for number in range(20):
        await laid.sh(f"ref=$(mktemp); touch -r f{number} $ref; echo 2.0 > f{number}; touch -r $ref f{number}; rm $ref")
    assert len(await changed(laid)) == 20


@KINDS
async def test_configuration_in_the_tree_runs_nothing(repo: Repo, ground: Lay, kind: str, tmp_path: Path) -> None:
    laid = await ground(repo.commit({"a": "1\n"}), kind)
    ran = tmp_path / "ran"
    await laid.sh(f"""
        git init --quiet . && printf '#!/bin/sh\\ntouch {ran}\\ncat' > evil && chmod +x evil
        mkdir -p .git/hooks
        for hook in pre-commit post-index-change fsmonitor-watchman; do cp evil .git/hooks/$hook; done
        git config core.hooksPath .git/hooks
        for key in core.fsmonitor filter.evil.clean filter.evil.process diff.external; do
            git config $key "$PWD/evil"
        done
        echo '* filter=evil diff=evil' > .gitattributes
        mkdir -p .git/objects/info && echo /nowhere > .git/objects/info/alternates
        echo 2 > a
    """)
    assert "the filter `evil`, which Honk cannot run" in await refused(laid)
    await laid.sh("echo '* diff=evil' > .gitattributes")
    assert await changed(laid) == {"a": "m", ".gitattributes": "a", "evil": "a"}
    assert not ran.exists()


@KINDS
async def test_ignored_files_are_excluded_and_tracked_ones_never(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(
        repo.commit(
            {".gitignore": "*.log\nout/\n", "kept.log": "1\n", "sub/.gitignore": "!special.log\n", "sub/x": ""}
        ),
        kind,
    )
    await laid.sh(
        "echo 2 > kept.log; echo 2 > new.log; mkdir out; echo o > out/o; echo s > sub/special.log; echo y > sub/y.log"
    )
    assert await changed(laid) == {"kept.log": "m", "sub/special.log": "a"}
    await laid.sh("echo new.txt >> sub/.gitignore; echo n > sub/new.txt; echo n > new.txt; rm .gitignore")
    assert await changed(laid) == {
        ".gitignore": "d",
        "kept.log": "m",
        "new.log": "a",
        "new.txt": "a",
        "out/o": "a",
        "sub/.gitignore": "m",
        "sub/special.log": "a",
        "sub/y.log": "a",
    }


async def test_caches_that_ignore_themselves_are_left_out(repo: Repo, ground: Lay) -> None:
    laid = await ground(repo.commit({"a": "1\n"}), set_up="mkdir venv; echo '*' > venv/.gitignore; echo p > venv/p")
    await laid.sh("mkdir .cache; echo '*' > .cache/.gitignore; echo x > .cache/x; echo y > venv/y")
    assert await change.capture(laid.mirror, laid.tree, laid.baseline) == change.CapturedChange(
        await commits.tree_of(laid.mirror, laid.baseline.commit)
    )


@KINDS
async def test_what_set_up_made_is_never_in_a_change(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(
        repo.commit({"src/a": "1\n"}), kind, "mkdir dist; echo 1 > dist/x; echo 1 > src/made; mkdir new"
    )
    await laid.sh("echo 2 > dist/x; echo 2 > src/made; echo 2 > src/own; echo 3 > dist/y; echo 4 > new/z; rm -r dist/x")
    assert await changed(laid) == {"src/own": "a", "new/z": "a"}
    if kind == "overlay":
        assert await warned(laid) == (
            "Not part of the change, because set-up made it or its directory: `dist/y`, `src/made`.",
        )


@KINDS
async def test_files_and_directories_replace_each_other(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(
        repo.commit({"d/x": "x\n", "d/y/z": "z\n", "f": "f\n", "i/t": "t\n", "e/q": "q\n", ".gitignore": "i\n"}), kind
    )
    await laid.sh("rm -r d i e f; echo d > d; echo i > i; mkdir f e; echo g > f/g; mkdir e/deep; echo q > e/deep/q")
    assert await changed(laid) == {
        "d": "a",
        "d/x": "d",
        "d/y/z": "d",
        "e/deep/q": "r",
        "f": "d",
        "f/g": "a",
        "i/t": "d",
    }
    await laid.sh("rm -r d; mkdir d; echo x > d/x; rm -r f e; mkdir f")
    assert await changed(laid) == {"d/y/z": "d", "e/q": "d", "f": "d", "i/t": "d"}


@KINDS
async def test_everything_deleted(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(repo.commit({"a": "1\n", "d/e/f": "1\n"}), kind)
    await laid.sh("rm -r a d")
    captured = await change.capture(laid.mirror, laid.tree, laid.baseline)
    assert captured.tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@KINDS
async def test_links(repo: Repo, ground: Lay, kind: str) -> None:
    (repo.path / "old").symlink_to("/etc/hostname")
    laid = await ground(repo.commit({"d/a": "1\n"}), kind)
    await laid.sh("ln -s ../d/a d/in; ln -s d dir; mv old tmp; mv tmp old; printf x >> d/a")
    assert await changed(laid) == {"d/a": "m", "d/in": "a", "dir": "a"}
    await laid.sh("ln -s ../../etc/passwd d/out")
    assert await refused(laid) == (
        "The link `d/out` points to `../../etc/passwd`, outside the repository; point it inside."
    )
    await laid.sh("rm d/out; ln -s /etc/passwd d/a2")
    assert "`d/a2` points to `/etc/passwd`" in await refused(laid)


@KINDS
async def test_a_directory_swapped_for_a_link_is_not_followed(
    repo: Repo, ground: Lay, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a").write_text("secret\n")
    laid = await ground(repo.commit({"d/a": "1\n", "b": "b\n"}), kind)
    await laid.sh(f"rm -r d; ln -s {tmp_path}/secret d")
    assert "The link `d` points to" in await refused(laid)
    await laid.sh("rm d; ln -s . d")
    assert await changed(laid) == {"d": "a", "d/a": "d"}


@KINDS
async def test_repositories_inside_are_refused(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(
        repo.commit({"a": "1\n", ".gitignore": "deps/\n"}), kind, "mkdir lib; cd lib; git init --quiet; echo x > x"
    )
    await laid.sh(
        "mkdir -p deps/x; cd deps/x; git init --quiet; echo x > x; cd ../../lib; git init --quiet; echo y > x"
    )
    assert await changed(laid) == {}
    await laid.sh("mkdir -p vendor/x; cd vendor/x; git init --quiet; echo x > x; git add x; git commit --quiet -m x")
    assert await refused(laid) == (
        "`vendor/x` is a git repository of its own; remove its `.git` to make its files part of the change."
    )
    await laid.sh("rm -rf vendor/x/.git")
    assert await changed(laid) == {"vendor/x/x": "a"}


@KINDS
@pytest.mark.parametrize("name", [".GIT/config", "a/.g\u200cit/config", "git~1"])
async def test_names_that_mean_git_are_refused(repo: Repo, ground: Lay, kind: str, name: str) -> None:
    laid = await ground(repo.commit({"b": "1\n"}), kind)
    await laid.sh(f"mkdir -p {os.path.dirname(name) or '.'}; echo x > {name}")  # noqa: PTH120
    assert "has a name that means `.git` on some machines" in await refused(laid)


@KINDS
async def test_pipes_and_sockets_are_excluded_with_a_warning(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(repo.commit({"a": "1\n"}), kind)
    await laid.sh("mkfifo pipe; echo b > b")
    where = laid.tree.upper if isinstance(laid.tree, Overlay) else location(laid.tree)
    with socket.socket(socket.AF_UNIX) as door:
        here = await asyncio.to_thread(Path.cwd)
        os.chdir(where)
        try:
            door.bind("door")
        finally:
            os.chdir(here)
    assert await changed(laid) == {"b": "a"}
    if kind == "overlay":
        assert await warned(laid) == ("Not part of the change, because git keeps no sockets or pipes: `door`, `pipe`.",)
    await laid.sh("rm a; mkfifo a")
    assert await refused(laid) == "`a` was a file and is a pipe, a socket or a device; make it a file again."


@KINDS
async def test_large_files_are_refused_when_they_are_new(
    repo: Repo, ground: Lay, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "LARGEST_FILE", 1_000_000)
    monkeypatch.setattr(staging, "LARGEST_FILE", 1_000_000)
    laid = await ground(repo.commit({"old": b"\0" * 1_000_001, ".gitignore": "*.o\n"}), kind)
    await laid.sh("touch old; printf x >> a; truncate -s 1000001 x.o")
    assert await changed(laid) == {"a": "a"}
    await laid.sh("truncate -s 1000000 fits")
    assert await changed(laid) == {"a": "a", "fits": "a"}
    await laid.sh("truncate -s 1000001 too")
    assert await refused(laid) == "`too` is larger than 1 MB; leave it out of the repository."
    await laid.sh("rm too; printf 1 | dd of=old conv=notrunc 2> /dev/null")
    assert "`old` is larger than 1 MB" in await refused(laid)


async def test_a_change_of_too_many_bytes_is_refused(repo: Repo, ground: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "LARGEST_CHANGE", 3_000_000)
    laid = await ground(repo.commit({"a": "1\n"}))
    await laid.sh("for n in 1 2 3 4; do truncate -s 1000000 $n; done")
    assert await refused(laid) == "The change holds more than 3 MB; leave out files that can be generated."


async def test_names_of_every_kind(repo: Repo, ground: Lay) -> None:
    laid = await ground(repo.commit({"a": "1\n"}))
    names = ["sp ace", "new\nline", 'quo"te\\', "-dash", ":(glob)**", "ünï", "tab\t", "*", "a b/c d", "x" * 255]
    upper = laid.tree.upper if isinstance(laid.tree, Overlay) else Path()
    for name in (*map(os.fsencode, names), b"bad\xff"):
        path = os.path.join(os.fsencode(upper), name)  # noqa: PTH118
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        with open(path, "wb") as file:  # noqa: ASYNC230, PTH123
            file.write(name)
    assert await changed(laid) == {**dict.fromkeys(names, "a"), "bad\\xff": "a"}


@KINDS
async def test_line_endings_follow_the_attributes(repo: Repo, ground: Lay, kind: str) -> None:
    laid = await ground(repo.commit({".gitattributes": "*.bat eol=crlf\n*.txt text\n", "a.bat": "one\ntwo\n"}), kind)
    await laid.sh(
        r"grep -q $(printf '\r') a.bat; printf 'three\r\n' >> a.bat; printf 'x\r\ny\n' > b.txt; printf 'r\r\n' > c"
    )
    assert await changed(laid) == {"a.bat": "m", "b.txt": "a", "c": "a"}
    tree = (await change.capture(laid.mirror, laid.tree, laid.baseline)).tree
    assert git(laid.mirror, "cat-file", "blob", f"{tree}:a.bat") == "one\ntwo\nthree"
    assert git(laid.mirror, "cat-file", "blob", f"{tree}:b.txt") == "x\ny"
    found = await diff.read(laid.mirror, tree, laid.baseline.commit)
    assert [file.change.deleted for file in found.files] == [1, 2, 1]


async def test_lfs_pointers_stay_and_contents_are_refused(repo: Repo, ground: Lay) -> None:
    laid = await ground(repo.commit({".gitattributes": "*.psd filter=lfs -text\n", "a.psd": POINTER, "b.psd": POINTER}))
    await laid.sh("touch a.psd; sed -i s/00/11/ b.psd")
    assert await changed(laid) == {"b.psd": "m"}
    await laid.sh("echo real > 'c d.psd'")
    assert "`c d.psd` through the filter `lfs`" in await refused(laid)


@pytest.mark.parametrize(
    "attributes",
    ["secrets/** filter=git-crypt diff=git-crypt\n", "[attr]sealed filter=sops -diff\nsecrets/* sealed\n"],
)
async def test_a_changed_file_that_a_filter_should_encrypt_is_refused(repo: Repo, ground: Lay, attributes: str) -> None:
    laid = await ground(repo.commit({".gitattributes": attributes, "secrets/old": "\0sealed", "open": "1\n"}))
    await laid.sh("touch secrets/old; echo 2 > open")
    assert await changed(laid) == {"open": "m"}
    await laid.sh("echo plain > secrets/new")
    assert "`secrets/new`" in await refused(laid)
    await laid.sh("rm secrets/new; echo plain > secrets/old")
    assert "`secrets/old`" in await refused(laid)
    await laid.sh("rm secrets/old")
    assert await changed(laid) == {"open": "m", "secrets/old": "d"}


async def test_an_ignored_file_that_looks_written_is_named(repo: Repo, ground: Lay) -> None:
    laid = await ground(repo.commit({".gitignore": "lib/\n__pycache__/\n*.log\nbuild/\n", "main.py": "1\n"}))
    await laid.sh("mkdir -p lib __pycache__ build/dist; echo 1 > lib/util.py; echo 2 > build/tool.go")
    await laid.sh("echo 1 > __pycache__/main.py; echo 1 > run.log; echo 1 > build/dist/out.js; echo 1 > lib/data.bin")
    expected = "Not part of the change, because `.gitignore` excludes it: `build/tool.go`, `lib/util.py`."
    assert await warned(laid) == (expected,)


@KINDS
async def test_submodules(repo: Repo, ground: Lay, kind: str) -> None:
    first = repo.commit({"a": "1\n"})
    git(repo.path, "update-index", "--add", "--cacheinfo", f"160000,{first},vendor/m")
    git(repo.path, "commit", "--quiet", "-m", "submodule")
    (repo.path / "vendor" / "m").mkdir(parents=True)
    laid = await ground(git(repo.path, "rev-parse", "HEAD"), kind)
    await laid.sh("echo 2 > a; echo x > vendor/x; chmod 700 vendor/m")
    assert await changed(laid) == {"a": "m", "vendor/x": "a"}
    await laid.sh("echo x > vendor/m/x")
    assert await refused(laid) == "`vendor/m/x` is in the submodule `vendor/m`, which Honk cannot change."


async def test_a_newer_base_keeps_its_submodules(repo: Repo, ground: Lay) -> None:
    first = repo.commit({"a": "1\n", ".gitignore": "*.log\n"})
    laid = await ground(first, set_up="mkdir dist; echo d > dist/d")
    git(repo.path, "update-index", "--add", "--cacheinfo", f"160000,{first},vendor/m")
    git(repo.path, "commit", "--quiet", "-m", "submodule")
    (repo.path / "vendor" / "m").mkdir(parents=True)
    (repo.path / "out").symlink_to("/etc/hostname")
    newer = repo.commit({"kept.log": "1\n", "dist/index": "1\n"})
    await repo.fetch()
    await laid.sh("echo 1 > kept.log; echo 1 > dist/index; ln -s /etc/hostname out; mkdir -p vendor/m; echo 2 > a")
    captured = await change.capture(laid.mirror, laid.tree, laid.baseline, also=(newer,))
    found = await diff.read(laid.mirror, newer, captured.tree)
    assert [file.change.path for file in found.files] == ["a"]


async def test_an_unreadable_file_is_named(repo: Repo, ground: Lay) -> None:
    laid = await ground(repo.commit({"a": "1\n"}))
    await laid.sh("mkdir d; echo x > d/x; chmod 000 d")
    if os.geteuid() == 0:
        assert await changed(laid) == {"d/x": "a"}
    else:
        assert await refused(laid) == "`d` cannot be read; give its owner the right to."


async def test_deeply_nested_directories_are_refused(repo: Repo, ground: Lay) -> None:
    laid = await ground(repo.commit({"a": "1\n"}))
    await laid.sh("i=0; while [ $i -lt 120 ]; do mkdir d; cd d; i=$((i + 1)); done; echo x > x")
    assert "More than 100 directories are nested at `d/d/d/" in await refused(laid)


@KINDS
async def test_a_tree_that_changes_during_the_capture(repo: Repo, ground: Lay, kind: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("secret of the host\n")
    laid = await ground(repo.commit({"a": "1\n", "d/x": "1\n"}), kind)
    busy = asyncio.create_task(
        laid.sh(f"""
            until [ -e {tmp_path}/stop ]; do
                mkdir -p d e; echo 1 > d/x; echo 1 > e/x; rm -r d e; ln -s {tmp_path}/outside d
                ln -s {tmp_path}/outside/x link; rm d; echo 2 > link2; mv -f link2 link; rm link
            done
        """)
    )
    try:
        for _ in range(15):
            try:
                await change.capture(laid.mirror, laid.tree, laid.baseline)
            except WorkFailed as error:
                assert "outside the repository" in str(error)  # noqa: PT017
    finally:
        (tmp_path / "stop").write_text("")
        await busy
    objects = await command.run(GitDirs(laid.mirror), "cat-file", "--batch-all-objects", "--batch")
    assert b"secret of the host" not in objects.stdout
