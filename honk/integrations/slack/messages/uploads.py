"""The upload of a build: screenshots before and after, the preview's QR code, artifacts; one message for each head.

The sequence of calls (docs.slack.dev, "Working with files"): files.getUploadURLExternal, the bytes to that
address, files.completeUploadExternal into the thread. The comment has no links: Slack would
fetch them, and this call has no option against it. Links are in the turn's message, which is never unfurled.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from honk.conversation import evidence_rows
from honk.core import evidence
from honk.core.delivery import Artifact, Preview, Screenshot
from honk.core.errors import HonkError
from honk.integrations.slack.client.client import SlackClient, SlackGone, SlackRefused
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import message_texts, mrkdwn, truncation
from honk.integrations.slack.messages.block_kit import ALT_TEXT

LARGEST = 50_000_000
"""Largest artifact that is uploaded, in bytes; the turn's message links to larger ones."""

MOST = 10
"""Files of one message, as in Slack's own client."""

PAGES = 3
COMMENT = 3000
TITLE = 200

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class BuildFile:
    """One file. `load` reads its bytes, in a worker thread; it raises HonkError when they are gone."""

    name: str
    title: str
    alt: str
    load: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class BuildUpload:
    """Files that are uploaded together. The message is found again by `mark`, which is in the comment."""

    head: str
    comment: str
    files: tuple[BuildFile, ...]

    @property
    def mark(self) -> str:
        """The commit, shortened."""
        return self.head[:10]

    @property
    def key(self) -> str:
        """Names the upload among the posts of a thread."""
        return f"build-{self.head[:12]}"

    @property
    def digest(self) -> str:
        """Never changes, because a head is built once."""
        return self.head


@dataclass(frozen=True)
class FileSource:
    """Where files come from: `read` gives a stored file's bytes by its SHA-256, `qr` a PNG for an address."""

    read: Callable[[str], bytes]
    qr: Callable[[str], bytes]
    largest: int = LARGEST


def bundle(head: str, preview: Preview, source: FileSource) -> BuildUpload | None:
    """The upload of a head's build; None when there is nothing to upload."""
    artifacts = [each for each in preview.artifacts if 0 < each.size <= source.largest]
    made = [*_pictures(preview, source), *_code(preview, source)]
    made += [_artifact(each, source) for each in artifacts[: MOST - len(made)]]
    if not made:
        return None
    rows = [message_texts.build(f"`{head[:10]}`")]
    rows += [row for row in (_seen(preview), message_texts.SCAN_CODE if preview.url else "") if row]
    rows += [_described(each, source) for each in preview.artifacts]
    return BuildUpload(head, truncation.cut("\n".join(rows), COMMENT), tuple(made[:MOST]))


async def send(client: SlackClient, thread: SlackThreadRef, bundle: BuildUpload) -> str:
    """Upload, and return the message's timestamp or the first file's id. A file that is no longer stored is left out.
    Raises as `SlackClient.call`."""
    ids: list[dict[str, str]] = []
    for file in bundle.files:
        try:
            content = await asyncio.to_thread(file.load)
        except HonkError:
            continue  # removed by retention
        if content:
            ids.append({"id": await _bring(client, file, content), "title": file.title})
    if not ids:
        return "none"
    answer = await client.call(
        "files.completeUploadExternal",
        files=ids,
        channel_id=thread.channel,
        thread_ts=thread.thread_ts,
        initial_comment=bundle.comment,
    )
    return _ts(answer, thread) or ids[0]["id"]


async def _bring(client: SlackClient, file: BuildFile, content: bytes) -> str:
    try:
        answer = await client.call(
            "files.getUploadURLExternal", filename=file.name, length=len(content), alt_txt=file.alt[:1000]
        )
    except SlackGone as error:  # this call concerns no channel
        raise SlackRefused("files.getUploadURLExternal", error.reason) from error
    await client.upload(str(answer["upload_url"]), content)
    return str(answer["file_id"])


def _ts(answer: dict[str, object], thread: SlackThreadRef) -> str:
    """The message's timestamp, if the answer has it."""
    for file in answer.get("files") or ():  # type: ignore[attr-defined]
        shares = file.get("shares") if isinstance(file, dict) else None
        for kind in ("public", "private"):
            for share in ((shares or {}).get(kind) or {}).get(thread.channel) or ():
                if isinstance(share, dict) and share.get("ts"):
                    return str(share["ts"])
    return ""


def _pictures(preview: Preview, source: FileSource) -> Iterator[BuildFile]:
    """Screenshots before and after of the changed pages; without changed pages, of the first one."""
    pairs = [pair for pair in evidence.pairs(preview.screenshots) if pair.after]
    changed = [pair for pair in pairs if not pair.same]
    for pair in (changed or pairs[:1])[:PAGES]:
        for shot in (pair.before if changed else None, pair.after):
            if shot is not None:
                yield _picture(shot, source)


def _picture(shot: Screenshot, source: FileSource) -> BuildFile:
    path = truncation.plain(mrkdwn.label(shot.path), TITLE // 2)
    name = _UNFIT.sub("-", shot.path).strip("-.")[:60] or "start"
    title = message_texts.picture(path, shot.when)
    return BuildFile(f"{shot.when}-{name}.png", title, title[:ALT_TEXT], lambda: source.read(shot.sha256))


def _code(preview: Preview, source: FileSource) -> Iterator[BuildFile]:
    if preview.url:
        title = message_texts.QR_TITLE
        yield BuildFile("preview-qr.png", title, title, lambda: source.qr(preview.url))


def _artifact(artifact: Artifact, source: FileSource) -> BuildFile:
    name = _UNFIT.sub("-", artifact.name.rpartition("/")[2]).strip("-")[-100:] or "artifact"
    title = truncation.plain(mrkdwn.label(artifact.name), TITLE)
    return BuildFile(
        name, title, message_texts.artifact(artifact.size, artifact.sha256), lambda: source.read(artifact.sha256)
    )


def _seen(preview: Preview) -> str:
    pairs = [pair for pair in evidence.pairs(preview.screenshots) if pair.after]
    rows = ", ".join(f"{mrkdwn.line(pair.path[:80])} ({evidence_rows.same(pair.same)})" for pair in pairs)
    return f"Pictures: {rows}" if rows else ""


def _described(artifact: Artifact, source: FileSource) -> str:
    name = mrkdwn.code(artifact.name[:100])
    rest = message_texts.artifact(artifact.size, artifact.sha256)
    if artifact.size > source.largest:
        rest += f" · {message_texts.too_large(source.largest)}"
    elif artifact.name.lower().endswith(evidence_rows.INSTALLABLE):
        rest += f" · {message_texts.INSTALL_ABOVE}"
    return f"• {name} · {rest}"
