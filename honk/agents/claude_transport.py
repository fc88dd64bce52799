"""The standard streams of a running Claude Code as the SDK's transport.

The SDK can start the program itself (`cli_path`), but then it hands down the worker's whole environment, waits for ten
seconds before it kills, does not notice a program that ends with status 0 before its first word, and reads noise for
ever. Here the program belongs to `process.spawn` and the sandbox, and this is only the pipe.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from claude_agent_sdk import CLIConnectionError, CLIJSONDecodeError, ProcessError, Transport

from honk import process

_CHUNK = 65536
_LARGEST_MESSAGE = 32 * 1024 * 1024
_MOST_OTHER_OUTPUT = 1024 * 1024
_KEPT_BYTES = 4096
_FINISH_SECONDS = 2.0


class PipeTransport(Transport):
    """Sends messages to `child` and reads its messages; its three streams are pipes. The caller ends `child`."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdin
        assert child.stdout
        self._child = child
        self._stdin = child.stdin
        self._stdout = child.stdout
        self._ready = False

    async def connect(self) -> None:
        """Nothing to do: the program already runs."""
        self._ready = True

    def is_ready(self) -> bool:
        """Whether messages can be written."""
        return self._ready

    async def write(self, data: str) -> None:
        """Send one message. Raises CLIConnectionError when the program has closed its input."""
        try:
            self._stdin.write(data.encode())
            await self._stdin.drain()
        except ConnectionError as error:
            raise CLIConnectionError("the program has closed its input") from error

    def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        """The program's messages. Raises ProcessError when it exits, whatever its status, and CLIJSONDecodeError for
        a message that is malformed or too long, or for too much other output."""
        return self._messages()

    async def end_input(self) -> None:
        """Close the program's input."""
        self._ready = False
        self._stdin.close()

    async def close(self) -> None:
        """Close the program's input; does not wait for its exit."""
        await self.end_input()

    async def finish(self) -> None:
        """Close the input and wait a moment for the program's exit, so that it can finish writing."""
        await self.end_input()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_SECONDS):
                await self._child.wait()

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        other_output = 0
        async for line in self._lines():
            if line.startswith(b"{"):
                yield _parse(line)
            elif (other_output := other_output + len(line)) > _MOST_OTHER_OUTPUT:
                raise _unreadable(line)
        status = await self._child.wait()
        raise ProcessError("the program has ended", exit_code=status)

    async def _lines(self) -> AsyncIterator[bytes]:
        """Complete lines, stripped."""
        pieces: list[bytes] = []
        size = 0
        while chunk := await self._stdout.read(_CHUNK):
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                yield b"".join((*pieces, end)).strip()
                pieces, size = [], 0
            pieces.append(rest)
            if (size := size + len(rest)) > _LARGEST_MESSAGE:
                raise _unreadable(pieces[0])


class StderrTail:
    """Keeps the end of the program's standard error while it runs."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._reading: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def reading(self, stream: asyncio.StreamReader | None) -> AsyncIterator[None]:
        """Read `stream` until the block ends."""
        assert stream
        self._reading = asyncio.create_task(process.read_chunks(stream, self._take))
        try:
            yield
        finally:
            self._reading.cancel()
            await asyncio.wait((self._reading,))

    async def text(self) -> str:
        """The text so far; waits a moment for what an exited program has left in the pipe."""
        assert self._reading
        await asyncio.wait((self._reading,), timeout=0.2)
        return self._kept.decode(errors="replace")

    def _take(self, chunk: bytes) -> None:
        self._kept += chunk
        del self._kept[:-_KEPT_BYTES]


def _parse(line: bytes) -> dict[str, Any]:
    try:
        message: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise _unreadable(line) from error
    return message


def _unreadable(line: bytes) -> CLIJSONDecodeError:
    return CLIJSONDecodeError(line[:100].decode(errors="replace"), ValueError("not a message"))
