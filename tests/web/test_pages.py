"""The pages as a person reads them, and the buttons as a person presses them."""

import html
import re
from html.parser import HTMLParser

from honk.core import events
from honk.core.person import Person
from honk.core.phase import Phase
from tests.web.console_data import FLAGS

HOSTILE = (
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "]]><!--<svg/onload=alert(1)>-->",
    "data: x\r\n\r\nevent: line\ndata: <b>forged</b>",
)


def words(text):
    return frozenset(text.split())


TAGS = words(
    """html head meta title link script body header a img div b span ol li nav main section label input details summary
    time code pre ul h1 h2 h3 p dl dt dd form button textarea svg path footer select option figure figcaption ins del i
    bdi template"""
)
ATTRIBUTES = words(
    """action alt aria-current aria-hidden aria-label aria-live charset checked class content d data-from data-head
    data-last data-live data-once data-part data-session data-start datetime defer dir download fill for form height
    href id lang loading method name open placeholder rel required role rows src stroke stroke-linecap stroke-linejoin
    stroke-width target title transform type value viewbox width version xmlns"""
)


class Page(HTMLParser):
    """Reads a page as a browser does, and remembers what is not ours."""

    def __init__(self, page):
        super().__init__()
        self.foreign = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        addresses = [value for name, value in attrs if name in ("href", "src", "action")]
        led_away = [value for value in addresses if not re.match(r"/(?!/)|#|\?|http://127\.0\.0\.1:", value)]
        inline = tag == "script" and "src" not in dict(attrs)
        if tag not in TAGS or not {name for name, _ in attrs} <= ATTRIBUTES or led_away or inline:
            self.foreign.append((tag, attrs))

    def handle_comment(self, data):
        self.foreign.append(("comment", data))


def foreign(page):
    """What our templates do not write."""
    return Page(page).foreign


BUTTONS = {
    "asking2": {"wavelength", "billing"},
    "working": {"Stop"},
    "paused2": {"Go on"},
    "failed2": {"Try again"},
    "review2": {"Merge", "Approve"},
    "clean22": {"Merge", "Approve"},
    "live222": {"Roll back"},
    "back222": set(),
}


async def test_a_page_offers_what_can_be_done_in_its_phase(console):
    await console.data.add_all()
    for session, buttons in BUTTONS.items():
        page = (await console.http.get(f"/sessions/{session}")).text
        found = re.findall(r"<button(?! class=\"send\")[^>]*>(.*?)</button>", page)
        assert {re.sub(r"<code>.*?</code>|<[^>]*>", "", each).strip() for each in found} == buttons, session
        assert ('name="text" rows="1"' in page) == (session not in ("live222", "back222"))
        assert foreign(page) == []


async def test_the_list_puts_what_waits_for_a_person_first(console):
    empty = (await console.http.get("/")).text
    assert "No sessions yet." in empty
    await console.data.add_all()
    page = (await console.http.get("/")).text
    headings = re.findall(r"<h2>([A-Za-z ]+) <span", page)
    assert headings == ["Waiting for you", "Working", "Done"]
    assert page.count('<a href="/sessions/') == 8
    assert "<option>billing</option>" in page and "Ada Lovelace" in page


async def test_the_evidence_is_all_there(console):
    await console.data.add_all("review2")
    page = html.unescape((await console.http.get("/sessions/review2")).text)
    for expected in (
        "An empty playlist now has a page of its own",  # done
        "pytest -q",  # verdicts
        FLAGS[1].reason,
        "infra/nginx.conf",
        "build/wavelength-2.4.apk",
        "210.0 kB",
        "telemetry.example.net",
        "existing tests",  # not touched
        "$0.10",
        "68,211 tokens in",
        "Pull request #7",
        "QR code",
        "/playlists/empty",
        "1 page unchanged",
    ):
        assert expected in page, expected
    assert page.count("/f/f.review2.") == 14  # six pictures and their links, the file and its install page
    assert "http://127.0.0.1/p/old/" not in page and 'href="http' in page  # a fresh link


async def test_a_red_verdict_shows_why_and_what_was_red_before_is_not_blamed(console):
    await console.data.add_all("failed2")
    page = html.unescape((await console.http.get("/sessions/failed2")).text)
    assert "ZeroDivisionError: division by zero" in page
    assert "Red before this change as well." in page
    assert "Still red after 3 rounds" in page


async def test_the_diff_is_shown_with_what_cannot_be_seen(console):
    await console.data.add_all("review2")
    page = (await console.http.get("/sessions/review2")).text
    assert "    if not playlist.tracks:" in page
    assert "app/old_name.py</del> → app/new_name.py" in page
    assert "A binary file" in page
    assert 'user<b class="unseen">U+202E</b>' in page  # the trojan source is visible
    assert "\u202e" not in page
    assert "2,000 more changed lines not shown here" in page
    assert "the line goes on" in page
    assert foreign(page) == []


async def test_a_diff_that_git_cannot_give_is_said_so_and_the_rest_stays(console):
    scene = await (await console.data.add_request("lost222", "x")).proposes()
    scene.change = scene.change.__class__(**{**vars(scene.change), "head": "e" * 40})
    await scene.tell(events.BranchUpdated(scene.change))
    answer = await console.http.get("/sessions/lost222")
    assert answer.status_code == 200
    assert 'class="notice bad"' in answer.text and ">Checks<" in answer.text


async def test_untrusted_text_stays_text_wherever_it_comes_from(console):
    for number, bad in enumerate(HOSTILE):
        scene = await (await console.data.add_request(f"bad{number}", bad, Person("x", bad, bad))).works()
        await scene.tell(
            events.AgentSaid(bad),
            events.AgentToolUsed(bad, bad),
            events.EgressRecorded(bad, False, "work", bad),
            events.NoteAdded(bad, bad=True),
            events.Verified(1, "agent", "t", (events.Verdict(bad, False, 1.0, bad, bad, bad),), (bad_finding(bad),)),
            events.AgentEnded(bad),
            events.ForgeChecksRead("", (events.Check(bad, "red", bad, bad, again=True),)),
            events.QuestionAsked(bad, (bad, bad)),
            events.TurnEnded(1, Phase.ASKING, bad, bad),
        )
        for path in (f"/sessions/bad{number}", f"/sessions/bad{number}/parts", "/", "/list"):
            page = (await console.http.get(path)).text
            assert foreign(page) == [], (bad, path)
            assert bad.split("\r")[0] in html.unescape(page), path


def bad_finding(text):
    return events.Finding(text, text, 3, "flag", text)


async def test_a_hundred_kilobytes_are_folded_but_whole(console):
    text = "مرحبا a word " * 8_000
    await console.data.add_request("hundred", text)
    answer = await console.http.get("/sessions/hundred")
    assert answer.status_code == 200
    assert text.strip() in answer.text and "Show all 104,000 characters" in answer.text
    assert len((await console.http.get("/")).text) < 10_000


async def test_a_long_thread_begins_with_its_newest_lines(console):
    scene = await console.data.add_request("long222", "work hard")
    await scene.tell(events.RepoChosen("wavelength", "named"))
    await scene.tell(*(events.AgentSaid(f"sentence number {number}") for number in range(400)))
    page = (await console.http.get("/sessions/long222")).text
    assert "Show 102 earlier lines" in page
    assert "sentence number 399<" in page and "sentence number 3<" not in page
    whole = (await console.http.get("/sessions/long222?whole=true")).text
    assert "sentence number 3<" in whole and "earlier line" not in whole


async def test_an_unknown_session_is_a_page_and_a_shortened_id_leads_to_the_whole(console):
    await console.data.add_all("working")
    answer = await console.http.get("/sessions/zzz")
    assert answer.status_code == 404 and "There is no session" in answer.text
    answer = await console.http.get("/sessions/work")
    assert (answer.status_code, answer.headers["location"]) == (307, "/sessions/working")


async def test_asking_starts_a_session_once_however_often_the_button_is_pressed(console):
    page = (await console.http.get("/")).text
    claim = re.search(r'name="claim" value="([^"]+)"', page)[1]
    answers = [await console.post("/", text="Make it green", repo="wavelength", claim=claim) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    (session,) = await console.service.services.store.sessions()
    assert (session.request, session.repo, session.requester.name) == ("Make it green", "wavelength", "Ada Lovelace")
    assert answers[0].headers["location"] == f"/sessions/{session.id}#end"
    other = await console.post("/", text="Make it blue", repo="wavelength", claim=claim)  # the page of a back button
    assert other.headers["location"] != answers[0].headers["location"]


async def test_what_is_refused_is_explained_and_what_was_written_is_kept(console):
    await console.data.add_all("live222")
    answer = await console.post("/", text="  ")
    assert answer.status_code == 400 and "The request is empty." in answer.text
    answer = await console.post("/", text="Keep <me>", repo="nothing-like-it")
    assert answer.status_code == 400 and "Keep &lt;me&gt;</textarea>" in answer.text
    answer = await console.post("/sessions/live222", command="reply", text="and another thing")
    assert answer.status_code == 409
    assert "This session is over" in answer.text and "and another thing</textarea>" in answer.text
    answer = await console.post("/sessions/live222", command="dance")
    assert answer.status_code == 400


async def test_merge_is_bound_to_the_head_that_was_shown(console):
    await console.data.add_all("clean22")
    store = console.service.services.store
    page = (await console.http.get("/sessions/clean22")).text
    (head,) = set(re.findall(r'name="head" value="([^"]+)"', page))
    assert head == (await store.session("clean22")).change.head
    stale = await console.post("/sessions/clean22", command="merge", head="f" * 40)
    assert stale.status_code == 409 and "The change has moved" in stale.text
    nameless = await console.post("/sessions/clean22", command="merge")
    assert nameless.status_code == 400 and "which commit" in nameless.text
    assert (await store.session("clean22")).phase == "review"
    assert (await console.post("/sessions/clean22", command="merge", head=head)).status_code == 303
    word = next(e.data for e in reversed(await store.events("clean22")) if isinstance(e.data, events.MergeRequested))
    assert (word.head, word.confirmed, word.person.name) == (head, False, "Ada Lovelace")
    twice = await console.post("/sessions/clean22", command="merge", head=head)
    assert twice.status_code == 409 and (await store.session("clean22")).orders == 1


async def test_what_was_flagged_must_be_looked_at(console):
    await console.data.add_all("clean22", "review2")
    assert "I have looked at" not in (await console.http.get("/sessions/clean22")).text
    page = (await console.http.get("/sessions/review2")).text
    assert re.search(r'<input type="checkbox" name="looked" value="yes" required>', page)
    head = re.search(r'name="head" value="([^"]+)"', page)[1]
    await console.post("/sessions/review2", command="merge", head=head, looked="yes")
    history = await console.service.services.store.events("review2")
    assert next(e.data for e in reversed(history) if isinstance(e.data, events.MergeRequested)).confirmed


async def test_stop_roll_back_go_on_and_answers_are_words_of_the_person(console):
    await console.data.add_all()
    store = console.service.services.store
    for session, form in (
        ("working", {"command": "cancel"}),
        ("live222", {"command": "rollback"}),
        ("paused2", {"command": "reply", "text": "go on"}),
        ("asking2", {"command": "reply", "text": "billing"}),
        ("failed2", {"command": "reply", "text": "try again"}),
    ):
        answer = await console.post(f"/sessions/{session}", **form)
        assert answer.status_code == 303, (session, answer.text)
    assert (await store.session("working")).cancelled_upto == 1
    assert (await store.session("live222")).phase == "rollback"
    assert (await store.session("paused2")).limit == 10.0
    assert (await store.session("asking2")).turns[-1].text == "billing"
    assert (await store.session("failed2")).turns[-1].text == "try again"


async def test_the_parts_of_an_open_page_bring_the_diff_only_when_it_is_another(console):
    await console.data.add_all("review2")
    head = console.data.change.head
    same = (await console.http.get(f"/sessions/review2/parts?head={head}")).text
    assert re.findall(r'<template data-part="(\w+)"', same) == ["pill", "stages", "actions", "card"]
    moved = (await console.http.get("/sessions/review2/parts?head=")).text
    assert re.findall(r'<template data-part="(\w+)"', moved)[-1] == "changes" and 'class="diff"' in moved
