"""For any changes of a tree, the change read from its layers is the one that a full scan of the files finds."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from honk.core.mounted_tree import Overlay
from honk.core.person import AGENT
from honk.git import change, checkout, command, commits, mirror
from honk.git.baseline import Baseline
from honk.git.command import GitDirs
from tests.git.conftest import Ground

PATHS = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "d/e/f/a", "x.log", "d/x.log", ".gitignore", "d/.gitignore"]
paths = st.sampled_from(PATHS)
IGNORES = r"printf '%s\n'"

moves = st.one_of(
    st.builds('rm -rf "{0}"'.format, paths),
    st.builds('mkdir -p "{0}"'.format, paths),
    st.builds('echo {1} > "{0}"'.format, paths, st.integers(0, 3)),
    st.builds('mkdir -p "$(dirname "{0}")" && echo {1} > "{0}"'.format, paths, st.integers(0, 3)),
    st.builds('mv -fT "{0}" "{1}"'.format, paths, paths),
    st.builds('cp -rT "{0}" "{1}"'.format, paths, paths),
    st.builds('chmod +x "{0}"'.format, paths),
    st.builds('touch "{0}"'.format, paths),
    st.builds('ln -sfn a "{0}"'.format, paths),
    st.builds(
        "{} '{}' > \"{}\"".format, st.just(IGNORES), st.sampled_from(["*.log", "e/", "!x.log", "a", "/d"]), paths
    ),
)


@settings(max_examples=25)
@given(
    base=st.dictionaries(paths, st.sampled_from(["0\n", "1\n", "*.log\n"]), min_size=1),
    script=st.lists(moves, max_size=12),
)
@example(base={"d/e/a": "0\n"}, script=['rm -rf "d"', 'mkdir -p "d"', 'echo 0 > "d/e"'])
@example(base={"d": "0\n"}, script=['rm -rf "d"', 'mkdir -p "d"'])
@example(base={"d/a": "0\n", "d/b": "0\n"}, script=['mv -fT "d" "b"', 'mkdir -p "d"', 'echo 1 > "d/a"'])
def test_the_layers_match_a_full_scan(base: dict[str, str], script: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(compare(Path(directory), base, script))


async def compare(where: Path, base: dict[str, str], script: list[str]) -> None:
    repository = where / "mirror.git"
    await mirror.ensure(repository)
    commit = await laid_down(repository, where / "first", base)
    lower = GitDirs(repository, where / "lower", where / "index")
    await checkout.lay_out(lower, commit)
    (where / "products").write_bytes(b"")
    for name in ("upper", "work", "at", "copy"):
        (where / name).mkdir()
    baseline = Baseline(commit, where / "index", where / "products")
    forked = Overlay((where / "lower",), where / "upper", where / "work", where / "at")
    ground = Ground(repository, forked, baseline)
    await ground.sh("\n".join(f"{{ {move}; }} 2> /dev/null || true" for move in script) + f"\ncp -a . {where}/copy/")
    found = await change.capture(repository, forked, baseline)
    assert found == change.CapturedChange(await scanned(repository, where / "copy", commit))
    await checkout.materialise(repository, commit, forked, baseline)
    (where / "back").mkdir()
    await ground.sh(f"cp -a . {where}/back/")
    back = await scanned(repository, where / "back", commit, "--update")
    assert back == await commits.tree_of(repository, commit)
    (where / "work" / "work").chmod(0o700)


async def laid_down(repository: Path, files: Path, contents: dict[str, str]) -> str:
    """A commit of the contents; if one path is above another, the longer one is used."""
    for name, content in sorted(contents.items(), reverse=True):
        if not (files / name).exists():
            try:
                (files / name).parent.mkdir(parents=True, exist_ok=True)
                (files / name).write_text(content)
            except (FileExistsError, NotADirectoryError):
                continue
    index = files.with_suffix(".index")
    dirs = GitDirs(repository, files, index)
    await command.run(dirs, "add", "--all", "--force")
    made = await command.out(dirs, "write-tree")
    return await commits.commit(repository, made, (), author=AGENT, committer=AGENT, message="base\n", at=0)


async def scanned(repository: Path, files: Path, commit: str, what: str = "--all") -> str:
    """The expected result, from `git add`. Files that .gitignore excludes stay when the tree moves to another
    commit."""
    dirs = GitDirs(repository, files, files.with_suffix(".index"))
    await command.run(dirs, "read-tree", commit)
    await command.run(dirs, "add", what)
    return await command.out(dirs, "write-tree")
