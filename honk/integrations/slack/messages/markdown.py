"""Untrusted Markdown, as agents write it, turned into Slack's markup. Pure.

markdown-it-py parses CommonMark with tables, strikethrough and task lists. Every text that it finds goes through
`mrkdwn.prose` or `mrkdwn.code`, also after entities and backslashes were resolved: nothing mentions, links or closes a
fence of ours. Code blocks stand alone between lines of "```", without their language: `truncation` relies on that.
"""

from collections.abc import Collection, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from honk.integrations.slack.messages import mrkdwn

LONGEST = 12_000
"""Characters that are parsed. A message of Slack's shows fewer (`block_kit.MESSAGE_SIZE`)."""

INDENT = "    "

_MARKS = {"strong": "*", "em": "_", "s": "~"}
_BULLETS = ("•", "◦", "▪")
_BOXES = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}

# Indented text is no code and "---" below a line makes no heading: error texts are shown as well. Definitions of link
# targets stay visible. Addresses are shown as code, so none has to be refused or rewritten.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_PARSER.disable(["code", "lheading", "reference"])
_PARSER.normalizeLink = lambda url: url  # type: ignore[method-assign]
_PARSER.validateLink = lambda url: True  # type: ignore[method-assign]


def to_mrkdwn(text: str, hide: Collection[str] = ()) -> str:
    """`text` as mrkdwn, without the secrets in `hide`."""
    text = mrkdwn.redact(mrkdwn.clean(text), hide).strip("\n")[:LONGEST]
    renderer = _Renderer(hide, text.split("\n"))
    return "\n".join(renderer.blocks(SyntaxTreeNode(_PARSER.parse(text)).children))


def to_plain(text: str) -> str:
    """The words of `text` on one line, without format. They are still untrusted."""
    found = SyntaxTreeNode(_PARSER.parse(mrkdwn.clean(text)[:LONGEST]))
    return " ".join(" ".join(node.content if node.type == "fence" else _plain(node) for node in _texts(found)).split())


def _texts(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    if node.type in ("inline", "fence"):
        yield node
    else:
        for child in node.children:
            yield from _texts(child)


class _Renderer:
    """Blocks become rows; a code block is one row of several lines."""

    def __init__(self, hide: Collection[str], source: Sequence[str]) -> None:
        self.hide = hide
        self.source = source

    def blocks(self, nodes: Sequence[SyntaxTreeNode], depth: int = 0) -> Iterator[str]:
        """The rows of all `nodes`, with an empty row where the source has one. `depth` counts the lists around."""
        for number, node in enumerate(nodes):
            if number and node.map and not self.source[node.map[0] - 1].strip(" >"):
                yield ""
            yield from self._block(node, depth)

    def _block(self, node: SyntaxTreeNode, depth: int) -> Iterator[str]:
        match node.type:
            case "heading":
                title = mrkdwn.prose(_plain(node), self.hide)
                yield f"*{title}*" if title.strip() else ""
            case "bullet_list" | "ordered_list":
                yield from self._list(node, depth)
            case "blockquote":
                for row in self.blocks(node.children, depth):
                    yield row if row.startswith(mrkdwn.FENCE) else f"&gt; {row}".rstrip()
            case "fence" | "code_block":
                yield from filter(None, [mrkdwn.fenced(node.content, self.hide)])
            case "table":
                yield from filter(None, [mrkdwn.fenced("\n".join(_table(node)), self.hide)])
            case "hr":
                yield "———"
            case _:
                yield from self._inline(node).split("\n")

    def _list(self, node: SyntaxTreeNode, depth: int) -> Iterator[str]:
        first = int(str(node.attrs.get("start", 1)))
        for number, item in enumerate(node.children):
            if number and item.map and not self.source[item.map[0] - 1].strip(" >"):
                yield ""
            rows = list(self.blocks(item.children, depth + 1))
            mark = f"{first + number}." if node.type == "ordered_list" else _BULLETS[min(depth, 2)]
            begins_with_text = bool(rows) and bool(item.children) and item.children[0].type == "paragraph"
            text = rows.pop(0) if begins_with_text else ""
            for box, sign in _BOXES.items():
                if node.type == "bullet_list" and text.startswith(box):
                    mark, text = sign, text.removeprefix(box)
            yield f"{mark} {text}".rstrip()
            for row in rows:
                # the rows of a list inside are indented once for each list around it
                yield row if row.startswith(mrkdwn.FENCE) or not row else f"{INDENT}{row}"

    def _inline(self, node: SyntaxTreeNode) -> str:
        """Formatted text. A mark that Slack would not recognise (within a word, over lines) is left out."""
        return mrkdwn.separate_code("".join(self._spans(node.children, "")))

    def _spans(self, nodes: Sequence[SyntaxTreeNode], around: str) -> Iterator[str]:
        for number, node in enumerate(nodes):
            match node.type:
                case "inline":
                    yield from self._spans(node.children, around)
                case "text":
                    yield mrkdwn.prose(node.content, self.hide)
                case "code_inline":
                    yield mrkdwn.code(node.content, self.hide)
                case "softbreak" | "hardbreak":
                    yield "\n"
                case "link" | "image":
                    yield self._link(node, around)
                case "strong" | "em" | "s":
                    mark = _MARKS[node.type]
                    inner = "".join(self._spans(node.children, around + mark))
                    formats = mark not in around and "\n" not in inner and inner.strip(f" {mrkdwn.JOINER}")
                    before, after = _plain_at(nodes, number - 1)[-1:], _plain_at(nodes, number + 1)[:1]
                    if formats and not (before.isalnum() or after.isalnum()):
                        yield f"{mark}{inner.strip()}{mark}"
                    else:
                        yield inner
                case _:
                    yield mrkdwn.prose(_plain(node), self.hide)

    def _link(self, node: SyntaxTreeNode, around: str) -> str:
        url = str(node.attrs.get("href") or node.attrs.get("src") or "")
        shown = mrkdwn.prose(node.content, self.hide) if node.type == "image" else ""
        shown = shown or "".join(self._spans(node.children, around))
        if not url or url in (_plain(node), f"mailto:{_plain(node)}"):
            return shown
        return f"{shown} ({mrkdwn.code(url, self.hide)})" if shown else mrkdwn.code(url, self.hide)


def _plain(node: SyntaxTreeNode) -> str:
    """The characters of a node without their format."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(map(_plain, node.children)) if node.children else node.content if not node.is_root else ""


def _plain_at(nodes: Sequence[SyntaxTreeNode], number: int) -> str:
    return _plain(nodes[number]) if 0 <= number < len(nodes) else ""


def _table(node: SyntaxTreeNode) -> Iterator[str]:
    """Columns of equal width, the head underlined."""
    rows = [
        [" ".join(_plain(cell).split()) for cell in row.children] for part in node.children for row in part.children
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)
