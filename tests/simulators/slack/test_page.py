"""The workspace's web page in a real browser, at a phone's size, with the real Bolt behind it."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator

import httpx2
import pytest
from honk_simulators.slack import SlackSimulator
from playwright.async_api import BrowserContext, Page, async_playwright

from honk import process

from .conftest import Connect, bolt
from .test_interactions import ASK, CARD, button, option, plain


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
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def answering(simulator: SlackSimulator):
    """An app with a card, a modal and a home."""
    app = bolt(simulator)
    confirm = {"title": plain("Merge?"), "text": plain("At once."), "confirm": plain("Yes"), "deny": plain("No")}
    menu = {"type": "static_select", "action_id": "repo", "options": [option("Shop", "shop"), option("Site", "site")]}
    card = [CARD[0], {"type": "actions", "elements": [button("Merge", "merge", confirm=confirm), menu]}]

    @app.event("app_mention")
    async def mention(event, say, client):
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")
        await say(text="Ready", blocks=card, thread_ts=event["ts"])

    @app.event(re.compile("message|reaction_added"))
    async def nothing():
        pass

    @app.action("merge")
    async def merge(ack, respond):
        await ack()
        await respond("<b>Merged</b> &amp; *live*", replace_original=False, response_type="in_channel")

    @app.action("repo")
    async def repo(ack, respond, payload):
        await ack()
        await respond(f"Bound to {payload['selected_option']['value']}", replace_original=False)

    @app.command("/honk")
    async def command(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=ASK)

    @app.options("find")
    async def find(ack):
        await ack(options=[option("goose/shop", "shop")])

    @app.view("ask")
    async def ask(ack, view):
        text = view["state"]["values"]["what"]["text"]["value"]
        if text == "no":
            return await ack(response_action="errors", errors={"what": "Say a little more"})
        return await ack()

    @app.event("app_home_opened")
    async def home(event, client):
        view = {"type": "home", "blocks": [{"type": "header", "text": plain("Your sessions")}]}
        await client.views_publish(user_id=event["user"], view=view)

    return app


@pytest.mark.long
async def test_somebody_writes_presses_chooses_and_fills_in_on_a_phone(
    simulator: SlackSimulator, connect: Connect, context
):
    await connect(answering(simulator))
    ada = simulator.user("Ada Lovelace")
    room = simulator.channel("playlists", members=[ada])
    simulator.dm(ada)
    page = await context.new_page()
    wrong = complaints(page)
    await page.goto(simulator.workspace.root)
    await page.get_by_text("This is the very beginning").wait_for()
    box = page.locator("main textarea")
    await box.fill("@Ho")
    await page.locator(".names").get_by_role("button", name="Honk").click()
    await box.press_sequentially("fix <b>it</b>")
    await box.press("Enter")
    await page.get_by_role("button", name="1 reply").click()
    await page.locator("#replies").get_by_text("Ready to merge").wait_for()
    assert room.messages[0].text == f"<@{simulator.bot_user}> fix &lt;b&gt;it&lt;/b&gt;"
    await page.get_by_role("button", name="Merge").click()
    await page.get_by_role("button", name="Yes", exact=True).click()
    await page.locator("#replies").get_by_text("<b>Merged</b> & live").wait_for()
    await page.locator("#replies select").select_option("Site")
    await page.locator("#replies .whisper").get_by_text("Bound to site").wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    reply = page.locator("#thread textarea")
    await reply.fill("a bit darker")
    await page.locator("#thread").get_by_role("button", name="Send").click()
    await page.locator("#replies").get_by_text("a bit darker").wait_for()
    assert room.messages[-1].thread_ts == room.messages[0].ts
    await page.locator("#thread").get_by_role("button", name="Back").click()
    await box.fill("/honk")
    await box.press("Enter")
    modal = page.locator("#modal")
    await modal.locator("input").first.fill("no")
    await modal.locator("[type=search]").fill("sh")
    await modal.get_by_role("button", name="goose/shop").click()
    await modal.get_by_role("button", name="Ask").click()
    await modal.get_by_text("Say a little more").wait_for()
    await modal.locator("input").first.fill("make it green")
    await modal.get_by_role("button", name="Ask").click()
    await simulator.until(lambda: simulator.views(ada) == [])
    await page.locator("main").get_by_role("button", name="All channels").click()
    await page.locator("#side").get_by_role("link", name="Honk").click()
    await page.get_by_role("tab", name="Home").click()
    await page.get_by_text("Your sessions").wait_for()
    assert wrong == []


async def test_news_come_by_themselves_and_each_sees_their_own(simulator: SlackSimulator, context):
    ada, bob = simulator.user("Ada"), simulator.user("Bob")
    room = simulator.channel("playlists", members=[ada, bob])
    hidden = simulator.channel("hidden", members=[bob], private=True)
    await simulator.say(bob, hidden, "only for us")
    page = await context.new_page()
    await page.goto(f"{simulator.workspace.root}/?channel={hidden.id}")
    await page.get_by_text("This is the very beginning").wait_for()  # Ada is led to where she may be
    ts = await simulator.say(bob, room, "look at <https://example.com|this>", files=[("a.txt", b"0" * 2048)])
    await page.get_by_role("link", name="this").wait_for()
    await page.get_by_text("2 kB").wait_for()
    await page.get_by_role("button", name="All channels").click()
    await page.locator("#who").select_option("Bob")
    await page.get_by_role("button", name="All channels").click()
    await page.locator("#side").get_by_text("hidden").wait_for()
    await page.goto(f"{simulator.workspace.root}/archives/{room.id}/p{ts.replace('.', '')}")
    await page.locator("#replies").get_by_role("link", name="this").wait_for()
    async with httpx2.AsyncClient() as plain_http:
        wrong = await plain_http.post(f"{simulator.workspace.root}/page/say", data={"as": "nobody"})
        assert (wrong.status_code, wrong.json()["ok"]) == (400, False)
        assert (await plain_http.get(f"{simulator.workspace.root}/static/../page.py")).status_code == 404


async def test_the_command_line_says_what_to_export():
    command = (sys.executable, "-m", "honk_simulators.slack", "--port", "0")
    async with process.spawn(command) as running:
        rows = [await asyncio.wait_for(running.stdout.readline(), 20) for _ in range(5)]
    said = dict(row.decode().removeprefix("export ").strip().split("=", 1) for row in rows[:4])
    assert list(said) == ["HONK_SLACK_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"]
    assert said["HONK_SLACK_URL"].endswith("/api/") and said["SLACK_APP_TOKEN"].startswith("xapp-1-")
