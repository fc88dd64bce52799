"""Markdown of agents as Slack shows it."""

import pytest

from honk.integrations.slack.messages import markdown, mrkdwn


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param('```py title="x" {1}\nx\n```', "```\nx\n```", id="fence with attributes"),
        pytest.param("````\na\n~~~\nb\n````", "```\na\n~~~\nb\n```", id="longer fence"),
        pytest.param("so:\n```\nx = 1", "so:\n```\nx = 1\n```", id="fence left open"),
        pytest.param("**run `make`** now", "*run `make`* now", id="bold around code"),
        pytest.param("***both***", "_*both*_", id="bold and italic"),
        pytest.param("foo**bar**baz", "foobarbaz", id="bold within a word"),
        pytest.param("[a [b] c](http://x.example/(z))", "a [b] c (`http://x.example/(z)`)", id="brackets in a link"),
        pytest.param("<https://x.example/>", "`https://x.example/`", id="bare link"),
        pytest.param("![plan](p.png)", "plan (`p.png`)", id="image"),
        pytest.param("- a\n  - b\n    - c\n- d", "• a\n    ◦ b\n        ▪ c\n• d", id="nested list"),
        pytest.param("3. a\n4. b", "3. a\n4. b", id="numbered list"),
        pytest.param("- [ ] a\n- [x] b", "☐ a\n☑ b", id="task list"),
        pytest.param("- a\n\n  ```\n  x\n  ```\n- b", "• a\n\n```\nx\n```\n• b", id="code in a list"),
        pytest.param("> said *so*\n> twice", "&gt; said _so_\n&gt; twice", id="quotation"),
        pytest.param(
            "| a | `b` |\n|---|---|\n| long | 2 |", "```\na     b\n----  -\nlong  2\n```", id="table in a code block"
        ),
        pytest.param("## On `a.py` *now*", "*On `a.py` now*", id="heading"),
        pytest.param("a\n    b\n---\nc", "a\nb\n———\nc", id="indented text and a rule"),
        pytest.param("[x]: http://x.example", "[x]: `http://x.example`", id="definition of a link"),
        pytest.param("\\*no\\* &lt;!here&gt; &#x202e;", "*no* &lt;!here&gt;", id="escaped"),
    ],
)
def test_markdown_is_converted(text: str, made: str) -> None:
    assert markdown.to_mrkdwn(text).replace(mrkdwn.JOINER, "").rstrip() == made


def test_plain_words_of_markdown() -> None:
    assert markdown.to_plain("## Done\n\n- **a** `b`\n- c\n\n```\nx = 1\n```") == "Done a b c x = 1"


def test_a_secret_is_redacted_when_the_parser_puts_it_together() -> None:
    assert "hunter2hunter2" not in markdown.to_mrkdwn("hunter2&#104;unter2", ("hunter2hunter2",))
