"""What sessions leave behind is removed after a while, and a later reply, merge or preview goes on all the same."""

import json
import os
import time

import pytest

from honk import app, files
from honk.client import Call
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.retention.base import size_of
from honk.service import HonkService
from honk.web.remote_client import ADDRESS_FILE
from tests.story.conftest import ADA, APP, Installation, read, say, shell, write
from tests.story.processes import alive
from tests.story.test_preview import ready, served
from tests.story.test_preview import site as site
from tests.story.test_server import Terminal

DAY = 86_400.0
LOST = "conversation of this session is lost"
BROKEN = 'def greet(name):\n    return "Hi"\n'
FIXED = 'def greet(name):\n    return "Hello, " + name\n'


async def collected(honk: HonkService, kind: str) -> list[str]:
    """Collect; the names of the things of one kind that went. What was listed before is exactly what went."""
    listed = await honk.collect(dry_run=True)
    removed = await honk.collect()
    assert removed == listed
    return [each.name for each in removed if each.kind == kind]


async def test_a_reply_after_the_workspace_was_removed_goes_on_from_its_files(installation: Installation) -> None:
    installation.repository("strict", {**APP, "honk.toml": APP["honk.toml"] + "[agent]\nmax_rounds = 1\n"})
    installation.scripts["be rude"] = (
        read("greet.py"),
        write("greet.py", BROKEN),
        write("notes.txt", "kept\n"),
        say("Done."),
        say("Done, really."),
    )
    installation.scripts["be polite again"] = (
        shell("cat notes.txt"),
        read("greet.py"),
        write("greet.py", FIXED),
        say("Fixed."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "strict.git"))
        session = await installation.ask("be rude")
        assert session.phase == Phase.FAILED
        directory = honk.services.home / "sessions" / session.id
        installation.later = 2 * DAY
        assert (directory / "workspace").is_dir()
        assert await collected(honk, "session") == [session.id]
        assert not (directory / "workspace").exists() and not (directory / "verify-home").exists()
        assert list((directory / "home").rglob("*.jsonl")), "the transcript stays"
        assert await collected(honk, "session") == []
        session = await installation.reply(session, "be polite again")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert [each.path for each in session.change.diffstat.files] == ["notes.txt"], thread
        assert LOST not in thread, "the conversation is resumed"


async def test_a_session_in_review_gives_its_files_back_after_two_weeks_and_goes_on(installation: Installation) -> None:
    installation.tune("workspace", keep_gb=0.0)
    installation.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    installation.scripts["add more"] = (shell("cat notes.txt && echo more >> notes.txt"), say("More."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("add notes")
        workspace = honk.services.home / "sessions" / session.id / "workspace"
        (snapshot,) = (honk.services.home / "snapshots" / "app").glob("[!.]*")
        installation.later = 13 * DAY
        assert await collected(honk, "session") == [] and workspace.is_dir() and snapshot.is_dir()
        installation.later = 15 * DAY
        listed = await honk.collect(dry_run=True)
        assert [(each.kind, each.name) for each in listed if each.bytes > 4096] == [
            ("session", session.id),
            ("snapshot", f"app/{snapshot.name}"),
        ]
        assert await collected(honk, "session") == [session.id]
        assert not workspace.exists() and not snapshot.exists(), "nobody stands on the snapshot any more"
        assert (await honk.session(session.id)).phase == Phase.REVIEW
        session = await installation.reply(session, "add more")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert LOST not in thread, "the conversation is resumed"
        installation.later = 30 * DAY
        assert await collected(honk, "session") == [session.id]
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
    assert installation.file("notes.txt") == "kept\nmore"


async def test_there_is_nothing_to_collect_where_no_worker_has_ever_run(installation: Installation) -> None:
    async with app.open_app(installation.settings, base_url="", working=False) as honk:
        assert await honk.collect(dry_run=True) == ()
        assert await honk.collect() == ()


async def test_the_engines_records_end_and_the_session_goes_on(installation: Installation) -> None:
    installation.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    installation.scripts["add more"] = (shell("echo more >> notes.txt"), say("More."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("add notes")
        installation.later = 29 * DAY
        assert await collected(honk, "runs") == []
        installation.later = 31 * DAY
        assert await collected(honk, "runs") == ["1 finished runs"]
        assert await collected(honk, "runs") == []
        session = await installation.reply(session, "add more")
        assert session.phase == Phase.REVIEW, await installation.thread(session)


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.REVIEW])
async def test_a_mirror_that_nobody_uses_goes_and_the_next_request_fetches_it_again(
    installation: Installation, phase: Phase
) -> None:
    installation.tune("retention", transcript_days=1000.0)
    rounds = "[agent]\nmax_rounds = 1\n"
    installation.repository("strict", {**APP, "honk.toml": APP["honk.toml"] + rounds, "big": os.urandom(300_000)})
    installation.scripts["begin"] = (
        write("notes.txt", "kept\n"),
        *((read("greet.py"), write("greet.py", BROKEN)) if phase == Phase.FAILED else ()),
        say("Done."),
        say("Done, really."),
    )
    installation.scripts["go on"] = (
        shell("cat notes.txt && echo more >> notes.txt"),
        *((read("greet.py"), write("greet.py", FIXED)) if phase == Phase.FAILED else ()),
        say("Done."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "strict.git"))
        session = await installation.ask("begin")
        assert session.phase == phase, await installation.thread(session)
        mirror = honk.services.home / "mirrors" / "strict.git"
        installation.later = 80 * DAY
        assert await collected(honk, "session") == [session.id] and await collected(honk, "mirror") == []
        whole = size_of(mirror)
        installation.later = 91 * DAY
        assert await collected(honk, "mirror") == ["strict.git"]
        assert size_of(mirror) < whole / 4, "it keeps only what the session needs"
        assert await collected(honk, "mirror") == []
        session = await installation.reply(session, "go on")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [each.path for each in session.change.diffstat.files] == ["notes.txt"]
        installation.later = 300 * DAY
        assert await collected(honk, "mirror") == ["strict.git"]
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert installation.file("notes.txt", "strict") == "kept\nmore"


async def test_mirrors_above_their_limit_go_the_longest_unused_first_and_none_at_work(
    installation: Installation,
) -> None:
    installation.tune("retention", mirrors_gb=0.000_9, session_days=0.0)
    installation.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    async with installation.open() as honk:
        for name in ("first", "second", "third"):
            installation.repository(name, {**APP, "big": os.urandom(300_000)})
            await honk.add_repo(str(installation.root / f"{name}.git"))
            await installation.merge(await installation.ask("add notes", repo=name))
        await honk.collect()
        assert sorted(path.name for path in (honk.services.home / "mirrors").glob("[!.]*")) == [
            "second.git",
            "third.git",
        ]


async def test_deploys_end_by_age_except_the_newest_two_and_long_logs_lose_their_older_lines(
    installation: Installation,
) -> None:
    installation.tune("retention", log_mb=0.001)
    installation.settings.home.mkdir(mode=0o700)
    deploys = installation.settings.home / "deploys" / "app"
    for age, sha in enumerate(("ccc", "bbb", "aaa")):
        (deploys / sha).mkdir(parents=True)
        (deploys / sha / "app.py").write_text("1\n")
        (deploys / f"{sha}.log").write_text("deployed\n")
        for path in (deploys / sha, deploys / f"{sha}.log"):
            os.utime(path, (time.time() - age * DAY,) * 2)
    async with app.open_app(installation.settings, base_url="", working=False, clock=installation.clock) as honk:
        with (deploys / "ccc.log").open("a") as of_the_app:
            of_the_app.writelines(f"request {number}\n" for number in range(500))
            of_the_app.flush()
            assert await collected(honk, "log") == ["deploys/app/ccc.log"]
            of_the_app.write("one more\n")
        lines = (deploys / "ccc.log").read_text().splitlines()
        assert lines[-2:] == ["request 499", "one more"] and lines[0].startswith("request ") and 10 < len(lines) < 60
        assert await collected(honk, "deploy") == []
        installation.later = 40 * DAY
        assert sorted(await collected(honk, "deploy")) == ["deploys/app/aaa", "deploys/app/aaa.log"]
        assert (deploys / "ccc" / "app.py").is_file() and (deploys / "bbb.log").is_file()


async def test_a_transcript_ends_by_age_and_the_agent_goes_on_from_the_branch(installation: Installation) -> None:
    installation.scripts["add one more line"] = (shell("cat notes.txt && echo more >> notes.txt"), say("More."))
    installation.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("add notes")
        directory = honk.services.home / "sessions" / session.id
        installation.later = 89 * DAY
        assert await collected(honk, "transcript") == [] and list((directory / "home").rglob("*.jsonl"))
        installation.later = 91 * DAY
        assert await collected(honk, "transcript") == [session.id] and not (directory / "home").exists()
        session = await installation.reply(session, "add one more line")
        assert session.phase == Phase.REVIEW and LOST in await installation.thread(session)
        session = await installation.merge(session)
        assert installation.file("notes.txt") == "kept\nmore"
        installation.later = 200 * DAY
        assert await collected(honk, "transcript") == [session.id]
        assert not directory.exists(), "a merged session takes no more turns"


async def test_a_session_at_work_or_in_review_keeps_its_files(installation: Installation) -> None:
    installation.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("add notes")
        assert session.phase == Phase.REVIEW
        installation.later = 2 * DAY
        await honk.collect()
        assert (honk.services.home / "sessions" / session.id / "workspace").is_dir()
        session = await honk.command(
            "cancel", Call((await honk.command("reply", Call(session.id, ADA, "add notes"))).id, ADA)
        )
        session = await installation.quiet(session.id)
        assert session.phase == Phase.CANCELLED
        await honk.collect()
        assert (honk.services.home / "sessions" / session.id / "workspace").is_dir()
        installation.later = 4 * DAY
        await honk.collect()
        assert not (honk.services.home / "sessions" / session.id / "workspace").exists()


async def test_a_removed_repository_takes_its_files_along_and_no_session_at_work(installation: Installation) -> None:
    installation.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    installation.scripts["be slow"] = (shell("sleep 60"), say("Done."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session, home = await installation.ask("add notes"), honk.services.home
        busy = await honk.ask("be slow", ADA, repo="app")
        with pytest.raises(WorkFailed, match=f"working on app .session {busy.id}"):
            await honk.remove_repo("app")
        await honk.command("cancel", Call(busy.id, ADA))
        await installation.quiet(busy.id)
        removed = await honk.remove_repo("app")
        assert {("mirror", "app.git"), ("snapshots", "app"), ("session", session.id)} <= {
            (each.kind, each.name) for each in removed
        }
        assert all(each.bytes > 0 for each in removed)
        for path in ("mirrors/app.git", "snapshots/app", f"sessions/{session.id}"):
            assert not (home / path).exists()
        assert await honk.repos() == () and (await honk.session(session.id)).phase == Phase.REVIEW
        assert installation.file("greet.py"), "the repository itself is not touched"


async def test_the_command_line_has_the_server_collect_and_end_its_previews(site: Installation) -> None:
    site.tune("retention", waiting_days=0.0)
    async with served(site) as (at, _):
        files.write(site.settings.home / ADDRESS_FILE, json.dumps({"url": at.local}))
        terminal = Terminal(site)
        await terminal.honk("repo", "add", "--no-check", str(site.root / "site.git"))
        session = await ready(site, await at.service.ask("say hi", ADA))
        listed = await terminal.json("gc", "--dry-run")
        assert [each["name"] for each in listed["items"] if each["kind"] == "session"] == [session.id]
        assert alive(session.id), "it was only a look"
        said = await terminal.honk("gc")
        assert f"  {session.id}\n" in said and f"{listed['bytes'] / 1e6:.1f} MB.\n" in said
        assert not alive(session.id)
        assert "mirror" in await terminal.honk("repo", "remove", "site")
        assert await at.service.repos() == ()
        assert "a/b" in await terminal.honk("repo", "remove", "a/b", status=2)
