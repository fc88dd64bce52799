"""Files that people attach: downloaded with the bot's token, from Slack's own hosts only, into the blob store."""

import asyncio
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from honk.core.errors import HonkError, WorkFailed
from honk.core.message_context import Attachment, Quote
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.payloads import SlackFile, files_of
from honk.storage.blobs import Blobs

SECONDS = 10.0
"""Limit for all files of one message. A file that takes longer is named to the agent and left out."""

MOST_FILES = 20
HOSTS = (".slack.com", ".slack-edge.com", ".slack-files.com")
MEGA = 1_000_000
SOURCE = "a note of Honk's"

_CHUNK = 1 << 16

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Downloads:
    """`largest_mb` is the largest size of one file."""

    client: SlackClient
    blobs: Blobs
    largest_mb: int

    async def fetch(self, files: Sequence[SlackFile]) -> tuple[tuple[Attachment, ...], tuple[Quote, ...]]:
        """The files, and a note for each one that could not be fetched."""
        got: list[Attachment] = []
        notes: list[Quote] = []
        deadline = asyncio.get_running_loop().time() + SECONDS
        for file in files[:MOST_FILES]:
            name = entities.visible(file.name)
            try:
                async with asyncio.timeout_at(deadline):
                    got.append(await self._one(file, name))
            except TimeoutError:
                notes.append(Quote("Honk", texts.not_fetched(name, "it took too long"), SOURCE))
            except HonkError as error:
                notes.append(Quote("Honk", str(error), SOURCE))
        for file in files[MOST_FILES:]:
            notes.append(Quote("Honk", texts.not_fetched(file.name, f"only {MOST_FILES} are taken"), SOURCE))
        return tuple(got), tuple(notes)

    async def _one(self, file: SlackFile, name: str) -> Attachment:
        if not file.url and file.id:  # in a shared channel the event has the id only
            known = files_of([(await self.client.call("files.info", file=file.id)).get("file")])
            file = known[0] if known else file
        if file.size > self.largest_mb * MEGA:
            raise WorkFailed(texts.too_large(name, file.size, self.largest_mb))
        if not may_see_token(file.url, self.client.url):
            raise WorkFailed(texts.not_fetched(name, "it lies outside Slack"))
        with tempfile.NamedTemporaryFile(prefix="honk-slack-") as into:
            size = await self._stream(file, name, Path(into.name))
            sha256 = await self.blobs.put(Path(into.name), "attachment")
        return Attachment(name, sha256, size, file.kind)

    async def _stream(self, file: SlackFile, name: str, into: Path) -> int:
        headers = {"Authorization": f"Bearer {self.client.token}"}
        size = 0
        try:
            async with self.client.session.get(
                file.url, headers=headers, allow_redirects=False, proxy=self.client.proxy or None
            ) as response:
                # without the scope Slack redirects to its sign-in page
                if response.status != HTTPStatus.OK:
                    why = "Slack does not give it; the app may lack the scope files:read"
                    raise WorkFailed(texts.not_fetched(name, why))
                with into.open("wb") as out:
                    async for chunk in response.content.iter_chunked(_CHUNK):
                        size += len(chunk)
                        if size > self.largest_mb * MEGA:
                            raise WorkFailed(texts.too_large(name, size, self.largest_mb))
                        out.write(chunk)
        except (aiohttp.ClientError, OSError) as error:
            log.info("A file could not be fetched: %s", type(error).__name__)
            raise WorkFailed(texts.not_fetched(name, "the connection broke")) from error
        return size


def may_see_token(url: str, root: str) -> bool:
    """Whether the bot's token may be sent to `url`: Slack's hosts over https, or the origin of the Web API."""
    try:
        parts, api = urlsplit(url), urlsplit(root)
    except ValueError:
        return False
    if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
        return True
    host = parts.hostname or ""
    return parts.scheme == "https" and parts.port in (None, 443) and "@" not in parts.netloc and host.endswith(HOSTS)
