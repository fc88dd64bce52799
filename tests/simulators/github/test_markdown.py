"""Texts as the pages show them, as GitHub would."""

from honk_simulators.github.pages.markdown import html


def test_comments_are_not_shown_and_few_tags_get_through() -> None:
    shown = html("a <sub onclick=x>b</sub> <!-- honk:x:turn-1 --> <script>c</script>\n\n<!-- of\nmany lines -->\n\nend")
    assert "<sub>b</sub>" in shown
    assert "honk" not in shown and "many" not in shown
    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert "<p>end</p>" in shown


def test_names_numbers_and_addresses_are_links_outside_code() -> None:
    shown = html(
        "@ada #1 acme/other#2 c0ffee1 https://h/acme/shop/pull/3. `@ada #1` \\#4 [x](javascript:y)", "acme/shop"
    )
    links = [part.partition("</a>")[0].partition(">")[2] for part in str(shown).split("<a ")[1:]]
    assert links == ["@ada", "#1", "acme/other#2", "c0ffee1", "#3", "#4"], "a backslash keeps nothing from being one"
    assert "<code>@ada #1</code>" in shown


def test_lines_break_and_boxes_can_be_ticked() -> None:
    assert "one<br />\ntwo" in html("one\ntwo")
    shown = html("- [ ] first\n- [x] second\n- third")
    assert shown.count("checkbox") == 2 and shown.count("checked") == 1
