"""The window with a change's diff."""

import json

from honk_simulators.slack import transcript
from honk_simulators.slack.block_kit import blocks as kit
from honk_simulators.slack.state.workspace import SlackWorkspace
from hypothesis import given, settings
from hypothesis import strategies as st

from honk.core.change import FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.session import Session
from honk.integrations.slack.messages import diff_modal
from honk.integrations.slack.messages.renderer import MessageRenderer

SLACK = SlackWorkspace("Goose Works", "T1", "goose", lambda: 0.0)
VIEW = MessageRenderer(lambda session: f"https://honk.example/sessions/{session}", frozenset({"https://honk.example"}))

EDIT = (
    DiffLine(" ", 3, "def first(songs):"),
    DiffLine("-", 4, "    return songs[0]"),
    DiffLine("+", 4, "    return songs[0] if songs else None"),
    DiffLine(" ", 5, ""),
    DiffLine("-", 40, "old"),
    DiffLine(" ", 40, "end"),
    DiffLine("+", 90, "new"),
)


def file(path: str, *lines: DiffLine, status: str = "modified") -> FileDiff:
    added, deleted = (sum(line.sign == sign for line in lines) for sign in "+-")
    return FileDiff(FileChange(path, status, added, deleted), "100644", lines)  # type: ignore[arg-type]


def read(*files: FileDiff) -> str:
    view = diff_modal.modal(Session("s1"), Diff(files), VIEW)
    assert kit.of_view(view) == []
    assert len(json.dumps(view)) < 250_000
    return "\n".join(row for block in view["blocks"] for row in transcript.of_block(SLACK, block))


def test_a_file_with_its_hunks() -> None:
    text = read(file("app/a.py", *EDIT))
    assert "`app/a.py`  +2 −2" in text and "1 file, +2 −2" in text
    assert "-    return songs[0]\n+    return songs[0] if songs else None" in text
    assert [row for row in text.splitlines() if "@@" in row] == ["@@ line 3 @@", "@@ line 40 @@", "@@ line 90 @@"]


def test_hunks_of_a_new_and_of_a_deleted_file() -> None:
    new = [DiffLine("+", number, "x") for number in range(1, 9)]
    gone = [DiffLine("-", number, "x") for number in range(1, 9)]
    assert len(diff_modal.hunks(new)) == len(diff_modal.hunks(gone)) == 1


def test_hunks_that_do_not_fit_are_counted() -> None:
    places = [DiffLine("+", number * 10, f"line {number} " + "x" * 200) for number in range(100)]
    text = read(file("big.py", *places))
    shown = text.count("@@ line")
    assert 0 < shown < 100
    assert f"{100 - shown} more places (+{100 - shown} −0) in the full session" in text


def test_of_a_hunk_that_is_too_large_the_beginning_is_shown() -> None:
    text = read(file("big.py", *(DiffLine("+", number, f"line {number} " + "<" * 200) for number in range(1, 100))))
    assert "line 1 <" in text and "1 more place" in text


def test_many_files() -> None:
    text = read(*(file(f"f{number}.py", DiffLine("+", 1, "x")) for number in range(300)))
    assert "f0.py" in text and "more files: Open the full session (https://honk.example/sessions/s1)" in text


def test_a_line_of_a_diff_cannot_close_its_code_block() -> None:
    text = read(file("a.py", DiffLine("+", 1, "```<!channel>"), DiffLine("+", 2, "\u202e\x1b[2J end")))
    assert "<!channel>" in text and text.count("```") == 2 and "\u202e" not in text


def test_binary_moved_and_none() -> None:
    moved = FileDiff(FileChange("b.png", "renamed", old_path="a.png"), "100644")
    assert "`a.png` → `b.png`" in read(moved)
    assert "binary" in read(FileDiff(FileChange("c.png", "added", binary=True), "100644"))
    assert "Nothing is changed" in read()


LINES = st.lists(
    st.builds(
        DiffLine, st.sampled_from([" ", "+", "-"]), st.integers(1, 500), st.text(max_size=50) | st.just("<&`" * 900)
    ),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=300), LINES), max_size=40))
def test_slack_accepts_the_window_of_any_diff(files: list[tuple[str, list[DiffLine]]]) -> None:
    read(*(file(path, *lines) for path, lines in files))
