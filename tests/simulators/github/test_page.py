"""The pages, by plain forms and in a real browser; and the command line."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import httpx2
import pytest
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.repositories import Protection, Repository
from playwright.async_api import async_playwright

from honk import process
from tests.simulators.github.client import git

CHROMIUM = shutil.which("chromium") or ""


def guarded(key: Path) -> bool:
    """Whether it is a key that only its owner reads."""
    return key.stat().st_mode & 0o777 == 0o600 and "PRIVATE KEY" in key.read_text()


def left(place: Path) -> list[Path]:
    """What a server has left behind."""
    return list(place.glob("github-*"))


async def scene(simulator: GitHubSimulator) -> Repository:
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository(
        "acme/shop", files={"a.txt": "1\n", "README.md": "# Shop\n"}, admins=[ada], writers=[bob]
    )
    await simulator.push(ada, repo, "one", {"a.txt": "2\n"})
    await simulator.pull_request(
        ada, repo, "one", "Better", body="Fixes <script>alert(1)</script> [x](javascript:alert(1))"
    )
    return repo


def browser(simulator: GitHubSimulator, login: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=simulator.web, cookies={"as": login}, follow_redirects=True)


async def test_forms_do_what_people_do_and_refusals_are_told(simulator: GitHubSimulator) -> None:
    repo = await scene(simulator)
    page = "/acme/shop/pull/1"
    async with browser(simulator, "bob") as bob, browser(simulator, "ada") as ada:
        seen = await bob.post(page, data={"do": "comment", "body": "Hello **there**"})
        assert "<strong>there</strong>" in seen.text
        assert "<script>alert" not in seen.text and 'href="javascript' not in seen.text
        refused = await ada.post(page, data={"do": "APPROVE", "body": ""})
        assert refused.status_code == 422 and "Can not approve your own pull request" in refused.text
        repo.protections["main"] = Protection(reviews=1)
        blocked = await bob.post(page, data={"do": "merge"})
        assert blocked.status_code == 405 and "At least 1 approving review is required" in blocked.text
        await bob.post(page, data={"do": "APPROVE", "body": ""})
        await bob.post(page, data={"do": "remark", "path": "a.txt", "line": "1", "body": "Why 2?"})
        await ada.post(page, data={"do": "reply", "remark": repo.issues[1].pull.remarks[0].id, "body": "So."})  # type: ignore[union-attr]
        await bob.post(page, data={"do": "label", "label": "honk"})
        await ada.post(page, data={"do": "draft"})
        await ada.post(page, data={"do": "ready"})
        merged = await bob.post(page, data={"do": "squash"})
        assert '<span class="badge merged">Merged</span>' in merged.text
        opened = await bob.post("/acme/shop", data={"title": "Slow", "body": "Very", "labels": "bug, honk"})
        assert "Slow" in opened.text and repo.issues[2].labels == ["bug", "honk"]
        for path in (
            "/",
            "/acme/shop",
            "/acme/shop/issues/2",
            f"/acme/shop/commit/{repo.issues[1].pull.merge_commit_sha}",
        ):  # type: ignore[union-attr]
            assert (await bob.get(path)).status_code == 200, path
        assert (await bob.get("/acme/shop/blob/main/a.txt")).text == "2\n"
        assert (await bob.get("/acme/shop/issues/99")).status_code == 404
        assert (await bob.get("/acme")).status_code == 404


async def test_a_page_as_text(simulator: GitHubSimulator) -> None:
    repo = await scene(simulator)
    bob = simulator.user("bob")
    comment = await simulator.comment(bob, repo, 1, "Hm.\nReally?")
    await simulator.react(simulator.user("ada"), repo, comment, "eyes")
    await simulator.review(bob, repo, 1, "REQUEST_CHANGES", "No", [{"path": "a.txt", "line": 1, "body": "Why?"}])
    text = await simulator.transcript(repo, 1)
    assert "@bob said\n  Hm.\n  Really?\n  👀 1\n" in text
    assert "@bob requested changes\n  No\n  a.txt:1\n    @bob: Why?\n" in text
    assert text.endswith("modified a.txt +1 -1\nmerge: clean\n")


async def test_private_repositories_are_not_there_for_strangers(simulator: GitHubSimulator) -> None:
    await scene(simulator)
    simulator.user("eve")
    simulator.privatise(simulator.state.repositories[next(iter(simulator.state.repositories))])
    async with browser(simulator, "eve") as eve:
        assert "acme/shop" not in (await eve.get("/")).text
        assert (await eve.get("/acme/shop/pull/1")).status_code == 404


async def test_a_program_is_signed_in_and_an_app_installed(simulator: GitHubSimulator) -> None:
    repo = await scene(simulator)
    app = simulator.app("Honk")
    async with browser(simulator, "bob") as bob:
        begun = (
            await bob.post(
                "/login/device/code", data={"client_id": app.client_id}, headers={"accept": "application/json"}
            )
        ).json()
        wrong = await bob.post("/login/device", data={"user_code": "XXXX-XXXX", "do": "allow"})
        assert wrong.status_code == 404
        told = await bob.post("/login/device", data={"user_code": begun["user_code"], "do": "allow"})
        assert "Honk may now act as bob" in told.text
        assert simulator.state.devices[begun["device_code"]].account is simulator.user("bob")
        await bob.post("/apps/honk/installations/new", data={"repository": repo.id})
        assert "Installed on acme: 1 repository" in (await bob.get("/apps/honk")).text
        assert (await bob.post("/apps/honk", data={})).status_code == 422


@pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="there is no Chromium here")
async def test_in_a_browser_on_a_phone_and_on_a_desk(simulator: GitHubSimulator) -> None:
    repo = await scene(simulator)
    async with async_playwright() as player:
        chromium = await player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (390, 1280):
            page = await chromium.new_page(viewport={"width": width, "height": 844})
            problems: list[str] = []
            page.on("pageerror", lambda error, problems=problems: problems.append(str(error)))  # type: ignore[misc]
            for path in ("/", "/acme/shop", "/acme/shop/pull/1", "/login/device", "/settings/apps/new"):
                await page.goto(simulator.web + path)
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
            await page.goto(f"{simulator.web}/acme/shop/pull/1")
            await page.get_by_label("you are").select_option("bob")
            await page.wait_for_load_state()
            await page.get_by_label("Say something").fill(f"At {width}")
            await page.get_by_role("button", name="Comment").first.click()
            await page.get_by_text(f"At {width}").wait_for()
            assert problems == []
        await chromium.close()
    assert simulator.comments(repo, 1) == [("bob", "At 390"), ("bob", "At 1280")]


async def test_the_command_line(tmp_path: Path) -> None:
    argv = (sys.executable, "-m", "honk_simulators.github", "--port", "0", "--protect")
    async with process.spawn(argv, env=process.environment({"TMPDIR": str(tmp_path)})) as child:
        assert child.stdout
        said = ""
        async with asyncio.timeout(30):
            while "git clone" not in said:
                said += (await child.stdout.readline()).decode()
        env = dict(re.findall(r"^export (\w+)=(.*)$", said, re.MULTILINE))
        assert env.keys() == {
            "HONK_GITHUB_URL",
            "GITHUB_TOKEN",
            "GITHUB_APP_ID",
            "GITHUB_APP_PRIVATE_KEY",
            "GITHUB_WEBHOOK_SECRET",
        }
        key = Path(env["GITHUB_APP_PRIVATE_KEY"])
        assert await asyncio.to_thread(guarded, key)
        address = (
            said.rstrip().splitlines()[-1].removeprefix("git clone ").replace("$GITHUB_TOKEN", env["GITHUB_TOKEN"])
        )
        cloned = await git("clone", "--quiet", address, str(tmp_path / "shop"))
        assert cloned.ok and (tmp_path / "shop" / "shop.py").exists()
        headers = {"authorization": f"Bearer {env['GITHUB_TOKEN']}", "user-agent": "a test"}
        async with httpx2.AsyncClient(headers=headers) as client:
            assert (await client.get(f"{env['HONK_GITHUB_URL']}/repos/acme/shop/issues/1")).status_code == 200
        child.terminate()
        assert await child.wait() == 0
    assert left(tmp_path) == []
