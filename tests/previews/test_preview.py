import asyncio
import time
from dataclasses import replace

import httpx2
import pytest

from honk.core.mounted_tree import location
from honk.previews.previews import PreviewFailed, Previews, command, tail
from tests.waiting import settle, until


async def get(previews, session, path="/"):
    async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(previews.socket(session)))) as client:
        return await client.get(f"http://app{path}")


async def test_open_returns_when_the_app_answers(sandbox, app):
    async with Previews() as previews:
        opened = await previews.open("a", sandbox.start, app(DELAY="0.3"), ready="/health")
        assert opened.seconds >= 0.3
        assert (await get(previews, "a", "/hello")).text.startswith("/hello")
        assert previews.running == ("a",)
        await previews.close("a")
        assert previews.socket("a") is None and previews.crash("a") is None
        assert not opened.socket.parent.exists()
        await previews.close("a")


async def test_opening_again_replaces_the_preview(sandbox, app):
    async with Previews() as previews:
        await previews.open("a", sandbox.start, app(VERSION="1"))
        await previews.open("a", sandbox.start, app(VERSION="2"))
        assert " 2 " in (await get(previews, "a")).text
        await previews.open("a", sandbox.start, app(VERSION="3"), replace_running=False)
        assert " 2 " in (await get(previews, "a")).text


async def test_the_least_recently_used_is_closed(sandbox, app):
    async with Previews(limit=2) as previews:
        await previews.open("a", sandbox.start, app())
        await previews.open("b", sandbox.start, app())
        previews.socket("a")
        await previews.open("c", sandbox.start, app())
        assert set(previews.running) == {"a", "c"}


async def test_a_crash_has_the_last_lines(sandbox, app):
    async with Previews() as previews:
        await previews.open("a", sandbox.start, app())
        with pytest.raises(httpx2.TransportError):
            await get(previews, "a", "/crash")
        async with asyncio.timeout(5):
            await previews.ended("a")
        crash = previews.crash("a")
        assert (crash.exit, crash.log) == (7, "Traceback: the flux is out")
        assert previews.socket("a") is None
        await previews.open("a", sandbox.start, app())
        assert previews.crash("a") is None


async def test_an_app_that_does_not_start_fails_with_its_log(sandbox, app):
    async with Previews() as previews:
        began = time.monotonic()
        broken = replace(app(), argv=command("echo no module named flask; exit 3"))
        with pytest.raises(PreviewFailed, match="ended with status 3") as caught:
            await previews.open("a", sandbox.start, broken)
        assert caught.value.log == "no module named flask"
        assert time.monotonic() - began < 5 and previews.running == ()


async def test_an_app_that_never_answers_is_stopped(sandbox, app):
    async with Previews() as previews:
        with pytest.raises(PreviewFailed, match="did not answer at `/` within 0 s"):
            await previews.open("a", sandbox.start, app(DELAY="60"), timeout=0.3)
        assert previews.running == () and previews.socket("a") is None


async def test_a_cancelled_open_leaves_nothing_running(sandbox, app):
    async with Previews() as previews:
        job = app(DELAY="60")
        opening = asyncio.create_task(previews.open("a", sandbox.start, job))
        await until((location(job.tree) / "started").exists)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert previews.running == ()


async def test_closing_during_open_is_an_error(sandbox, app):
    async with Previews() as previews:
        opening = asyncio.create_task(previews.open("a", sandbox.start, app(DELAY="60")))
        await settle(1)
        await previews.close_all()
        with pytest.raises(PreviewFailed, match="stopped before"):
            await opening


def test_the_tail_of_a_log_has_no_terminal_codes():
    assert tail("\x1b[31mred\x1b[0m\n" * 50, lines=2) == "red\nred"
