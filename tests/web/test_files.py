"""Signed links to what a session made."""

import hashlib

import pytest

from honk.core import events
from honk.core.delivery import Artifact, Preview
from honk.core.phase import Phase
from honk.previews import signed_links
from honk.previews.signed_links import Grant

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def link(console):
    def sign(session, sha256):
        return console.addresses.file(session, sha256).removeprefix(console.addresses.base)

    return sign


async def test_a_picture_shows_and_a_file_is_saved_under_its_own_name(console, link):
    await console.data.add_all("review2")
    preview = (await console.service.services.store.session("review2")).preview
    shown = await console.stranger.get(link("review2", preview.screenshots[1].sha256))
    assert shown.status_code == 200 and shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"] == "inline; filename*=utf-8''after-home.png"
    assert shown.content == console.service.services.blobs.read(preview.screenshots[1].sha256)
    saved = await console.stranger.get(link("review2", preview.artifacts[0].sha256))
    assert saved.headers["content-type"] == "application/vnd.android.package-archive"
    assert saved.headers["content-disposition"] == "attachment; filename*=utf-8''wavelength-2.4.apk"
    assert hashlib.sha256(saved.content).hexdigest() == preview.artifacts[0].sha256
    for answer in (shown, saved):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["referrer-policy"] == "no-referrer"
    head = await console.stranger.head(link("review2", preview.artifacts[0].sha256))
    assert head.status_code == 200 and head.headers["content-length"] == str(preview.artifacts[0].size)


@pytest.mark.parametrize(
    "name", ["evil.svg", "evil.html", "evil.xml", "evil.pdf", "evil", "png", "evil.PNG.html", ".js"]
)
async def test_nothing_but_a_picture_is_shown_at_our_origin(console, link, name):
    sha256 = await made(console, "made222", name)
    answer = await console.stranger.get(link("made222", sha256))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "html" not in answer.headers["content-type"] and "svg" not in answer.headers["content-type"]


async def test_a_name_from_a_build_cannot_forge_a_header(console, link):
    sha256 = await made(console, "made222", 'a/b\r\nset-cookie: x=1"; \U0001f986.bin')
    answer = await console.stranger.get(link("made222", sha256))
    assert "set-cookie" not in answer.headers
    wanted = "attachment; filename*=utf-8''b__set-cookie%3A%20x%3D1%22%3B%20%F0%9F%A6%86.bin"
    assert answer.headers["content-disposition"] == wanted


async def test_part_of_a_large_file_can_be_fetched(console, link):
    await console.data.add_all("review2")
    sha256 = (await console.service.services.store.session("review2")).preview.artifacts[0].sha256
    answer = await console.stranger.get(link("review2", sha256), headers={"range": "bytes=4-9"})
    assert (answer.status_code, answer.content) == (206, b"apkapk")


async def test_a_link_ends_with_a_page_that_says_so(console, link):
    sha256 = await made(console, "made222", "a.zip")
    late = link("made222", sha256)
    console.clock.now += 25 * 3600 + 3600
    answer = await console.stranger.get(late)
    assert answer.status_code == 410 and "has expired" in answer.text and "fresh one" in answer.text
    assert (await console.stranger.get(link("made222", sha256))).status_code == 200


async def test_a_link_opens_one_file_of_one_session(console, link):
    await console.data.add_all("review2")
    sha256 = await made(console, "made222", "a.zip")
    good = link("made222", sha256)
    secret = await console.service.services.blobs.put(b"the transcript of another session", "transcript")
    key, expires = console.addresses.key, int(console.clock.now) + 100
    preview = signed_links.sign(key, Grant("preview", "made222", expires))
    for bad in (good[:-1], good[:-1] + "B", "/f/x", "/f/" + preview, good.replace("made222", "review2")):
        answer = await console.stranger.get(bad)
        assert answer.status_code == 404 and "content-disposition" not in answer.headers, bad
    for path in (link("made222", secret), link("review2", sha256), link("nobody2", sha256), link("made222", "../x")):
        answer = await console.stranger.get(path)  # signed by us, and yet not this session's
        assert answer.status_code == 404 and "does not belong" in answer.text


async def test_what_an_earlier_turn_made_stays_reachable_by_its_link(console, link):
    first = await made(console, "made222", "first.zip")
    await made(console, "made222", "second.zip", content=b"second")
    assert (await console.stranger.get(link("made222", first))).status_code == 200


async def test_a_file_that_was_swept_away_is_said_so(console, link):
    sha256 = await made(console, "made222", "a.zip")
    console.service.services.blobs.path(sha256).unlink()
    answer = await console.stranger.get(link("made222", sha256))
    assert answer.status_code == 404 and "swept away" in answer.text


async def made(console, session, name, content=SVG):
    """A session whose build made one file."""
    store, blobs = console.service.services.store, console.service.services.blobs
    if session not in {each.id for each in await store.sessions()}:
        await console.data.add_request(session, "build it")
    sha256 = await blobs.put(content, "artifact")
    preview = Preview("", (Artifact(name, sha256, len(content)),))
    for data in (events.PreviewReady(preview), events.TurnEnded(1, Phase.REVIEW)):
        await store.record(session, data)
    return sha256
