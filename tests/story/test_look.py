"""The agent looks at a page of the app as its workspace is, before it ends its turn."""

import base64
import struct

import pytest

from honk.conversation import evidence
from honk.core import events
from honk.previews import browser
from honk.testing.script import Step, ToolCall
from tests.story.conftest import Installation, say, write
from tests.story.test_preview import SITE, served

needs_browser = pytest.mark.skipif(bool(browser.problem()), reason=browser.problem())

PAGE = """
import http.server, sys

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/" and self.headers["host"] == "localhost"
        data = b"<h1>Hello</h1><img src=/missing.png><script>console.error('no playlist'); nothing()</script>"
        self.send_response(200 if found else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(data if found else b"<h1>not here</h1>")

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


def look(page: str, device: str | None = None) -> Step:
    """The agent looks at a page."""
    given: dict[str, object] = {"page": page} if device is None else {"page": page, "device": device}
    return Step("I look.", (ToolCall("mcp__honk__look", given),))


def answers(installation: Installation) -> list[tuple[str, bytes]]:
    """Text and picture of every answer of the tool that the model was sent."""
    last = installation.model.asked[-1].body
    found: list[tuple[str, bytes]] = []
    for message in last["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block["type"] != "tool_result":
                continue
            parts = (
                block["content"] if isinstance(block["content"], list) else [{"type": "text", "text": block["content"]}]
            )
            texts = [part["text"] for part in parts if part["type"] == "text"]
            pictures = [base64.b64decode(part["source"]["data"]) for part in parts if part["type"] == "image"]
            found.append((texts[0], b"".join(pictures)))
    return found


@needs_browser
async def test_the_agent_sees_page_and_errors_and_people_see_what_it_saw(installation: Installation) -> None:
    installation.repository("site", SITE)
    script = (write("app.py", PAGE), look("/"), look("/nowhere", "desktop"), look("http://example.com/"), say("Done."))
    installation.scripts["look at it"] = script
    async with served(installation) as (at, people):
        await at.service.add_repo(str(installation.root / "site.git"))
        session = await installation.ask("look at it")
        seen = await installation.recorded(session, events.PageViewed)
        assert [(view.path, view.device, bool(view.sha256)) for view in seen] == [
            ("/", "phone", True),
            ("/nowhere", "desktop", True),
            ("http://example.com/", "phone", False),
        ]
        assert any("no playlist" in line for line in seen[0].console_errors)
        assert any("nothing is not defined" in line for line in seen[0].console_errors)
        assert any(line.endswith("/missing.png: status 404") for line in seen[0].failed_requests)
        assert (await people.get(seen[0].url)).content.startswith(b"\x89PNG")

        (first, picture), (second, wide), (third, none) = answers(installation)[-3:]
        assert first.startswith("/ on a phone: status 200.") and "no playlist" in first
        assert struct.unpack(">I", picture[16:20]) == (390,) and struct.unpack(">I", wide[16:20]) == (1280,)
        assert "status 404. This is an error page." in second
        assert "begins with `/`" in third and not none

        shown = evidence.text(session)
        assert f"looked at  / (phone): {len(seen[0].console_errors)} console errors, " in shown
        assert "looked at / (phone)" in await installation.thread(session)
        assert f"{session.id}-look" not in at.service.services.previews.running


async def test_without_an_app_there_is_nothing_to_look_at(installation: Installation) -> None:
    installation.scripts["just say"] = (say("Nothing to do."),)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        await installation.ask("just say")
    offered = {tool["name"] for seen in installation.model.asked for tool in seen.body.get("tools", ())}
    assert "mcp__honk__verify" in offered and "mcp__honk__look" not in offered
