"""Text that nobody vouches for speaks to nobody on a forge, and still reads well."""

import re
from html.parser import HTMLParser

import pytest
from honk_simulators.github.pages.markdown import html
from hypothesis import given
from hypothesis import strategies as st

from honk.conversation import event_lines, markdown

HOME = "https://github.test/acme/shop"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It crashed on two pages", "It crashed on two pages"),
        ("Done. It was 0.00 (once), not 3!", "Done. It was 0.00 (once), not 3!"),
        ("a snake_case_name, 2 < 3 & 4 > 3, $5.00 of $9.00", "a snake_case_name, 2 < 3 & 4 > 3, $5.00 of $9.00"),
        ("C:\\temp and \\*", "C:\\temp and \\\\\\*"),
        ("thanks @ada!", "thanks `@ada`!"),
        ("closes #12", "closes `#12`"),
        ("(see #12).", "(see `#12`)."),
        ("fixes acme/shop#12 and GH-7", "fixes `acme/shop#12` and `GH-7`"),
        ("see https://evil.example/x", "see `https://evil.example/x`"),
        ("see www.evil.example", "see `www.evil.example`"),
        ("![x](https://evil.example/p.png)", "`![x](https://evil.example/p.png`)"),
        ("[merge](javascript:x)", r"\[merge](javascript:x)"),
        ("<img src=x>", r"\<img src=x>"),
        ("&#64;ada", "`&#64;ada`"),
        ("&commat;ada", r"\&commat;ada"),
        ("# Heading", r"\# Heading"),
        ("- item", r"\- item"),
        ("2. item", r"2\. item"),
        ("_a_ *b* ~c~ $d$", r"\_a\_ \*b\* \~c\~ \$d\$"),
        ("a `b @c` d", "a `b @c` d"),
        ("a ``` b", r"a \`\`\` b"),
        ("~ a * b ~ c", "~ a * b ~ c"),
        ("* a* b", r"\* a\* b"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_line(text: str, shown: str) -> None:
    assert markdown.line(text) == shown


class Page(HTMLParser):
    """What a page shows of a text: its tags, where its links lead, its words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(str(source))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


ANYTHING = st.text(
    alphabet=st.one_of(st.sampled_from("@#`[]()!<>&\\*_~|$=+-.;: /:.wh12t\n"), st.characters()), max_size=200
)


WRAPPED = {"p", "code", "ul", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "br", "strong", "a"}
"""The tags of what a line may stand in."""


def words(text: str) -> str:
    """What is left when the differences between code and prose are."""
    return re.sub(r"[`'|¦\s]", "", text)


@given(ANYTHING)
def test_nothing_speaks_formats_or_links(text: str) -> None:
    shown = markdown.line(text)
    assert "\n" not in shown
    for context in (
        "{}",
        "- {}",
        "> {}",
        "| a | b |\n|-|-|\n| {} | x |",
        "Before\n{}\nafter",
        "**verify:** {}",
        "**{}** x",
    ):
        page = Page(html(context.format(shown), "acme/shop"))
        assert page.tags <= WRAPPED, page.tags
        assert all(re.fullmatch("/acme/shop/commit/[0-9a-fA-F]+", link) for link in page.links), page.links
    page = Page(html(shown, "acme/shop"))
    assert page.tags <= {"p", "code", "a"}
    if not page.links:
        assert words(page.text) == words(event_lines.clip(markdown.visible(text), markdown.LONGEST_LINE))
    bare = re.sub(r"`[^`]*`", " ", re.sub(r"\\[!-/:-@\[-`{-~]", "", shown))
    assert not re.search(r"[@`|\[]|[*~]\S", bare), "a page of ours knows less Markdown than GitHub does"


@given(ANYTHING)
def test_nothing_speaks_in_a_quotation(text: str) -> None:
    page = Page(html(markdown.quoted(text), "acme/shop"))
    assert page.tags <= {"blockquote", "p", "br", "code", "pre", "ul", "ol", "li", "a"}, page.tags
    assert all(link.startswith("/acme/shop/commit/") for link in page.links)


@given(ANYTHING, st.sampled_from(["", HOME + "/actions/runs/1", "javascript:x", "https://x/) [a](b"]))
def test_a_link_leads_where_we_say(text: str, address: str) -> None:
    page = Page(html(f"- {markdown.link(text, address)}", "acme/shop"))
    assert [link for link in page.links if "/commit/" not in link] == ([address] if address.startswith(HOME) else [])


def test_a_sentence_of_ours_keeps_its_links() -> None:
    text = f"Waits in pull request #9, see {HOME}/actions/runs/1. See https://evil.example, {HOME}er/x, @ada and #3"
    assert markdown.line(text, HOME) == (
        f"Waits in pull request #9, see {HOME}/actions/runs/1."
        f" See `https://evil.example`, `{HOME}er/x`, `@ada` and `#3`"
    )
    text = f"Reverted by pull request #9: {HOME}/pull/9"
    assert markdown.line(text, HOME) == f"Reverted by pull request {HOME}/pull/9", "which the forge shows as #9"
    assert f"`{HOME}/pull/9`" in markdown.line(text), "as the words of somebody else it leads nowhere"


@given(ANYTHING)
def test_a_sentence_of_ours_leads_nowhere_else(text: str) -> None:
    page = Page(html(markdown.line(f"{HOME}{text} {HOME}/pull/1", HOME), "acme/shop"))
    assert page.tags <= {"p", "code", "a"}
    assert all(link.startswith((f"{HOME}/", "/acme/shop/")) for link in page.links), page.links


def test_words_of_the_asker_refer_and_do_not_format() -> None:
    assert markdown.asked("closes #3, as\n**said**", 100) == r"closes #3, as \*\*said\*\*"


def test_a_quotation_stays_one() -> None:
    text = "Done.\n\n```sh\n@ada\n```\n# Not a heading\n" + "more\n" * 40
    shown = markdown.quoted(text, most=6)
    assert all(row.startswith(">") for row in shown.splitlines())
    assert "`@ada`" in shown
    assert shown.endswith("more lines")


def test_a_quotation_reads_as_it_was_written() -> None:
    text = "## What I did\n\n- **Cart:** `total()` starts from 0\n  * see #3\n2) a test\n\nOld `**kwargs` stay."
    assert markdown.quoted(text).splitlines() == [
        "> What I did",
        ">",
        "> - Cart: `total()` starts from 0",
        ">   - see `#3`",
        "> 2. a test",
        ">",
        "> Old `**kwargs` stay.",
    ]


def test_a_block_cannot_be_left_and_keeps_its_columns() -> None:
    shown = markdown.block(["E  assert", "```", "@ada", "~~~", "    ^^"])
    assert shown.splitlines()[0] == "```text"
    assert shown.count("```") == 2
    assert "    ^^" in shown.splitlines()
    assert markdown.code("a`b|c") == "`a'b¦c`"
    assert markdown.code("") == ""
