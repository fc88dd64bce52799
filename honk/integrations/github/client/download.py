"""Downloads of logs and archives, which GitHub redirects to another host. Read in pieces, up to a limit.

The client does not send the credential to the other host.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from honk.core.errors import Unavailable, WorkFailed
from honk.integrations.github.client import errors
from honk.integrations.github.client.repo_client import RepoClient

MAX_LOG_BYTES = 64_000_000
"""Bytes of a log that are read at most."""


async def tail(api: RepoClient, path: str, longest: int) -> bytes:
    """The last `longest` bytes of the file at `path` below the repository. Raises the errors of `errors`."""
    kept, read = bytearray(), 0
    async with _reading(api, path) as response:
        async for chunk in response.aiter_bytes():
            kept += chunk
            read += len(chunk)
            if len(kept) > 2 * longest:
                del kept[:-longest]
            if read > MAX_LOG_BYTES:
                break
    return bytes(kept[-longest:])


async def file(api: RepoClient, path: str, place: Path, limit: int) -> None:
    """Write the file at `path` below the repository to `place`. Raises WorkFailed above `limit` bytes."""
    read = 0
    with place.open("wb") as out:
        async with _reading(api, path) as response:
            async for chunk in response.aiter_bytes():
                read += len(chunk)
                if read > limit:
                    raise WorkFailed(f"An archive on GitHub is larger than the limit of {limit >> 20} MB.")
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
