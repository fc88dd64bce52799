"""Who gets in: the token, the cookie it is exchanged for, and what browsers say of where a request comes from."""

import threading

import pytest

from honk.core.errors import UsageError
from honk.web import access

PAGES = ("/", "/list", "/stream", "/sessions/review2", "/sessions/review2/parts", "/sessions/review2/stream")
OPEN = ("/api/v1/version", "/static/console.css", "/static/console.js", "/static/goose.svg")

MERGE = {"command": "merge", "head": ""}


async def test_without_the_cookie_there_is_a_page_that_says_what_to_do(console):
    for path in PAGES:
        answer = await console.stranger.get(path)
        assert answer.status_code == 401, path
        assert "honk serve" in answer.text
        assert "wavelength" not in answer.text
    assert (await console.stranger.post("/", headers={"origin": console.url})).status_code == 401
    for path in OPEN:
        assert (await console.stranger.get(path)).status_code == 200, path


async def test_the_link_of_honk_serve_is_exchanged_for_a_cookie(console):
    answer = await console.stranger.get(f"/enter?token={console.token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("honk_console=") and console.token not in cookie
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    assert (await console.stranger.get("/")).status_code == 200


async def test_behind_https_the_cookie_stays_with_https(console):
    answer = await console.stranger.get(f"/enter?token={console.token}", headers={"x-forwarded-proto": "https"})
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_wrong_link_opens_nothing(console):
    for wrong in ("", "x", "é", "%00", "null", console.token[:-1], console.token.lower()):
        answer = await console.stranger.get(f"/enter?token={wrong}")
        assert answer.status_code == 401 and "set-cookie" not in answer.headers


async def test_the_cookie_is_no_token_and_the_token_no_cookie(console):
    stolen = console.http.cookies["honk_console"]
    answer = await console.stranger.get("/api/v1/sessions", headers={"authorization": f"Bearer {stolen}"})
    assert answer.status_code == 401
    answer = await console.stranger.get("/", headers={"cookie": f"honk_console={console.token}"})
    assert answer.status_code == 401


async def test_a_preview_cannot_lock_the_person_out_with_a_cookie_of_the_same_name(console):
    good = console.http.cookies["honk_console"]
    tossed = f"honk_console=tossed; honk_console={good}; honk_console=again"
    assert (await console.stranger.get("/", headers={"cookie": tossed})).status_code == 200


async def test_a_link_from_another_site_is_followed_by_a_second_request_of_our_own(console):
    click = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    first = await console.stranger.get("/sessions/x", headers=click)  # SameSite=Strict: without the cookie
    assert first.status_code == 401 and 'http-equiv="refresh"' in first.text
    again = await console.stranger.get("/sessions/x", headers=click | {"sec-fetch-site": "same-origin"})
    assert again.status_code == 401 and 'http-equiv="refresh"' not in again.text


NAMES = {
    "localhost:1": 200,
    "honk.localhost": 200,
    "192.168.1.7:8484": 200,
    "[::1]:8484": 200,
    "honk.test": 200,
    "HONK.TEST.:80": 200,
    "evil.example": 421,
    "evil_host.example": 421,
    "localhost.evil.example": 421,
    "127.0.0.1.evil.example": 421,
    "honk.test@evil.example": 421,
    "[::1": 421,
    "": 421,
}


async def test_a_name_that_somebody_points_here_is_not_ours(console):
    for host, answered in NAMES.items():
        for path in ("/", "/api/v1/version"):
            assert (await console.http.get(path, headers={"host": host})).status_code == answered, (host, path)


HOSTILE = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:9"},
    {"origin": "null"},
    {},
    {"origin": "OURS", "sec-fetch-site": "same-site"},
    {"origin": "OURS", "sec-fetch-site": "cross-site"},
]


async def test_another_page_cannot_press_our_buttons(console):
    await console.data.add_all("clean22", "working")
    forms = {
        "/": {"text": "buy bitcoin"},
        "/sessions/clean22": {"command": "merge"},
        "/sessions/working": {"command": "cancel"},
    }
    for headers in HOSTILE:
        sent = {name: value.replace("OURS", console.url) for name, value in headers.items()}
        for path, form in forms.items():
            assert (await console.http.post(path, data=form, headers=sent)).status_code == 403, (path, headers)
        answer = await console.http.post("/api/v1/sessions/clean22/merge", json={}, headers=sent)
        assert answer.status_code == 403 and answer.json()["exit"] == 2
    store = console.service.services.store
    assert (await store.session("clean22")).phase == "review"
    assert (await store.session("working")).cancelled_upto == 0
    assert len(await store.sessions()) == 2


async def test_another_page_cannot_read_ours_but_may_link_to_them(console):
    await console.data.add_all("review2")
    for site in ("same-site", "cross-site"):
        await check_site(console, site)


async def check_site(console, site):
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe")):
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        for path in PAGES:
            assert (await console.http.get(path, headers=headers)).status_code == 403, (path, mode)
    link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert (await console.http.get("/sessions/review2", headers=link)).status_code == 200


async def test_every_answer_forbids_what_we_do_not_use(console):
    await console.data.add_all("review2")
    for http, path in [
        (console.stranger, "/"),
        *((console.http, each) for each in ("/", "/nope", "/sessions/review2")),
    ]:
        headers = (await http.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and "form-action 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_the_token_is_made_once_and_for_this_user_alone(tmp_path):
    home = tmp_path / "new" / "home"
    found = []
    threads = [threading.Thread(target=lambda: found.append(access.token(home))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and len(found[0]) >= 32
    assert (home / "api.token").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in home.iterdir()] == ["api.token"]


def test_a_damaged_token_is_said_so(tmp_path):
    (tmp_path / "api.token").write_text("short")
    with pytest.raises(UsageError, match="damaged"):
        access.token(tmp_path)
