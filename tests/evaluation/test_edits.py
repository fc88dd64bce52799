"""The edit format of tasks."""

import pytest

from honk.core.errors import UsageError
from honk.evaluation import edits

FILES = {"a.txt": b"one\ntwo\nthree\ntwo and a half\n", "b.txt": b"old\n"}


def applied(text: str) -> dict[str, bytes]:
    return edits.apply(FILES, edits.parse(text.splitlines()))


def test_replaces_lines_in_two_places_of_a_file() -> None:
    assert applied("@@ a.txt\n one\n-two\n+2\n@@\n-three\n+3\n")["a.txt"] == b"one\n2\n3\ntwo and a half\n"


def test_blank_lines_after_an_edit_are_no_context() -> None:
    assert applied("@@ a.txt\n-two\n+2\n\n\n@@ b.txt\n-old\n+new\n") == {
        "a.txt": b"one\n2\nthree\ntwo and a half\n",
        "b.txt": b"new\n",
    }


def test_adds_moves_and_deletes_files() -> None:
    after = applied("@@ c.txt new\n+hello\n@@ b.txt -> d.txt\n+more\n old\n@@ a.txt deleted\n")
    assert after == {"c.txt": b"hello\n", "d.txt": b"more\nold\n"}


def test_a_binary_file_is_the_same_each_time() -> None:
    after = applied("@@ x.bin bytes 4000")["x.bin"]
    assert len(after) == 4000
    assert after == applied("@@ x.bin bytes 4000")["x.bin"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("@@ a.txt\n-four\n+4", "fits 0 times"),
        ("@@ none.txt\n-four\n+4", "no such file"),
        ("-four", "belongs to no file"),
        ("@@ a.txt\n*four", "begins with none of"),
        ("@@ a.txt removed", "no header"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        applied(text)
