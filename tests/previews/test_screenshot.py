import asyncio
import os
import struct
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from honk.core.errors import Unavailable, WorkFailed
from honk.previews import browser, browser_pages, page_view, screenshots
from honk.previews.browser_pages import PHONE
from honk.previews.previews import Previews

# The picture is taken when the page has loaded, and `/posted` is answered once the script has posted its result. The
# WebSocket has a timeout: on a loaded machine Playwright refuses it without telling the page.
HOSTILE = """<!doctype html><title>x</title><h1>hello</h1>
<link rel="preconnect" href="{there}"><link rel="prefetch" href="{there}/prefetch"><img src="{there}/image">
<iframe src="{there}/frame"></iframe><img src="/posted"><script>
const there = "{there}", tries = [
  fetch(there + "/fetch", {{mode: "no-cors"}}),
  fetch("http://169.254.169.254/latest"),
  new Promise((yes, no) => {{ const socket = new WebSocket(there.replace("http", "ws"));
                             socket.onopen = yes; socket.onclose = no; setTimeout(no, 2000) }}),
  // Playwright's block answers with nothing, a real registration with an object
  navigator.serviceWorker.register("/worker.js").then(worker => worker || Promise.reject()),
];
navigator.sendBeacon(there + "/beacon", "x");
window.open(there + "/window");
try {{ const rtc = new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{port}"}}]}});
       rtc.createDataChannel("x"); rtc.createOffer().then(o => rtc.setLocalDescription(o)) }} catch (e) {{}}
Promise.allSettled(tries).then(all =>
  fetch(all.some(one => one.status == "fulfilled") ? "/leaked" : "/tight", {{method: "POST", body: "1"}}));
</script>"""

TALL = """<!doctype html><meta name="viewport" content="width=device-width"><body style="margin:0;height:{height}px">
<div style="height:{first};background:#abc"></div><nav style="position:fixed;bottom:0">bar</nav>"""


def size(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


async def test_pages_are_shown_as_on_a_phone_and_what_is_missing_is_said(sandbox, app, blobs, tmp_path):
    tree = tmp_path / "tree"
    (tree / "tall.html").write_text(TALL.format(height=1200, first="10px"))
    (tree / "endless.html").write_text(TALL.format(height=99999, first="10px"))
    (tree / "hero.html").write_text(TALL.format(height=1, first="120vh"))
    async with Previews() as previews, screenshots.camera() as camera:
        app_socket = (await previews.open("a", sandbox.start, app())).socket
        paths = ["/tall", "/endless", "/hero", "/to/tall", "/missing"]
        after = await camera.take(app_socket, paths, "after", blobs)
        sizes = {picture.path: size(blobs.kept[picture.sha256]) for picture in after.screenshots}
        assert sizes.pop("/missing")[0] == 780
        assert sizes == {
            "/tall": (780, 2400),
            "/endless": (780, 3 * 1688),
            "/hero": (780, 2026),
            "/to/tall": (780, 2400),
        }
        same = {picture.path: picture.sha256 for picture in after.screenshots}
        assert same["/tall"] == same["/to/tall"]
        assert after.note == "`/missing` answers 404."
        assert "`/crash` could not be shown" in (await camera.take(app_socket, ["/crash"], "after", blobs)).note
        await previews.open("a", sandbox.start, app())
        before = await camera.take(previews.socket("a"), ["/tall", "/missing"], "before", blobs)
        assert [picture.path for picture in before.screenshots] == ["/tall"]
        assert before.note == "`/missing` did not exist before."
        assert screenshots.same(before.screenshots, after.screenshots) == ("/tall",)


async def test_a_hostile_page_reaches_only_the_app(sandbox, app, blobs, tmp_path):
    came = []

    async def listen(reader, writer):
        came.append(await reader.read(100))
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server, Previews() as previews:
        port = server.sockets[0].getsockname()[1]
        page = HOSTILE.format(there=f"http://127.0.0.1:{port}", port=port)
        (tmp_path / "tree" / "hostile.html").write_text(page)
        opened = await previews.open("a", sandbox.start, app())
        async with screenshots.camera() as camera:
            taken = await camera.take(opened.socket, ["/hostile"], "after", blobs)
        assert len(taken.screenshots) == 1 and taken.note == ""
        posted = {path.name for path in (tmp_path / "tree").glob("posted*")}
        assert posted == {"posted-tight"}, "its script ran, and every one of its tries failed"
        assert came == []


async def test_screenshots_have_a_time_limit(sandbox, app, blobs):
    async with Previews() as previews, screenshots.camera() as camera:
        opened = await previews.open("a", sandbox.start, app())
        began = time.monotonic()
        taken = await camera.take(opened.socket, ["/stream"] * 5, "after", blobs, timeout=1.0)
        assert taken.screenshots == () and "took too long" in taken.note
        assert time.monotonic() - began < 10


async def test_a_missing_browser_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install" in browser.problem() or "snap install" in browser.problem()
    with pytest.raises(Unavailable, match="install"):
        async with screenshots.camera():
            pass


async def test_a_browser_that_does_not_start_is_an_error(tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(Unavailable, match="No picture, because .*chromium does not start"):
        async with screenshots.camera(broken):
            pass


async def test_a_browser_never_starts_without_its_walls():
    """Each start is recorded: one alone, without the host's network and with the sandbox, whatever becomes of it."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        await asyncio.to_thread(place.chmod, 0o777)
        program, record = place / "chromium", place / "record"
        program.write_text(f'#!/bin/sh\necho "$(readlink /proc/self/ns/net) $(id -u) $*" >> {record}\nexit 1\n')
        program.chmod(0o755)
        with pytest.raises(Unavailable, match="Without these it is not used"):
            async with screenshots.camera(program):
                pass
        (start,) = record.read_text().splitlines()
    network, user, *arguments = start.split()
    assert network != await asyncio.to_thread(lambda: str(Path("/proc/self/ns/net").readlink())) and user != "0"
    assert "--no-sandbox" not in arguments and "--disable-setuid-sandbox" not in arguments


async def test_without_namespaces_no_browser_starts_at_all(tmp_path, monkeypatch):
    record, tools = tmp_path / "record", tmp_path / "bin"
    tools.mkdir()
    (tools / "unshare").write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    (tools / "chromium").write_text(f"#!/bin/sh\ntouch {record}\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with pytest.raises(Unavailable, match="allow user namespaces"):
        async with screenshots.camera():
            pass
    assert not record.exists()


NO_ADDRESSES = ["x y://[", "http://[", "//"]
OTHER_ADDRESSES = [
    "chrome://version",
    "devtools://devtools/bundled/inspector.html",
    "mailto:ada@example.com",
    "intent://x#Intent;end",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "about:blank",
    "view-source:http://localhost/tall",
    "data:text/html,x",
]


@pytest.mark.parametrize("target", OTHER_ADDRESSES + NO_ADDRESSES)
async def test_a_redirect_to_another_kind_of_address_is_not_followed(sandbox, app, blobs, tmp_path, target):
    (tmp_path / "tree" / "page.html").write_text(f'<meta http-equiv="refresh" content="0;url={target}"><p>page')
    went = []
    async with Previews() as previews, browser.launched() as running:
        opened = await previews.open("a", sandbox.start, app())
        async with browser_pages.app_pages(running, opened.socket, PHONE) as context:
            page = await context.new_page()
            page.on("framenavigated", lambda frame: went.append(frame.url))
            if target in OTHER_ADDRESSES:
                assert await browser_pages.visit(page, f"/away?{quote(target)}") == 200
                assert f"redirects to {target}, which is not opened" in await page.inner_text("body")
        assert all(url.startswith(("http://localhost/", "about:blank")) for url in went)
        taken = await screenshots.Camera(running).take(
            opened.socket, [f"/away?{quote(target)}", "/page"], "after", blobs
        )
        assert len(taken.screenshots) + taken.note.count("could not be shown") == 2
        try:
            await page_view.view(running, opened.socket, f"/away?{quote(target)}", PHONE)
        except WorkFailed:
            assert target in NO_ADDRESSES
