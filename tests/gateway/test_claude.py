"""The real Claude Code program behind the gateway: what it sends, and how it handles each kind of failure."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import claude_agent_sdk
import pytest

from honk import process
from honk.testing.model import Fault

CLI = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"


@asynccontextmanager
async def relay(path: Path) -> AsyncIterator[str]:
    """A TCP port that forwards to the gateway's socket, like the shim in a sandbox."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)
        for end in (writer, far_writer):
            end.close()
            await asyncio.gather(end.wait_closed(), return_exceptions=True)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def claude(url: str, home: Path, prompt: str) -> dict[str, Any]:
    env = {
        "PATH": process.environment()["PATH"],
        "HOME": str(home),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "honk-placeholder",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "IS_SANDBOX": "1",
    }
    argv = (str(CLI), "-p", prompt, "--output-format", "json", "--permission-mode", "bypassPermissions")
    done = await process.run(argv, env=env, cwd=home, timeout=60)
    result: dict[str, Any] = json.loads(done.text)
    return result


@pytest.mark.parametrize(
    ("faults", "options", "said", "requests"),
    [
        ((), {}, "All done now.", 2),
        ((Fault("cut"),), {}, "All done now.", 3),
        ((Fault("529", retry_after=0.1),), {}, "All done now.", 3),
        ((Fault("garbage"),), {}, "All done now.", 3),
        ((), {"key": "sk-wrong"}, "Invalid API key", 1),
        ((), {"limit": 0.00001}, "402 The budget of $1.00 is used up.", 1),
        ((Fault("429", count=None, retry_after=0.1),), {"patience": 0.3}, "429", None),
    ],
    ids=["fine", "half a stream", "overloaded once", "garbage", "key refused", "budget used up", "limited for good"],
)
async def test_claude_code_through_the_gateway(
    kit: Any, sockets: Path, tmp_path: Path, faults: tuple[Fault, ...], options: Any, said: str, requests: int | None
) -> None:
    async with kit.session(sockets, *faults, **options) as it, relay(sockets / "model.sock") as url:
        result = await claude(url, tmp_path, "please fix the greeting")
    assert said in result["result"]
    assert result["is_error"] is (said != "All done now.")
    assert ("budget" in it.proxy.trouble) is ("budget" in said)
    assert bool(it.proxy.trouble) is result["is_error"]
    if requests:
        assert len(it.stand_in.asked) == requests
    else:
        assert len(it.stand_in.asked) < 12
    if not result["is_error"]:
        # the program has a price list of its own: both must come to the same sum, but for the half of a stream that it
        # threw away and we still pay for
        assert it.meter.usd >= result["total_cost_usd"] * 0.99
        if Fault("cut") not in faults:
            assert it.meter.usd == pytest.approx(result["total_cost_usd"], rel=0.01)
