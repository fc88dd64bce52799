"""A diff as it is shown."""

import pytest
from markupsafe import Markup

from honk.core.change import FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.web import diff_view
from honk.web.templating import prose, size, visible


def shown(*lines, **more):
    added = sum(sign == "+" for sign, _, _ in lines)
    deleted = sum(sign == "-" for sign, _, _ in lines)
    change = FileChange("a.py", "modified", added, deleted)
    file = FileDiff(change, "100644", tuple(DiffLine(*line) for line in lines), **more)
    return diff_view.files(Diff((file,)))[0]


def numbers(file):
    return [(row.kind, row.number) for row in file.rows]


def test_a_gap_stands_between_hunks_and_nowhere_else():
    file = shown((" ", 10, "a"), ("-", 11, "b"), ("+", 11, "c"), ("+", 12, "d"), (" ", 13, "e"), (" ", 41, "f"))
    assert numbers(file) == [
        *(("gap", 0), ("same", 10), ("del", 11), ("add", 11), ("add", 12), ("same", 13)),
        *(("gap", 0), ("same", 41)),
    ]


def test_a_hunk_may_begin_with_a_deletion():
    file = shown(("+", 1, "a"), (" ", 2, "b"), ("-", 30, "c"), (" ", 31, "d"), ("+", 32, "e"))
    assert [kind for kind, _ in numbers(file)] == ["add", "same", "gap", "del", "same", "add"]


def test_long_files_fold_and_very_long_ones_are_cut():
    short = shown(*(("+", n, "x") for n in range(1, 81)))
    assert short.unfolded and short.left_out == 0
    longer = shown(*(("+", n, "x") for n in range(1, 82)))
    assert not longer.unfolded and longer.left_out == 0
    huge = shown(*(("+", n, "x") for n in range(1, 3001)))
    assert len(huge.rows) == 1000 and huge.left_out == 2000


def test_a_huge_change_is_sent_in_part_and_every_file_is_named():
    file = FileDiff(FileChange("a", "added", 900), "100644", tuple(DiffLine("+", n, "x") for n in range(1, 901)))
    found = diff_view.files(Diff((file,) * 50))
    assert len(found) == 50
    assert sum(len(each.rows) for each in found) == diff_view.LINES_IN_ALL
    assert sum(each.left_out for each in found) == 50 * 900 - diff_view.LINES_IN_ALL


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("a\u202eb", 'a<b class="unseen">U+202E</b>b'),
        ("\x1b[31m", '<b class="unseen">U+001B</b>[31m'),
        ("ad\u200bmin", 'ad<b class="unseen">U+200B</b>min'),
        ("ad\u200dmin", 'ad<b class="unseen">U+200D</b>min'),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"),
        ("مرحبا\tx\n", "مرحبا\tx\n"),
        ("a\rb", 'a<b class="unseen">U+000D</b>b'),
        ("\U000e0041", '<b class="unseen">U+E0041</b>'),
    ],
)
def test_what_cannot_be_seen_is_shown(text, seen):
    assert visible(text) == Markup(seen)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (4_120_000, "4.1 MB")]
)
def test_sizes_are_for_people(count, text):
    assert size(count) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("run `a<b` **now**", "run <code>a&lt;b</code> <b>now</b>"),
        ("**<script>** and `**`", "<b>&lt;script&gt;</b> and <code>**</code>"),
        ("2 ** 3 ** 4, a `b", "2 ** 3 ** 4, a `b"),
        ("[x](javascript:alert(1)) https://evil.example", "[x](javascript:alert(1)) https://evil.example"),
    ],
)
def test_prose_has_two_marks_and_no_links(text, seen):
    assert prose(text) == Markup(seen)
