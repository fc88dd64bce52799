"""What sessions leave behind is removed after a while, and a later reply goes on all the same."""

import pytest

from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.retention import collector, removed_repos
from honk.settings import RetentionSettings
from tests.story.conftest import ADA, APP, Town, read, say, shell, write

NOW = RetentionSettings(session_days=0.0, file_days=0.0)
BROKEN = 'def greet(name):\n    return "Hi"\n'
FIXED = 'def greet(name):\n    return "Hello, " + name\n'


async def test_a_reply_after_the_workspace_was_removed_goes_on_from_its_files(town: Town) -> None:
    town.repository("strict", {**APP, "honk.toml": APP["honk.toml"] + "[agent]\nmax_rounds = 1\n"})
    town.scripts["be rude"] = (
        read("greet.py"),
        write("greet.py", BROKEN),
        write("notes.txt", "kept\n"),
        say("Done."),
        say("Done, really."),
    )
    town.scripts["be polite again"] = (
        shell("cat notes.txt"),
        read("greet.py"),
        write("greet.py", FIXED),
        say("Fixed."),
    )
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "strict.git"))
        session = await town.ask("be rude")
        assert session.phase == Phase.FAILED
        directory = honk.services.home / "sessions" / session.id
        found = [each.name for each in await collector.find(honk.services, NOW) if each.kind == "session"]
        assert found == [session.id] and (directory / "workspace").is_dir()
        assert session.id in [each.name for each in await collector.collect(honk.services, NOW)]
        assert not (directory / "workspace").exists() and not (directory / "verify-home").exists()
        assert list((directory / "home").rglob("*.jsonl")), "the transcript stays"
        assert session.id not in [each.name for each in await collector.find(honk.services, NOW)]
        session = await town.reply(session, "be polite again")
        thread = await town.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert [each.path for each in session.change.diffstat.files] == ["notes.txt"], thread
        assert "starts anew" not in thread, "the conversation is resumed"


async def test_a_session_at_work_or_in_review_keeps_its_files(town: Town) -> None:
    town.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        session = await town.ask("add notes")
        assert session.phase == Phase.REVIEW
        await collector.collect(honk.services, NOW)
        assert (honk.services.home / "sessions" / session.id / "workspace").is_dir()
        session = await honk.cancel((await honk.reply(session.id, "add notes", ADA)).id, ADA)
        session = await town.quiet(session.id)
        assert session.phase == Phase.CANCELLED
        await collector.collect(honk.services, NOW)
        assert not (honk.services.home / "sessions" / session.id / "workspace").exists()


async def test_a_removed_repository_takes_its_files_along_and_no_session_at_work(town: Town) -> None:
    town.scripts["add notes"] = (write("notes.txt", "kept\n"), say("Done."))
    town.scripts["be slow"] = (shell("sleep 60"), say("Done."))
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        session, home = await town.ask("add notes"), honk.services.home
        busy = await honk.ask("be slow", ADA, repo="app")
        with pytest.raises(WorkFailed, match=f"working on app .session {busy.id}"):
            await removed_repos.forget(honk.services, "app")
        await honk.cancel(busy.id, ADA)
        await town.quiet(busy.id)
        removed = await removed_repos.forget(honk.services, "app")
        assert {home / "mirrors" / "app.git", home / "snapshots" / "app", home / "sessions" / session.id} <= set(
            removed
        )
        assert not any(path.exists() for path in removed)
        assert await honk.repos() == () and (await honk.session(session.id)).phase == Phase.REVIEW
        assert town.file("greet.py"), "the repository itself is not touched"
