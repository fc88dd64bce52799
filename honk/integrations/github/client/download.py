"""What GitHub keeps elsewhere, logs and archives: a redirect to a place that is read in pieces and never too far.

The client leaves the credential behind when it is led to another host.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from honk.core.errors import Unavailable, WorkFailed
from honk.integrations.github.client import errors
from honk.integrations.github.client.repo_client import RepoClient

MOST_READ = 64_000_000
"""Bytes of a log that are read at all."""


async def tail(api: RepoClient, path: str, longest: int) -> bytes:
    """The last `longest` bytes of what is at `path` below the repository. Raises as `answers`."""
    kept, read = bytearray(), 0
    async with _reading(api, path) as response:
        async for chunk in response.aiter_bytes():
            kept += chunk
            read += len(chunk)
            if len(kept) > 2 * longest:
                del kept[:-longest]
            if read > MOST_READ:
                break
    return bytes(kept[-longest:])


async def file(api: RepoClient, path: str, place: Path, limit: int) -> None:
    """What is at `path` below the repository, into the file `place`. Raises WorkFailed above `limit` bytes."""
    read = 0
    with place.open("wb") as out:
        async with _reading(api, path) as response:
            async for chunk in response.aiter_bytes():
                read += len(chunk)
                if read > limit:
                    raise WorkFailed(f"An archive on GitHub has more than the {limit >> 20} MB that are taken.")
                await asyncio.to_thread(out.write, chunk)


@asynccontextmanager
async def _reading(api: RepoClient, path: str) -> AsyncIterator[httpx.Response]:
    what = f"{path} of {api.at.full_name}"
    url = f"{str(api.github.config.base_url).rstrip('/')}/repos/{api.at.full_name}/{path}"
    try:
        async with api.github.get_async_client() as client, client.stream("GET", url) as response:
            if response.is_error:
                body = (await response.aread()).decode(errors="replace")
                raise errors.from_status(response.status_code, response.headers, body, what)
            yield response
    except httpx.HTTPError as error:
        raise Unavailable(f"GitHub cannot be asked for {what} ({type(error).__name__}); try again later.") from error
