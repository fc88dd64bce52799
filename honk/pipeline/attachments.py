"""What came with a session's messages, for its agent: texts fenced as quotes, files beside the program."""

from pathlib import Path

from honk.agents.base import FencedText
from honk.core import events
from honk.core.errors import UsageError
from honk.core.message_context import NO_CONTEXT, Attachment, MessageContext
from honk.core.session import Turn
from honk.pipeline.context import StageContext

WHERE = "/opt/honk/attached"
"""Inside the sandbox: apart from the workspace, so that no file that came along gets into a change by itself."""

LONGEST_NAME = 80


async def contexts(ctx: StageContext) -> dict[int, MessageContext]:
    """The context of each message of the session, by turn number. Reads the messages alone, once."""
    asked = (event.data for event in await ctx.services.store.events(ctx.id, 0, events.TurnRequested))
    return {data.turn: data.context for data in asked if isinstance(data, events.TurnRequested)}


def fences(found_contexts: dict[int, MessageContext], turns: tuple[Turn, ...]) -> list[FencedText]:
    """The quotes and the list of files that came with `turns`."""
    found = []
    for turn in turns:
        context = found_contexts.get(turn.number, NO_CONTEXT)
        found += [
            FencedText(quote.source or "the talk around it", quote.text, {"by": quote.author})
            for quote in context.quotes
        ]
        found += [_file(turn.number, number, file) for number, file in enumerate(context.files, start=1)]
    return found


async def files(ctx: StageContext) -> dict[str, Path]:
    """Where the files of all turns appear in the sandbox, and where they are kept. One that is gone is left out."""
    mounted: dict[str, Path] = {}
    for turn, context in sorted((await contexts(ctx)).items()):
        for number, file in enumerate(context.files, start=1):
            try:
                mounted[_path(turn, number, file)] = ctx.services.blobs.path(file.sha256)
            except UsageError:
                continue  # swept away long ago; the words that came with it are still there
    return mounted


def _file(turn: int, number: int, file: Attachment) -> FencedText:
    text = f"{_path(turn, number, file)} ({file.kind or 'a file'}, {file.size:,} bytes; look at it with your file tool)"
    return FencedText("an attached file", text, {"name": file.name})


def _path(turn: int, number: int, file: Attachment) -> str:
    """A path of ours: of its sender's name only letters, digits, dots and hyphens are kept."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in ".-_") else "-" for char in file.name)
    return f"{WHERE}/{turn}-{number}-{plain.lstrip('.-')[-LONGEST_NAME:] or 'file'}"
