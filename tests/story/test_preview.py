"""The new version, tried by a person: at a signed link, in a sandbox of its own, beside the others."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from honk import secrets, server
from honk.client import Call
from honk.core.phase import Phase
from honk.core.session import Session
from honk.previews import browser as screenshot_browser
from honk.previews import signed_links
from honk.previews.signed_links import Grant
from honk.server import RunningServer
from honk.testing.script import Script
from tests.story.conftest import ADA, APP, Installation, read, say, write
from tests.story.processes import alive

SITE = {
    **APP,
    "app.py": """
import http.server, socket, sys
from greet import greet

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = greet("Ada")
        if self.path.startswith("/reach/"):
            host, port = self.path.split("/")[2:4]
            try:
                socket.create_connection((host, int(port)), timeout=2).close()
                text = "reached"
            except OSError as error:
                text = f"not reached: {error}"
        data = f"<h1>{text}</h1>".encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
""",
    "honk.toml": APP["honk.toml"]
    + """
[preview]
serve = "python3 app.py $PORT"
screenshots = ["/"]
build = "mkdir -p out && python3 -c 'import greet; print(greet.greet(\\"Ada\\"))' > out/greeting.txt"
artifacts = ["out/*.txt"]
""",
}


def greeting(word: str) -> str:
    """The app's code that greets with a word."""
    return f'def greet(name):\n    return "{word}, " + name\n'


def edit(word: str) -> Script:
    """The agent's turn that changes the greeting, and the test with it."""
    test = SITE["test_greet.py"].replace("Hello", word)
    read_both = read("greet.py", "test_greet.py")
    return (read_both, write("greet.py", greeting(word)), write("test_greet.py", test), say("Done."))


@asynccontextmanager
async def served(installation: Installation) -> AsyncIterator[tuple[RunningServer, httpx2.AsyncClient]]:
    """Honk with its server, and a browser."""
    async with server.open_server(installation.settings, person=ADA, host="127.0.0.1", port=0, preview_port=0) as at:
        installation.service = at.service
        async with httpx2.AsyncClient(
            follow_redirects=True, trust_env=False, headers={"accept": "text/html"}
        ) as browser:
            yield at, browser


async def ready(installation: Installation, session: Session) -> Session:
    """The session, when its preview is there."""
    session = await installation.quiet(session.id)
    assert session.phase == Phase.REVIEW, await installation.thread(session)
    assert session.preview.url, session.preview.note
    return session


@pytest.fixture
async def site(installation: Installation) -> Installation:
    """An installation whose repository `site` has a preview."""
    installation.repository("site", SITE)
    installation.scripts.update({"say hi": edit("Hi"), "say good day": edit("Good day")})
    return installation


async def test_a_link_leads_to_the_new_version_until_it_expires(site: Installation) -> None:
    async with served(site) as (at, browser):
        await at.service.add_repo(str(site.root / "site.git"))
        session = await ready(site, await at.service.ask("say hi", ADA))
        link = session.preview.url
        answer = await browser.get(link)
        assert answer.text == "<h1>Hi, Ada</h1>"
        assert urlsplit(str(answer.url)).port != urlsplit(at.url).port, "an origin of its own"

        (artifact,) = session.preview.artifacts
        assert artifact.name == "out/greeting.txt"
        got = await browser.get(artifact.url)
        assert got.text == "Hi, Ada\n" and "attachment" in got.headers["content-disposition"]
        if problem := screenshot_browser.problem():
            assert problem in session.preview.note, "what is missing is said"
        else:
            shots = {shot.when: shot for shot in session.preview.screenshots}
            pictures = [(await browser.get(shots[when].url)).content for when in ("before", "after")]
            assert all(picture.startswith(b"\x89PNG") for picture in pictures) and pictures[0] != pictures[1]

        key = secrets.signing_key(site.settings.home)
        old = signed_links.sign(key, Grant("preview", session.id, int(time.time()) - 1))
        answer = await browser.get(f"{at.url}/p/{old}/")
        assert answer.status_code == 410 and session.id in answer.text
        forged = link.replace(session.id, "abcdefg")
        assert (await browser.get(forged)).status_code == 403

        await at.service.command("reply", Call(session.id, ADA, "say good day"))
        session = await ready(site, session)
        for url in (link, session.preview.url):
            assert (await browser.get(url)).text == "<h1>Good day, Ada</h1>", "a follow-up renews it"
        assert [artifact.sha256] != [each.sha256 for each in session.preview.artifacts]


@pytest.mark.long
async def test_previews_live_beside_each_other_sealed_in_and_wake_after_a_restart(site: Installation) -> None:
    async with served(site) as (at, browser):
        await at.service.add_repo(str(site.root / "site.git"))
        asked = [await at.service.ask(text, ADA) for text in ("say hi", "say good day")]
        sessions = await asyncio.gather(*(ready(site, session) for session in asked))
        answers = [await browser.get(session.preview.url) for session in sessions]
        assert [answer.text for answer in answers] == ["<h1>Hi, Ada</h1>", "<h1>Good day, Ada</h1>"]
        origins = {urlsplit(str(answer.url)).netloc for answer in answers}
        assert len(origins) == 2

        for host, port in (("127.0.0.1", urlsplit(site.model.url).port), ("127.0.0.1", urlsplit(at.url).port)):
            answer = await browser.get(str(answers[0].url.join(f"/reach/{host}/{port}")))
            assert "not reached" in answer.text
        assert "not reached" in (await browser.get(str(answers[0].url.join("/reach/192.0.2.1/80")))).text
        assert all(alive(session.id) for session in sessions)
    assert [alive(session.id) for session in sessions] == [[], []], "they end with Honk"

    async with served(site) as (at, browser):
        for session, answer in zip(sessions, answers, strict=True):
            path = urlsplit(session.preview.url).path
            assert (await browser.get(at.url + path)).text == answer.text, "its link wakes it"
