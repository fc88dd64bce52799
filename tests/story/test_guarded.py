"""The guard: what weakens the checks is refused with the reason; what is flagged takes a person's eyes."""

from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Installation, read, say, shell, write

TOKEN = "ghp_" + "b7Kq9ZtR2mX4" * 3

CHEATS = {
    "delete the test": (
        shell("rm test_greet.py"),
        "test_greet.py",
        "This file is deleted, and with it one test (test_",
    ),
    "weaken the rules": (shell("sed -i 's/^test = .*/test = \"true\"/' honk.toml"), "honk.toml", "switched off"),
    "keep the token": (write("keys.py", f'TOKEN = "{TOKEN}"\n'), "keys.py:1", "looks like a real credential"),
    "touch what is protected": (write("infra/main.tf", "x\n"), "infra/main.tf", "honk.toml protects this path"),
}
"""Requests, what the agent does about them, the path that is named and a part of the reason."""

ROUNDS = 2


async def test_a_change_that_weakens_its_checks_is_refused_with_the_reason(installation: Installation) -> None:
    rules = f'{APP["honk.toml"]}[policy]\nprotected = ["infra/**"]\n[agent]\nmax_rounds = {ROUNDS}\n'
    installation.push("app", "honk.toml", rules)
    for request, (step, _, _) in CHEATS.items():
        installation.scripts[request] = (step, VERIFY_STEP, *[say("It is done.")] * 3)
    installation.scripts["take it back"] = (
        shell("git checkout --quiet . && git clean --quiet --force -d; echo done > note.txt"),
        say("An honest change."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        for request, (_, path, reason) in CHEATS.items():
            session = await installation.ask(request)
            thread = await installation.thread(session)
            assert (session.phase, session.status) == (Phase.FAILED, 1), thread
            assert f"Not proposed, because a guard rule forbids it: {path}" in session.error
            assert reason in session.error
            assert TOKEN not in session.error
            sent_back = [
                str(seen.body["messages"][-1]) for seen in installation.model.asked if request in str(seen.body)
            ]
            assert sum("this change cannot be proposed" in text for text in sent_back) == ROUNDS
            assert not installation.git("branch", "--list", "honk/*", at=installation.root / "app.git")

        session = await installation.reply(session, "take it back")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert session.guard == ()


async def test_a_protected_pattern_without_a_file_is_said(installation: Installation) -> None:
    installation.push("app", "honk.toml", f'{APP["honk.toml"]}[policy]\nprotected = ["infra/**"]\n')
    installation.scripts["a note"] = (write("note.txt", "done\n"), say("I wrote a note."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("a note")
        assert (session.phase, session.unmatched) == (Phase.REVIEW, ("infra/**",))
        assert "the protected pattern `infra/**` matches no file" in await installation.thread(session)


async def test_what_is_flagged_merges_only_when_somebody_says_that_they_looked(installation: Installation) -> None:
    installation.scripts["add a preview"] = (
        read("honk.toml"),
        write("honk.toml", f'{APP["honk.toml"]}[preview]\nserve = "python3 -m http.server $PORT"\n'),
        say("There is a preview now."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("add a preview")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert [(found.path, found.severity) for found in session.guard] == [("honk.toml", "flag")]
        assert "please look: honk.toml" in thread
        before = installation.main()
        session = await installation.merge(session)
        assert (session.phase, session.status) == (Phase.REVIEW, 1)
        assert "Somebody has to look at this first, and say so: honk.toml" in session.error
        assert installation.main() == before
        session = await installation.merge(session, confirmed=True)
        assert (session.phase, session.status) == (Phase.LIVE, 0), await installation.thread(session)
        assert "[preview]" in installation.file("honk.toml")


async def test_the_rules_of_a_session_are_those_of_its_base(installation: Installation) -> None:
    """A change to the rules has no say in its own session, in later turns neither."""
    installation.scripts["open the doors"] = (
        shell("printf '[egress]\\nwork = [\"*\"]\\n' >> honk.toml"),
        say("Opened."),
    )
    installation.scripts["walk out"] = (shell("curl -sS https://example.com; echo tried > note.txt"), say("Tried."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("open the doors")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        session = await installation.reply(session, "walk out")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [(row.host, row.allowed) for row in session.egress] == [("example.com", False)]
