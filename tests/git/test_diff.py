import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.core.change import FileChange
from honk.core.diff import DiffLine
from honk.git import diff, patch
from honk.git.patch import Patch
from tests.git.conftest import Repo

SAMPLE = b"""diff --git a/a b/a
index 1..2 100644
--- a/a
+++ b/a
@@ -1,3 +1,3 @@ def f():
 one
-diff --git a/x b/x
+@@ -9 +9 @@
 three
\\ No newline at end of file
diff --git a/b b/b
old mode 100644
new mode 100755
"""


async def read(repo: Repo, base: str, head: str) -> dict[str, FileChange]:
    await repo.fetch()
    return {file.change.path: file.change for file in (await diff.read(repo.mirror, base, head)).files}


async def test_every_kind_of_change(repo: Repo) -> None:
    text = "".join(f"line {number}\n" for number in range(50))
    (repo.path / "kind").write_text("x\n")
    base = repo.commit({"gone": "1\n2\n", "old name": text, "bin": b"\0\1", "same": "s\n", "run": "r\n"})
    (repo.path / "run").chmod(0o755)
    (repo.path / "kind").unlink()
    (repo.path / "kind").symlink_to("run")
    head = repo.commit(
        {"gone": None, "old name": None, "new\tname\n": text + "more\n", "bin": b"\0\2", "ö b/c": "no end"}
    )
    assert await read(repo, base, head) == {
        "bin": FileChange("bin", "modified", binary=True),
        "gone": FileChange("gone", "deleted", deleted=2),
        "kind": FileChange("kind", "modified", added=1, deleted=1),
        "new\tname\n": FileChange("new\tname\n", "renamed", added=1, old_path="old name"),
        "run": FileChange("run", "modified"),
        "ö b/c": FileChange("ö b/c", "added", added=1),
    }
    found = {file.change.path: file for file in (await diff.read(repo.mirror, base, head)).files}
    assert found["kind"].lines == (DiffLine("-", 1, "x"), DiffLine("+", 1, "run"))
    assert found["gone"].lines == (DiffLine("-", 1, "1"), DiffLine("-", 2, "2"))
    assert found["ö b/c"].lines == (DiffLine("+", 1, "no end"),)
    assert found["new\tname\n"].lines[-1] == DiffLine("+", 51, "more")
    assert {path: file.mode for path, file in found.items() if file.mode != "100644"} == {
        "kind": "120000",
        "run": "100755",
    }
    assert not any(file.truncated for file in found.values())


async def test_a_file_name_is_never_read_as_a_line(repo: Repo) -> None:
    base = repo.commit({"a": "1\n"})
    name = "x\n@@ -1 +1 @@\n+evil\ndiff --git a/q b/q\n"
    head = repo.commit({name: "good\n", "z": "z\n"})
    await repo.fetch()
    found = await diff.read(repo.mirror, base, head)
    assert [(file.change.path, [line.text for line in file.lines]) for file in found.files] == [
        (name, ["good"]),
        ("z", ["z"]),
    ]


async def test_nothing_changed(repo: Repo) -> None:
    base = repo.commit({"a": "1\n"})
    assert await read(repo, base, base) == {}


async def test_huge_files_are_cut_and_counted(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    base = repo.commit({"0": "x\n"})
    head = repo.commit(
        {
            "a": "line\n" * (patch.LINES_PER_FILE + 10),
            "b": "y" * 3_000_000,
            "c": "line\n",
            "d": "é\xff".encode("latin-1"),
        }
    )
    await repo.fetch()
    files = {file.change.path: file for file in (await diff.read(repo.mirror, base, head)).files}
    assert (len(files["a"].lines), files["a"].truncated) == (patch.LINES_PER_FILE, True)
    assert files["a"].change.added == patch.LINES_PER_FILE + 10
    assert len(files["b"].lines[0].text) == patch.CHARACTERS_PER_LINE
    assert (files["c"].lines, files["c"].truncated) == ((DiffLine("+", 1, "line"),), False)
    assert files["d"].lines[0].text == "\ufffd\ufffd"
    monkeypatch.setattr(patch, "LINES_IN_ALL", 100)
    files = {file.change.path: file for file in (await diff.read(repo.mirror, base, head)).files}
    assert (len(files["a"].lines), files["c"].truncated, files["c"].change.added) == (100, True, 1)


@given(st.lists(st.integers(0, len(SAMPLE)), max_size=12))
def test_a_patch_reads_the_same_in_any_pieces(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(SAMPLE)]
    found = Patch()
    for start, end in zip(places, places[1:], strict=False):
        found.feed(SAMPLE[start:end])
    found.close()
    lines = [
        DiffLine(" ", 1, "one"),
        DiffLine("-", 2, "diff --git a/x b/x"),
        DiffLine("+", 2, "@@ -9 +9 @@"),
        DiffLine(" ", 3, "three"),
    ]
    assert found.sections == [(lines, False), ([], False)]
