"""A real server with a real app behind it, as used by a browser, a phone and a script."""

import asyncio
import re
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from honk.core.errors import UsageError
from honk.previews import signed_links
from honk.previews.origins import HostnameOrigins, PortOrigins, listen
from honk.previews.preview_host import PreviewHost, link
from honk.previews.previews import Previews, command
from honk.previews.signed_links import Grant
from tests.waiting import until

KEY = b"k" * 32
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Site:
    """A server under test. Requests can start the sessions in `awake`; others cannot be started."""

    def __init__(self, previews, sandbox, app):
        self.previews, self.sandbox, self.app = previews, sandbox, app
        self.now = 1000.0
        self.woken = []
        self.jobs = {}
        self.base = ""

    async def wake(self, session):
        self.woken.append(session)
        if session not in self.jobs:
            raise UsageError("The session is closed; its files are gone.")
        await self.previews.open(session, self.sandbox.start, self.jobs[session])

    def token(self, session="a", expires=2000):
        return signed_links.sign(KEY, Grant("preview", session, expires))

    def link(self, session="a", expires=2000):
        return link(self.base, self.token(session, expires))


@asynccontextmanager
async def serving(site, origins, sockets, **options):
    host = PreviewHost(
        PlainTextResponse("the console"), site.previews, KEY, origins, site.wake, clock=lambda: site.now, **options
    )
    server = uvicorn.Server(uvicorn.Config(host, log_level="warning", lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=sockets))
    await until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await running
        await host.close()


@pytest.fixture
async def site(sandbox, app):
    main, *row = listen("127.0.0.1", 0, 3)
    async with Previews() as previews:
        site = Site(previews, sandbox, app)
        site.jobs["a"] = app()
        site.base = f"http://127.0.0.1:{main.getsockname()[1]}"
        async with serving(site, PortOrigins([own.getsockname()[1] for own in row]), [main, *row], hold=10.0):
            yield site


@asynccontextmanager
async def browser():
    async with httpx2.AsyncClient(headers=HTML, follow_redirects=True, timeout=20) as client:
        yield client


async def test_a_link_leads_to_the_root_of_the_previews_origin(site):
    async with browser() as client:
        first = await client.get(site.link())
        assert first.status_code == 200 and first.text.startswith("/ 1 ")
        assert first.url.path == "/" and first.url.port != urlsplit(site.base).port
        page = await client.get(first.url.join("/track/3%2F4?q=a%20b"))
        assert page.text.startswith("/track/3%2F4?q=a%20b 1 ")
        deep = await client.get(site.link() + "playlist/1?x=2")
        assert deep.url.path == "/playlist/1" and deep.url.query == b"x=2"
    assert site.woken == ["a"]


async def test_the_console_stays_at_its_own_origin(site):
    async with browser() as client:
        assert (await client.get(site.base + "/anything")).text == "the console"
        preview = (await client.get(site.link())).url
        assert (await client.get(preview.join("/api/v1/sessions"))).text.startswith("/api/v1/sessions 1 ")


async def test_a_client_without_cookies_gets_the_page(site):
    async with httpx2.AsyncClient(follow_redirects=True) as client:
        client.cookies.jar.set_policy(NoCookies())
        answer = await client.get(site.link() + "health")
        assert answer.status_code == 200 and answer.text.startswith("/health 1 ")


async def test_neither_side_sees_the_others_cookies_and_nothing_is_cached(site):
    async with browser() as client:
        first = await client.get(site.link())
        client.cookies.set("honk_console", "secret", domain="127.0.0.1")
        client.cookies.set("mine", "yes", domain="127.0.0.1")
        answer = await client.get(first.url)
        seen = dict(line.partition("=")[::2] for line in answer.text.split(" ", 2)[2].split("|"))
        assert seen["cookie"] == "theme=dark; mine=yes" or seen["cookie"] == "mine=yes; theme=dark"
        assert seen["host"] == seen["x-forwarded-host"] == f"127.0.0.1:{first.url.port}"
        assert seen["x-forwarded-proto"] == "http" and seen["x-forwarded-for"] == "127.0.0.1"
        assert answer.headers.get_list("set-cookie") == ["theme=dark; Path=/"]
        assert answer.headers.get_list("cache-control") == ["no-store"]
        given = [reply.headers["set-cookie"] for reply in first.history if "set-cookie" in reply.headers]
        assert re.fullmatch(r"honk_a=\S+; HttpOnly; Max-Age=1000; Path=/; SameSite=lax", given[0])
        assert first.history[1].headers["clear-site-data"] == '"cache", "storage"'


async def test_without_a_valid_link_nothing_is_served(site):
    site.jobs["b"] = site.app()
    async with browser() as client:
        origin = (await client.get(site.link())).url
    async with browser() as stranger:
        assert (await stranger.get(origin)).status_code == 403
        assert (await stranger.get(site.base + "/p/nonsense/")).status_code == 403
        file = signed_links.sign(KEY, Grant("file", "a", 2000, "ab" * 32))
        assert (await stranger.get(link(site.base, file))).status_code == 403
        forged = signed_links.sign(b"x" * 32, Grant("preview", "a", 2000))
        stranger.cookies.set("honk_a", forged, domain="127.0.0.1")
        assert (await stranger.get(origin)).status_code == 403
        stranger.cookies.set("honk_a", site.token("b"), domain="127.0.0.1")  # a right to b is none to a
        assert (await stranger.get(origin)).status_code == 403


async def test_an_expired_link_says_so_and_its_cookie_ends_with_it(site):
    async with browser() as client:
        origin = (await client.get(site.link())).url
        site.now = 2000.0
        late = await client.get(site.link())
        assert late.status_code == 410 and "expired" in late.text and "honk show a" in late.text
        assert (await client.get(origin)).status_code == 403


async def test_a_link_does_not_lead_to_another_host(site):
    async with httpx2.AsyncClient(headers=HTML) as client:
        first = await client.get(site.link())
        for tail in ("/evil.example/", "//evil.example", "%5Cevil.example", "\\evil.example"):
            answer = await client.get(first.headers["location"].rstrip("/") + "/" + tail)
            target = answer.headers["location"]
            assert target.startswith("/") and not target.startswith(("//", "/\\"))


async def test_requests_made_by_other_origins_are_refused(site):
    async with browser() as client:
        origin = (await client.get(site.link())).url
        own = f"http://127.0.0.1:{origin.port}"
        assert (await client.post(origin, headers={"origin": own}, content=b"abc")).text == "3"
        assert (await client.post(origin, headers={"origin": site.base}, content=b"abc")).status_code == 403
        assert (await client.get(origin, headers={"origin": "null"})).status_code == 403


async def test_bodies_stream_up_and_down(site, tmp_path):
    async def chunks():
        for _ in range(100):
            yield b"x" * 10_000

    async with browser() as client:
        origin = (await client.get(site.link())).url
        assert (await client.post(origin, content=chunks())).text == "1000000"
        assert (await client.post(origin, content=b"y" * 1_000_000)).text == "1000000"
        assert (await client.head(origin)).content == b""
        async with client.stream("GET", origin.join("/stream")) as events:
            assert await anext(events.aiter_raw()) == b"data: one\n\n"
    await until((tmp_path / "tree" / "left").exists)  # the client left, and the app noticed


async def test_websockets_are_forwarded_in_both_directions(site, tmp_path):
    async with browser() as client:
        origin = (await client.get(site.link())).url
    own = f"http://127.0.0.1:{origin.port}"
    cookies = {"Cookie": f"honk_a={site.token()}; mine=yes"}

    def dial(origin_header=own, headers=cookies):
        address = f"ws://127.0.0.1:{origin.port}/ws?x=1"
        return connect(address, origin=origin_header, additional_headers=headers, subprotocols=["chat"], proxy=None)

    async with dial() as talk:
        assert talk.subprotocol == "chat"
        assert await talk.recv() == "/ws?x=1 mine=yes"
        for message in ("hello", b"\x00\xff", "x" * 20_000):
            await talk.send(message)
            assert await talk.recv() == message
        await talk.send("bye")
        with pytest.raises(ConnectionClosed):
            await talk.recv()
        assert talk.close_code == 4001
    async with dial() as talk:
        await talk.recv()
        await talk.close(4002)
    await until((tmp_path / "tree" / "closed-4002").exists)
    for refused in (dial(origin_header=site.base), dial(headers={})):
        with pytest.raises(InvalidStatus, match="403"):
            await refused


async def test_a_slow_start_shows_a_page_that_reloads(sandbox, app):
    main, *row = listen("127.0.0.1", 0, 2)
    async with Previews() as previews:
        site = Site(previews, sandbox, app)
        site.jobs["a"] = app(DELAY="0.6")
        site.base = f"http://127.0.0.1:{main.getsockname()[1]}"
        async with serving(site, PortOrigins([row[0].getsockname()[1]]), [main, *row], hold=0.1), browser() as client:
            waiting = await client.get(site.link())
            assert waiting.status_code == 503 and 'http-equiv="refresh"' in waiting.text
            assert waiting.headers["retry-after"] == "1"
            script = await client.get(waiting.url, headers={"accept": "*/*"})
            assert script.text.startswith("/ 1 ")
    assert site.woken == ["a"]


async def test_a_crash_shows_its_last_lines_and_a_button_that_starts_it_again(site):
    async with browser() as client:
        origin = (await client.get(site.link())).url
        assert (await client.get(origin.join("/crash"))).status_code == 502
        await site.previews.ended("a")
        page = await client.get(origin)
        assert page.status_code == 502 and "the flux is out" in page.text and "status 7" in page.text
        assert site.woken == ["a"], "a crashed app is not started again by merely looking"
        again = await client.post(origin.join("/.honk/restart"))
        assert again.status_code == 200 and again.text.startswith("/ 1 ")
        assert (await client.get(origin.join("/.honk/other"))).status_code == 404


async def test_what_an_app_printed_is_text_and_not_markup(site):
    job = site.app()
    site.jobs["a"] = type(job)(command("echo '<script>alert(1)</script>'; exit 1"), job.tree, job.home)
    async with browser() as client:
        page = await client.get(site.link())
        assert page.status_code == 502 and "&lt;script&gt;" in page.text and "<script>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_preview_that_does_not_start_shows_the_reason(site):
    async with browser() as client:
        page = await client.get(site.link("gone"))
        assert page.status_code == 502 and "its files are gone" in page.text


async def test_a_sleeping_preview_starts_on_a_request(site):
    async with browser() as client:
        origin = (await client.get(site.link())).url
        await site.previews.close("a")
        assert (await client.get(origin.join("/x"))).text.startswith("/x 1 ")
    assert site.woken == ["a", "a"]


async def test_ports_are_reassigned_and_old_tabs_are_redirected(site):
    for session in "bc":
        site.jobs[session] = site.app(VERSION=session)
    async with browser() as client:
        tab = (await client.get(site.link("a"))).url
    async with browser() as other:
        await other.get(site.link("b"))
        assert (await other.get(site.link("c"))).url.port == tab.port
    async with browser() as client:
        client.cookies.set("honk_a", site.token("a"), domain="127.0.0.1")
        moved = await client.get(tab.join("/x?y=1"))
        assert moved.url.port != tab.port and moved.text.startswith("/x?y=1 1 ")


async def test_each_session_has_a_host_name(sandbox, app):
    (main,) = listen("127.0.0.1", 0, 1)
    port = main.getsockname()[1]
    async with Previews() as previews:
        site = Site(previews, sandbox, app)
        site.jobs["a"] = app()
        site.base = f"http://127.0.0.1:{port}"
        async with (
            serving(site, HostnameOrigins(f"http://*.preview.localhost:{port}"), [main], hold=10.0),
            browser() as client,
        ):
            to = await client.get(site.link(), follow_redirects=False)
            assert urlsplit(to.headers["location"]).netloc == f"a.preview.localhost:{port}"
            headers = {"host": f"a.preview.localhost:{port}"}
            entered = await client.get(
                site.base + urlsplit(to.headers["location"]).path, headers=headers, follow_redirects=False
            )
            assert entered.headers["location"] == "/" and "clear-site-data" not in entered.headers
            assert (await client.get(site.base + "/x", headers=headers)).text.startswith("/x 1 ")
            neighbour = {"host": f"b.preview.localhost:{port}"}
            lost = await client.get(site.base + "/x", headers=neighbour, follow_redirects=False)
            assert urlsplit(lost.headers["location"]).netloc == f"a.preview.localhost:{port}"


def test_a_preview_url_without_a_name_for_each_preview_is_refused():
    for pattern in ("https://preview.example.com", "ftp://*.x.org", "https://*.x.org/path", "*.x.org"):
        with pytest.raises(UsageError, match="preview_url"):
            HostnameOrigins(pattern)


def test_ports_in_use_are_skipped():
    (taken,) = listen("127.0.0.1", 0, 1)
    first = taken.getsockname()[1]
    row = listen("127.0.0.1", first, 2)
    assert all(own.getsockname()[1] > first for own in row) and len(row) == 2
    for own in (taken, *row):
        own.close()
    with pytest.raises(UsageError, match="cannot be served on 203.0.113.1"):
        listen("203.0.113.1", 8485, 1)


class NoCookies(httpx2.Cookies().jar._policy.__class__):
    def set_ok(self, cookie, request):
        return False
