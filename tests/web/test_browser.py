"""The console in a real browser: it lives, it breaks no rule of its own, and a hostile page of the same host gets
nowhere."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright
from starlette.responses import HTMLResponse

from honk.core import events
from honk.web import asgi_server

EVIL = """<!doctype html><title>preview</title>
<form id="f" method="post" action="{url}/sessions/clean22" target="frame"><input name="command" value="merge"></form>
<iframe name="frame"></iframe><iframe src="{url}/sessions/review2"></iframe>
<script>
document.cookie = "honk_console=tossed; path=/sessions";
(async () => {{
  const seen = [];
  const tries = [
    fetch("{url}/sessions/clean22", {{method: "POST", mode: "no-cors", credentials: "include",
      headers: {{"content-type": "application/x-www-form-urlencoded"}}, body: "command=merge"}}),
    fetch("{url}/api/v1/sessions/clean22/merge", {{method: "POST", credentials: "include", body: "{{}}"}}),
  ];
  for (const path of ["/sessions/review2", "/list", "/api/v1/sessions"])
    tries.push(fetch("{url}" + path, {{credentials: "include"}}).then((a) => a.text()).then((t) => seen.push(t)));
  document.getElementById("f").submit();
  await Promise.allSettled(tries);
  await new Promise((done) => setTimeout(done, 300));
  document.title = seen.length ? "leaked" : "nothing";
}})();
</script>"""


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    program = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium here; the set-up installs one")
        pytest.skip("no Chromium here (package `chromium`)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, chromium_sandbox=os.geteuid() != 0)
        yield await browser.new_context(viewport={"width": 390, "height": 844})
        await browser.close()


def complaints(page: Page) -> list[str]:
    """What the browser's console says is wrong with a page."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


async def test_a_session_lives_on_a_phone(console, context):
    scene = await console.data.add_request("phone22", "Make <b>it</b> green")
    page = await context.new_page()
    wrong = complaints(page)
    await page.goto(f"{console.url}/enter?token={console.token}")
    await page.get_by_text("Make <b>it</b> green").click()
    await page.get_by_role("button", name="Stop").wait_for()
    await (await scene.proposes()).shown()
    await page.get_by_role("button", name="Merge").wait_for()
    await page.get_by_text("Proposed as pull request #7").wait_for()
    assert await page.locator(".shots img").count() == 6
    await page.locator("#changes").get_by_text("if not playlist.tracks").wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("textbox", name="Reply").fill("a bit darker")
    await page.get_by_role("button", name="Send").click()
    await page.locator("li.line", has_text="a bit darker").wait_for()
    assert (await console.service.services.store.session("phone22")).turns[-1].text == "a bit darker"
    await page.goto(f"{console.url}/")
    await page.locator("#text").fill("Another thing")
    await page.get_by_role("button", name="Ask").click()
    await page.wait_for_url("**/sessions/*")
    assert wrong == []


async def test_a_hostile_preview_on_another_port_gets_nowhere(console, context):
    await console.data.add_all("clean22", "review2")
    page = await context.new_page()
    await page.goto(f"{console.url}/enter?token={console.token}")

    async def preview(scope, receive, send):
        await HTMLResponse(EVIL.format(url=console.url))(scope, receive, send)

    listener = asgi_server.bind("127.0.0.1", 0)
    async with asgi_server.running(preview, [listener]):
        evil = await context.new_page()
        await evil.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        async with asyncio.timeout(15):
            await evil.wait_for_function("document.title == 'nothing' || document.title == 'leaked'")
        assert await evil.title() == "nothing"
        assert not [frame for frame in evil.frames if "Evidence" in await frame.content()]
    history = await console.service.services.store.events("clean22")
    assert not [event for event in history if isinstance(event.data, events.MergeRequested)]
    await page.goto(f"{console.url}/sessions/review2")  # and the person is still let in
    await page.get_by_role("button", name="Merge").wait_for()


async def test_a_link_in_a_chat_opens_the_page_for_whoever_has_entered(console, context):
    await console.data.add_all("review2")
    page = await context.new_page()
    await page.goto(f"{console.url}/enter?token={console.token}")

    async def chat(scope, receive, send):
        await HTMLResponse(f'<a href="{console.url}/sessions/review2">look</a>')(scope, receive, send)

    listener = asgi_server.bind("127.0.0.1", 0)
    async with asgi_server.running(chat, [listener]):
        await page.goto(f"http://localhost:{listener.getsockname()[1]}/")  # another site than 127.0.0.1
        await page.get_by_text("look").click()
        await page.get_by_role("button", name="Merge").wait_for()
