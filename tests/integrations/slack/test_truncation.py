"""Cutting and splitting of finished markup."""

from hypothesis import given
from hypothesis import strategies as st

from honk.integrations.slack.messages import markdown, mrkdwn, truncation

TEXTS = st.one_of(
    st.text().map(mrkdwn.prose),
    st.text().map(markdown.to_mrkdwn),
    st.text(min_size=1).map(mrkdwn.fenced),
    st.lists(st.text().map(mrkdwn.fenced), max_size=3).map("\n".join),
    st.text(alphabet="&<>ab `\n😀", max_size=300).map(markdown.to_mrkdwn),
    st.text(alphabet="&<>ab\n`", max_size=300).map(mrkdwn.fenced),
)


def is_whole(text: str) -> bool:
    """No entity is cut, and every fence has its other half."""
    left = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    return "&" not in left and [row for row in text.split("\n") if "```" in row].count("```") % 2 == 0


@given(TEXTS, st.integers(24, 200))
def test_every_piece_is_short_enough_and_whole(text: str, longest: int) -> None:
    for piece in truncation.pieces(text, longest):
        assert truncation.size(piece) <= longest
        assert is_whole(piece)


@given(TEXTS, st.integers(24, 200))
def test_nothing_is_lost(text: str, longest: int) -> None:
    def words(of: str) -> str:
        return "".join(of.replace("```", "").split()).replace("`", "")

    assert words("\n".join(truncation.pieces(text, longest))) == words(text)


@given(TEXTS, st.integers(24, 200))
def test_a_cut_text_is_short_enough_and_whole(text: str, longest: int) -> None:
    made = truncation.cut(text, longest)
    assert truncation.size(made) <= longest and is_whole(made)
    assert made == text or made.endswith("…")


@given(st.text(), st.integers(2, 75))
def test_plain_text_is_cut(text: str, longest: int) -> None:
    assert truncation.size(truncation.plain(text, longest)) <= longest


def test_a_split_code_block_is_reopened_in_the_next_piece() -> None:
    text = mrkdwn.fenced("\n".join(f"line {number}" for number in range(10)))
    assert truncation.pieces(text, 40)[0] == "```\nline 0\nline 1\nline 2\nline 3\n```"
    assert truncation.pieces(text, 40)[1].startswith("```\nline 4")


def test_a_long_row_breaks_at_a_space_and_keeps_its_code() -> None:
    made = truncation.pieces("words and `some code with many words in it` then", 40)
    assert made == ["words and `some code with many`", "`words in it` then"] or all(
        each.count("`") % 2 == 0 for each in made
    )
