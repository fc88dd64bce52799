"""What nobody vouches for, as Slack's markup."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honk.integrations.slack.messages import markdown, mrkdwn

OURS = ("https://honk.example.com", "http://127.0.0.1:8484")
HOSTILE = st.lists(
    st.sampled_from([*"<>&!@#|*_~`[]()./:-\n abxé\u200b\u202e\u2060😀", "```", "<!channel>", "https://", "&gt;"])
).map("".join)
ANY = st.one_of(st.text(), HOSTILE)
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def is_inert(text: str) -> bool:
    """No mention, no link, nothing that Slack would not read as it stands."""
    return "<" not in text and ">" not in text and not ENTITY.search(text)


@given(ANY)
@example("<!channel> <@U123> <#C1|x> <https://evil|GitHub> &lt;!here&gt;")
def test_untrusted_text_never_becomes_a_mention_or_a_link(text: str) -> None:
    for made in (
        mrkdwn.prose(text),
        mrkdwn.line(text),
        mrkdwn.code(text),
        mrkdwn.fenced(text),
        markdown.to_mrkdwn(text),
    ):
        assert is_inert(made)


@given(ANY)
def test_untrusted_text_closes_no_fence(text: str) -> None:
    assert mrkdwn.fenced(text).count("```") in (0, 2)
    fences = [row for row in markdown.to_mrkdwn(text).split("\n") if "```" in row]
    assert fences == ["```"] * len(fences) and len(fences) % 2 == 0
    assert "```" not in mrkdwn.prose(text)


@given(ANY)
def test_inline_code_is_one_piece(text: str) -> None:
    made = mrkdwn.code(text)
    assert made == "" or (made.count("`") == 2 and made[0] == made[-1] == "`" and "\n" not in made)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("see https://evil.example/?q=1&x=y.", "see `https://evil.example/?q=1&amp;x=y`."),
        ("evil.com and page.py", "`evil.com` and `page.py`"),
        ("write to a.b@evil.com, now", "write to `a.b@evil.com`, now"),
        ("mailto:x@y.z javascript:alert(1)", "`mailto:x@y.z` `javascript:alert(1`)"),
        ("note: at 12:30, e.g. this: 3.5 of v1.2", "note: at 12:30, e.g. this: 3.5 of v1.2"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("@channel & <!here>", "@channel &amp; &lt;!here&gt;"),
    ],
)
def test_prose(text: str, made: str) -> None:
    assert mrkdwn.prose(text) == made


@pytest.mark.parametrize("text", ["```\n`````x\n```", "https://`x.com`y.com", "`a``b`", "````"])
def test_backticks_in_a_row_make_no_fence(text: str) -> None:
    made = markdown.to_mrkdwn(text) + "\n" + mrkdwn.prose(text)
    assert all(row == "```" for row in made.split("\n") if "```" in row)


def test_markers_do_not_format() -> None:
    joined = mrkdwn.prose("*bold* and `code`\n> quoted")
    assert joined.replace(mrkdwn.JOINER, "") == "*bold* and `code`\n&gt; quoted"
    assert f"{mrkdwn.JOINER}*" in joined and f"{mrkdwn.JOINER}`" in joined and f"\n{mrkdwn.JOINER}&gt;" in joined


def test_markdown_is_converted() -> None:
    said = "## What I did\n\n- **Fixed** `page.py` ([why](https://evil.example/a))\n* [x] ~~old~~ *new*\n\n"
    said += "```py\nif a < b:\n```"
    assert markdown.to_mrkdwn(said) == (
        "*What I did*\n\n• *Fixed* `page.py` (why (`https://evil.example/a`))\n☑ ~old~ _new_\n\n```\nif a &lt; b:\n```"
    )


def test_a_fence_left_open_is_closed() -> None:
    assert markdown.to_mrkdwn("so:\n```\nx = 1") == "so:\n```\nx = 1\n```"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a\u200bd\u2060m\ufeffin", "admin"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("x\x00\x07y\x1b[31mred\x1b[0m", "xyred"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("👩‍💻 ❤️ done", "👩‍💻 ❤️ done"),
        ("z" + "\u0301" * 50, "z" + "\u0301" * 4),
    ],
)
def test_invisible_characters_are_removed(text: str, made: str) -> None:
    assert mrkdwn.clean(text) == made


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-" + "1234567890-abcdefghij",
        "sk-ant-" + "a1B2" * 8,
        "ghp_" + "a1B2c3" * 6,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "eyJ" + "hbGciOiJIUzI1" + ".eyJzdWIiOiIxMjM0" + ".SflKxwRJSMeKKF2QT4",
        "hunter2hunter2",
        "line one\nline two of a key",
    ],
)
def test_secrets_are_redacted(secret: str) -> None:
    hide = ("hunter2hunter2", "line one\nline two of a key", "")
    for made in (
        mrkdwn.prose(f"it is {secret}!", hide),
        mrkdwn.fenced(secret, hide),
        markdown.to_mrkdwn(secret, hide),
    ):
        assert not any(row in made for row in secret.split("\n")) and mrkdwn.BLACK in made


def test_a_secret_with_invisible_characters_in_it_is_redacted() -> None:
    assert "abcdefghij" not in mrkdwn.prose("xoxb-1234567890\u200b-abcdefghij")


def test_a_login_in_an_address_is_redacted() -> None:
    assert mrkdwn.prose("https://bot:s3cret@git.example/x") == "`https://•••@git.example/x`"


def test_a_key_file_is_redacted() -> None:
    begin, end = "-----BEGIN RSA PRIVATE " + "KEY-----", "-----END RSA PRIVATE KEY-----"
    assert "MIIE" not in mrkdwn.fenced(f"{begin}\nMIIEabc\nMIIEdef\n{end}")


@pytest.mark.parametrize(
    "url",
    [
        "https://honk.example.com.evil.com/x",
        "https://honk.example.com@evil.com/",
        "https://user:x@honk.example.com/",
        "javascript:alert(1)",
        "//honk.example.com/",
        "https://honk.example.com/|x>",
        "https://honk.example.com/ x",
        "https://honk.example.com:99/",
        "https://[bad",
        "https://honk.example.com\\@evil.com",
        "",
    ],
)
def test_an_address_of_another_origin_is_no_link(url: str) -> None:
    assert is_inert(mrkdwn.link(url, "Merge <here>", OURS))


def test_an_address_of_ours_is_a_link() -> None:
    made = mrkdwn.link("https://honk.example.com/p/a?b=1&c=2", "Open | *it* <now>", OURS)
    assert made == "<https://honk.example.com/p/a?b=1&amp;c=2|Open ¦ *it* &lt;now&gt;>"


@pytest.mark.parametrize(
    "text", ["[" * 40_000, "`" * 40_000, "**a" * 14_000, "a." * 20_000, "<" * 40_000, "_a " * 13_000, "a@" * 20_000]
)
def test_hostile_text_is_quick(text: str) -> None:
    began = time.perf_counter()
    markdown.to_mrkdwn(text)
    assert time.perf_counter() - began < 2
