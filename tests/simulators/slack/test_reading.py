"""How messages are shown: as plain text in transcripts, as HTML on the page."""

import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator, Timing, transcript
from honk_simulators.slack.pages import mrkdwn_html

from .conftest import client
from .test_interactions import button, option, plain

HTML = {
    "*bold* _it_ ~no~ `*code*`": "<strong>bold</strong> <em>it</em> <s>no</s> <code>*code*</code>",
    "a*b*c snake_case_name 2 * 3 * 4": "a*b*c snake_case_name 2 * 3 * 4",
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&lt;b&gt; &amp; more": "&lt;b&gt; &amp; more",
    "```\n<b> *x*\n```": "<pre>&lt;b&gt; *x*</pre>",
    "<javascript:alert(1)|click>": "&lt;javascript:alert(1)|click&gt;",
    '<https://x.org/a_b_c?"q=1|a &amp; b>': (
        '<a href="https://x.org/a_b_c?&#34;q=1" target="_blank" rel="noopener noreferrer">a &amp; b</a>'
    ),
    "&gt; said\nanswer": "<blockquote>said</blockquote>answer",
    "one\ntwo": "one<br>two",
    ":tada: :nothing_like_it:": '<span class="emoji" data-name=":tada:">🎉</span> :nothing_like_it:',
    "\x000\x00 <!here>": '0 <span class="mention">@here</span>',
}


@pytest.mark.parametrize("text", HTML)
async def test_markup_becomes_html_and_nothing_else_does(text: str):
    async with slack.serve() as simulator:
        assert str(mrkdwn_html.mrkdwn_html(simulator.workspace, text)) == HTML[text]


async def test_markdown_and_rich_text_become_html(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    workspace = simulator.workspace
    assert str(mrkdwn_html.markdown_html(workspace, "# Title\n**bold** [a](https://x.org) <i>")) == (
        "<strong>Title</strong><br><strong>bold</strong> "
        '<a href="https://x.org" target="_blank" rel="noopener noreferrer">a</a> &lt;i&gt;'
    )
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": "<x>", "style": {"bold": True}}]}]
    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "user", "user_id": ada.id}]},
            {"type": "rich_text_list", "style": "bullet", "elements": items},
        ],
    }
    assert str(mrkdwn_html.rich_html(workspace, block)) == (
        '<div><span class="mention">@Ada</span></div><ul><li><strong>&lt;x&gt;</strong></li></ul>'
    )
    assert "".join(transcript.of_block(workspace, block)) == "@Ada<x>"


async def test_a_transcript_shows_what_a_person_sees(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, room, f"<@{simulator.bot_user}> look", files=[("a.png", b"0")])
    menu = {"type": "static_select", "placeholder": plain("Repository"), "options": [option("Shop", "shop")]}
    blocks = [
        {"type": "header", "text": plain("Ready")},
        {"type": "section", "text": plain("3 files"), "accessory": button("Open", "open")},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Tests*\ngreen"}, plain("Lint")]},
        {"type": "image", "image_url": "https://x.org/a.png", "alt_text": "A page", "title": plain("After")},
        {"type": "divider"},
        {"type": "actions", "elements": [button("Merge", "m"), menu]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"asked by <@{ada.id}> in <#{room.id}>"}]},
        {"type": "markdown", "text": "**done**"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_text", "text": "b"}]]},
    ]
    api = client(simulator)
    await api.chat_postMessage(channel=room.id, thread_ts=ts, text="x", blocks=blocks)
    await api.chat_postMessage(channel=room.id, thread_ts=ts, text="<https://x.org|here> &amp; there")
    await api.reactions_add(channel=room.id, timestamp=ts, name="eyes")
    await simulator.edit(ada, (room, ts), "look again")
    assert simulator.transcript(room, ts).splitlines() == [
        "Ada: look again (edited)",
        "  (file: a.png)",
        "  :eyes: 1 (Honk)",
        "  Honk: == Ready ==",
        "    3 files [Open]",
        "    • *Tests* green",
        "    • Lint",
        "    (image: After: A page)",
        "    ---",
        "    [Merge] [Repository ▾]",
        "    asked by @Ada in #playlists",
        "    **done**",
        "    a | b",
        "  Honk: here (https://x.org) & there",
    ]
    assert simulator.transcript(room, "1.2") == ""
    await simulator.delete((room, ts))
    assert simulator.transcript(room).startswith("slackbot: This message was deleted.")


async def test_what_is_gone_is_told_as_deleted():
    async with slack.serve(pace=Timing(ack=0.01, retries=())) as simulator:
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])
        ts = await simulator.say(ada, room, "oops")
        await simulator.delete((room, ts))
        await simulator.quiet()
        said, gone = [each.payload["event"] for each in simulator.attempts]
        assert (said["text"], gone["subtype"], gone["deleted_ts"]) == ("oops", "message_deleted", ts)
        assert gone["previous_message"]["user"] == ada.id and room.messages == []
