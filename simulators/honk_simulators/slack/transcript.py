"""A thread as a person reads it, in plain text: who said what, what can be pressed, what only one of them sees."""

from collections.abc import Iterator, Sequence
from typing import Any

from honk_simulators.slack.block_kit import mrkdwn
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, Json, SlackWorkspace, View


def of_thread(workspace: SlackWorkspace, channel: Channel, ts: str) -> str:
    """A message, its replies and what was whispered among them."""
    found = channel.thread(ts)
    if not found:
        return ""
    first, *rest = found
    whispered = [each for each in channel.ephemerals if each.thread_ts == ts]
    rows = list(of_message(workspace, first))
    for each in sorted([*rest, *whispered], key=lambda message: float(message.ts)):
        rows.extend(f"  {row}" if row else "" for row in of_message(workspace, each))
    return "\n".join(rows) + "\n"


def of_channel(workspace: SlackWorkspace, channel: Channel) -> str:
    """Everything that was said in a channel, thread by thread."""
    shown = [each for each in channel.messages if not each.is_reply]
    loose = [each for each in channel.ephemerals if not each.thread_ts]
    texts = [
        (
            each.ts,
            "\n".join(of_message(workspace, each)) + "\n" if each.only_to else of_thread(workspace, channel, each.ts),
        )
        for each in [*shown, *loose]
    ]
    return "".join(text for _, text in sorted(texts, key=lambda pair: float(pair[0])))


def of_message(workspace: SlackWorkspace, message: ChannelMessage) -> Iterator[str]:
    """The rows of one message, the first with its author."""
    rows = list(body(workspace, message)) or [""]
    reader = f" (only to {workspace.users[message.only_to].name})" if message.only_to else ""
    yield f"{author(workspace, message)}{reader}: {rows[0]}".rstrip()
    yield from (f"  {row}" if row else "" for row in rows[1:])
    if message.reactions:
        yield "  " + " ".join(
            f":{name}: {len(users)} ({', '.join(workspace.users[each].name for each in users)})"
            for name, users in message.reactions.items()
        )


def body(workspace: SlackWorkspace, message: ChannelMessage) -> Iterator[str]:
    """What a message shows below its author's name."""
    if message.blocks and not all(block["type"] == "rich_text" for block in message.blocks):
        for block in message.blocks:
            yield from of_block(workspace, block)
    elif message.text:
        text = mrkdwn.plain(workspace, message.text)
        edited = " (edited)" if message.edited and not message.bot_id else ""
        yield from f"{text}{edited}".splitlines()
    for attachment in message.attachments:
        yield from _attachment(workspace, attachment)
    for file in message.files:
        yield f"(file: {file.name})"


def author(workspace: SlackWorkspace, message: ChannelMessage) -> str:
    """Who a message is from."""
    if message.username:
        return message.username
    user = workspace.users.get(message.user)
    return user.name if user else message.user or "somebody"


def of_view(workspace: SlackWorkspace, view: View) -> str:
    """A modal or home tab as it is seen."""
    data = view.data
    rows = [f"== {data['title']['text']} =="] if "title" in data else []
    for block in data["blocks"]:
        rows.extend(of_block(workspace, block))
    if "submit" in data:
        rows.append(f"[{data['submit']['text']}]")
    return "\n".join(rows) + "\n"


def of_block(workspace: SlackWorkspace, block: Json) -> Iterator[str]:
    """The rows of one block."""
    kind = block["type"]
    if kind == "divider":
        yield "---"
    elif kind == "header":
        yield f"== {block['text']['text']} =="
    elif kind == "section":
        yield from _section(workspace, block)
    elif kind == "context":
        yield " ".join(_element(workspace, each) for each in block["elements"])
    elif kind in ("actions", "context_actions"):
        yield " ".join(label(each) for each in block["elements"])
    elif kind == "image":
        title = f"{block['title']['text']}: " if "title" in block else ""
        yield f"(image: {title}{block['alt_text']})"
    elif kind == "video":
        yield f"(video: {block['title']['text']})"
    elif kind == "input":
        yield f"{block['label']['text']}: {label(block['element'])}"
    elif kind == "markdown":
        yield from block["text"].splitlines()
    elif kind == "table":
        for row in block["rows"]:
            yield " | ".join(_rich(workspace, cell) for cell in row)
    else:
        yield from _rich(workspace, block).splitlines()


def label(element: Json) -> str:
    """What is written on something that can be pressed or chosen."""
    kind = element["type"]
    if kind in ("button", "icon_button"):
        return f"[{element['text']['text']}]"
    if kind == "feedback_buttons":
        return f"[{element['positive_button']['text']['text']}] [{element['negative_button']['text']['text']}]"
    if kind == "overflow":
        return f"[… {' / '.join(each['text']['text'] for each in element['options'])}]"
    placeholder = element.get("placeholder", {}).get("text", "")
    if kind in ("checkboxes", "radio_buttons"):
        return f"[{' / '.join(each['text']['text'] for each in element['options'])}]"
    if kind.endswith("_input"):
        return f"[{placeholder}_]"
    return f"[{placeholder or kind} ▾]"


def _section(workspace: SlackWorkspace, block: Json) -> Iterator[str]:
    rows = _words(workspace, block["text"]).splitlines() if "text" in block else []
    rows += [f"• {_words(workspace, each)}".replace("\n", " ") for each in block.get("fields", ())]
    accessory = block.get("accessory")
    if accessory:
        shown = f"(image: {accessory['alt_text']})" if accessory["type"] == "image" else label(accessory)
        rows[0:1] = [f"{rows[0]} {shown}"]
    yield from rows


def _words(workspace: SlackWorkspace, text: Json) -> str:
    content: str = text["text"]
    return mrkdwn.plain(workspace, content) if text["type"] == "mrkdwn" else content


def _element(workspace: SlackWorkspace, element: Json) -> str:
    return f"(image: {element['alt_text']})" if element["type"] == "image" else _words(workspace, element)


def _attachment(workspace: SlackWorkspace, attachment: Json) -> Iterator[str]:
    for block in attachment.get("blocks", ()):
        for row in of_block(workspace, block):
            yield f"| {row}"
    for name in ("pretext", "title", "text", "footer"):
        if name in attachment:
            yield f"| {mrkdwn.plain(workspace, str(attachment[name]))}"


def _rich(workspace: SlackWorkspace, block: Json) -> str:
    """The words of rich text and table cells."""
    if block["type"] in ("raw_text", "raw_number"):
        return str(block["text"])
    ends = "\n" if block["type"] in ("rich_text_section", "rich_text_preformatted", "rich_text_quote") else ""
    return "".join(_leaf(workspace, each) for each in block.get("elements", ())) + ends


def _leaf(workspace: SlackWorkspace, element: Json) -> str:
    kind, names = element["type"], {"user": "user_id", "channel": "channel_id"}
    if kind == "text":
        return str(element["text"])
    if kind in names:
        sign = "@" if kind == "user" else "#"
        return mrkdwn.plain(workspace, f"<{sign}{element[names[kind]]}>")
    if kind == "link":
        return str(element.get("text", element["url"]))
    if kind == "emoji":
        return f":{element['name']}:"
    if kind == "broadcast":
        return f"@{element['range']}"
    children: Sequence[Any] = element.get("elements", ())
    return _rich(workspace, element) if children else ""
