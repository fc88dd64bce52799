"""Repositories that cannot be worked with, or not wholly: said before any agent is started."""

from pathlib import Path

import pytest

from honk.core import events
from honk.core.errors import UsageError
from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Installation, read, say, write

NOTE = (write("note.txt", "done\n"), say("I wrote a note."))
"""The smallest change."""


def with_rules(honk_toml: str) -> dict[str, str | bytes]:
    return {**APP, "honk.toml": honk_toml}


async def test_an_unknown_repository_is_answered_with_the_nearest(installation: Installation) -> None:
    async with installation.open() as honk:
        with pytest.raises(UsageError, match="no repository yet"):
            await installation.ask("write a note", repo="app")
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 1)
        assert "`honk repo add PATH_OR_URL`" in session.error
        await honk.add_repo(str(installation.root / "app.git"))
        with pytest.raises(UsageError, match="no repository `apq`; did you mean `app`?"):
            await installation.ask("write a note", repo="apq")


async def test_a_honk_toml_that_is_no_file_is_an_error_and_not_an_absent_one(installation: Installation) -> None:
    checkout = installation.root / "app-checkout"
    (checkout / "other.toml").write_text(APP["honk.toml"])
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        for kind, mode in {"submodule": "160000", "symbolic link": "120000"}.items():
            (checkout / "target").write_text("other.toml")
            target = installation.git("rev-parse", "HEAD", at=checkout)
            if kind == "symbolic link":
                target = installation.git("hash-object", "-w", "target", at=checkout)
            installation.git("update-index", "--add", "--cacheinfo", f"{mode},{target},honk.toml", at=checkout)
            installation.git("commit", "--quiet", "--message", kind, at=checkout)
            installation.git("push", "--quiet", str(installation.root / "app.git"), "HEAD:main", at=checkout)
            session = await installation.ask("write a note")
            assert (session.phase, session.status) == (Phase.FAILED, 2)
            assert f"honk.toml is a {kind}; it must be a file." in session.error


UNREADABLE = {
    '[policy]\nprotectd = ["a"]\n': "unknown key `policy.protectd`; did you mean `protected`?",
    '[verfiy]\ntest = "true"\n': "unknown key `verfiy`; did you mean `verify`?",
    "[agent]\nmax_usd = true\n": "`agent.max_usd` must be a number, not true or false",
    '[setup]\nrun = "make"\n': "`setup.run` must be a list of strings, not a string",
    '[policy]\nmerge = "me"\n': "`policy.merge` must be one of requester, anyone, approved, nobody, not 'me'",
    '[agent]\nkind = "clod"\n': "There is no agent “clod”. Known here: claude",
    '[egress]\nwork = ["http://a/b"]\n': 'line 2: `egress.work`: "http://a/b" is no entry for [egress]',
    '[policy]\nprotected = ["infra/**", "infra/[ab.tf"]\n': "honk.toml, line 2: `policy.protected`",
    "[verify\n": "honk.toml is not valid TOML",
}
"""Rules, and what is said of them."""


async def test_rules_that_cannot_be_understood_are_said_and_once_mended_the_work_goes_on(
    installation: Installation,
) -> None:
    installation.scripts["write a note"] = NOTE
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        for rules, said in UNREADABLE.items():
            installation.push("app", "honk.toml", rules)
            session = await installation.ask("write a note")
            assert (session.phase, session.status) == (Phase.FAILED, 2), await installation.thread(session)
            assert said in session.error
            assert session.error in await installation.thread(session)
            assert not await installation.recorded(session, events.AgentStarted)
        assert not installation.model.asked

        installation.push("app", "honk.toml", APP["honk.toml"])
        session = await installation.reply(session, "it is mended, go on")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "done"


def bare(installation: Installation, name: str) -> Path:
    installation.git("init", "--quiet", "--bare", "--initial-branch=main", str(installation.root / f"{name}.git"))
    return installation.root / f"{name}.git"


async def test_what_cannot_be_added_is_refused_with_the_remedy(installation: Installation) -> None:
    empty = bare(installation, "empty")
    astray = installation.repository("astray", APP)
    installation.git("symbolic-ref", "HEAD", "refs/heads/nowhere", at=astray)
    detached = installation.root / "app-checkout"
    installation.git("checkout", "--quiet", "--detach", at=detached)
    async with installation.open() as honk:
        for address, said in (
            (empty, "has no commits yet; make a first commit"),
            (detached, "has a detached HEAD; check out the branch that changes should go to"),
            (astray, "has no default branch: its HEAD names a branch that does not exist"),
            (installation.root / "nothing-here", "There is no git repository at"),
            (installation.root, "There is no git repository at"),
        ):
            with pytest.raises(UsageError, match=said):
                await honk.add_repo(str(address))
        assert await honk.repos() == ()
        with pytest.raises(UsageError, match="cannot name a repository"):
            await honk.add_repo(str(installation.root / "app.git"), "../app")
        await honk.add_repo(str(installation.root / "app.git"))
        installation.git("symbolic-ref", "HEAD", "refs/heads/main", at=astray)
        with pytest.raises(UsageError, match="already belongs to"):
            await honk.add_repo(str(astray), "app")


async def test_a_base_branch_that_went_away_is_said_before_the_work(installation: Installation) -> None:
    installation.scripts["write a note"] = NOTE
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        installation.git("branch", "--move", "main", "trunk", at=installation.root / "app.git")
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 2), await installation.thread(session)
        assert "no branch `main` in app" in session.error
        assert not installation.model.asked
        installation.git("branch", "--move", "trunk", "main", at=installation.root / "app.git")
        session = await installation.reply(session, "it is back")
        assert session.phase == Phase.REVIEW, await installation.thread(session)


async def test_submodules_and_lfs_are_said_once_and_stay_what_they_are(installation: Installation) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 7\n"
    installation.repository("part", APP)
    installation.repository(
        "whole", {**APP, ".gitattributes": "*.psd filter=lfs diff=lfs merge=lfs -text\n", "a.psd": pointer}
    )
    checkout = installation.root / "whole-checkout"
    installation.git(
        *(
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            str(installation.root / "part.git"),
            "lib/part",
        ),
        at=checkout,
    )
    installation.git("commit", "--quiet", "--message", "with a part", at=checkout)
    installation.git("push", "--quiet", str(installation.root / "whole.git"), "HEAD:main", at=checkout)
    before = installation.git("ls-tree", "-r", "main", "--", "lib", "a.psd", at=installation.root / "whole.git")
    installation.scripts["write a note"] = NOTE
    installation.scripts["another"] = (write("more.txt", "more\n"), say("And another."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "whole.git"))
        session = await installation.ask("write a note")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        session = await installation.reply(session, "another")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert thread.count("The submodules of this repository (`lib/part`) are left empty") == 1
        assert thread.count("Files kept in Git LFS (`*.psd`) stay pointers") == 1
        assert [file.path for file in session.change.diffstat.files] == ["more.txt", "note.txt"]
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
    assert installation.git("ls-tree", "-r", "main", "--", "lib", "a.psd", at=installation.root / "whole.git") == before


async def test_a_set_up_that_fails_on_the_base_starts_no_agent(installation: Installation) -> None:
    rules = '[setup]\nrun = ["true", "echo this is where it breaks >&2; exit 3"]\n' + APP["honk.toml"]
    installation.repository("broken", with_rules(rules))
    installation.scripts["write a note"] = NOTE
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "broken.git"))
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 1), await installation.thread(session)
        assert "`echo this is where it breaks >&2; exit 3` fails on the base branch" in session.error
        assert "this is where it breaks" in session.error.splitlines()[-1]
        assert not installation.model.asked
        installation.push("broken", "honk.toml", '[setup]\nrun = ["true"]\n' + APP["honk.toml"])
        session = await installation.reply(session, "it is mended")
        assert session.phase == Phase.REVIEW, await installation.thread(session)


async def test_tracked_files_that_set_up_edits_are_tested_as_they_are_and_said(installation: Installation) -> None:
    rules = '[setup]\nrun = ["echo resolved >> lock.txt"]\n[verify]\ntest = "grep -q resolved lock.txt"\n'
    installation.repository("stamped", {**with_rules(rules), "lock.txt": "v1\n"})
    installation.scripts["write a note"] = NOTE
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "stamped.git"))
        session = await installation.ask("write a note")
        assert session.phase == Phase.REVIEW, session.error
        assert [(each.name, each.ok) for each in session.verdicts] == [("test", True)]
        assert "Set-up changed `lock.txt`, which git tracks" in await installation.thread(session)
        assert "Set-up has already changed tracked files" in str([seen.body for seen in installation.model.asked])
        stamped = installation.root / "stamped.git"
        assert installation.git("diff", "--name-only", "main", session.change.head, at=stamped) == "note.txt"


async def test_what_was_red_before_is_shown_and_not_blamed(installation: Installation) -> None:
    rules = '[verify]\nlint = "echo lint.py:1: old sin; exit 1"\ntest = "python3 -m unittest -q"\n'
    installation.repository("sinner", with_rules(rules))
    installation.scripts["write a note"] = NOTE
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "sinner.git"))
        session = await installation.ask("write a note")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert "~ lint" in thread
        assert {verdict.name: (verdict.ok, verdict.base_ok) for verdict in session.verdicts} == {
            "lint": (False, False),
            "test": (True, True),
        }
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)


async def test_a_verifier_that_hangs_is_red_at_its_limit(installation: Installation) -> None:
    installation.tune("sandbox", command_minutes=0.04)
    installation.scripts["greet forever"] = (
        read("greet.py"),
        write("greet.py", "while True:\n    pass\n"),
        VERIFY_STEP,
        write("greet.py", 'def greet(name):\n    return f"Hello, {name}"\n'),
        say("It ends now."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("greet forever")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert "Stopped after 2.4 s, the time limit; the result is unknown." in thread
        assert thread.index("? test") < thread.index("✓ test")
