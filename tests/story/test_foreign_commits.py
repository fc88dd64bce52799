"""Other people push to a session's branch, or delete it: their work is kept, and the session goes on."""

from honk.core.phase import Phase
from tests.story.conftest import ADA, Installation, read, say, write
from tests.story.test_merge import STRIPPED, TITLED, edit

APP = "app.git"


def push(installation: Installation, branch: str, path: str, content: str) -> str:
    """Somebody commits a file on top of `branch`."""
    app, checkout = installation.root / APP, installation.root / "reviewer"
    installation.git("clone", "--quiet", "--branch", branch, str(app), str(checkout))
    (checkout / path).write_text(content)
    installation.git("add", "--all", at=checkout)
    installation.git("commit", "--quiet", "--message", f"review {path}", at=checkout)
    installation.git("push", "--quiet", "origin", f"HEAD:{branch}", at=checkout)
    head = installation.git("rev-parse", "HEAD", at=checkout)
    checkout.rename(installation.root / f"reviewer-{head}")
    return head


async def test_a_push_to_the_branch_is_named_kept_and_merged_only_after_a_look(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / APP))
        session = await installation.ask("strip the name")
        branch, first = session.change.branch, session.change.head
        theirs = push(installation, branch, "p.txt", "person\n")
        session = await installation.reply(session, "and title it")
        assert session.phase == Phase.REVIEW, session.error
        app = installation.root / APP
        assert installation.git("log", "--format=%H", f"main..{branch}", at=app).split()[1:] == [theirs, first]
        assert installation.file("p.txt", rev=branch) == "person" and installation.file("greet.py", rev=branch)
        thread = await installation.thread(session)
        assert f"Others pushed to `{branch}`: {theirs[:10]} “review p.txt” by Dev." in thread
        assert "Other people" in str(installation.model.asked[-1].body)

        later = push(installation, branch, "q.txt", "again\n")
        spent = len(installation.model.asked)
        session = await installation.merge(session)
        assert (session.phase, session.change.head) == (Phase.REVIEW, later), session.error
        assert "the branch is not what you were shown" in session.error and len(installation.model.asked) == spent
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, session.error
        assert installation.file("q.txt") == "again" and installation.file("p.txt") == "person"


async def test_a_conflict_with_a_push_goes_to_the_agent(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    installation.scripts["go on"] = (read("greet.py"), write("greet.py", TITLED), say("Resolved."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / APP))
        session = await installation.ask("strip the name")
        branch, hook = session.change.branch, installation.root / APP / "hooks" / "pre-receive"
        hook.write_text("#!/bin/sh\necho closed for the night; exit 1\n")
        hook.chmod(0o755)
        session = await installation.reply(session, "and title it")
        assert session.phase == Phase.FAILED and "closed for the night" in session.error
        hook.unlink()
        theirs = push(installation, branch, "greet.py", STRIPPED.replace("strip()", "lstrip()"))
        session = await installation.reply(session, "go on")
        assert session.phase == Phase.REVIEW, session.error
        assert "conflicts with work that is not pushed yet, in `greet.py`" in await installation.thread(session)
        assert "between conflict markers" in str(installation.model.asked[-1].body)
        assert installation.file("greet.py", rev=branch) == TITLED.strip()
        parents = installation.git("show", "-s", "--format=%P", session.change.head, at=installation.root / APP)
        assert parents == theirs


async def test_update_branch_and_a_deleted_branch(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    installation.scripts["a note"] = (write("note.txt", "done\n"), say("Noted."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / APP))
        session = await installation.ask("strip the name")
        app, branch = installation.root / APP, session.change.branch
        moved = installation.push("app", "other.txt", "main went on\n")
        checkout = installation.root / "app-checkout"
        installation.git("fetch", "--quiet", str(app), branch, at=checkout)
        installation.git("merge", "--quiet", "--no-edit", "FETCH_HEAD", at=checkout)
        installation.git("push", "--quiet", str(app), f"HEAD:{branch}", at=checkout)
        session = await installation.reply(session, "and title it")
        assert session.phase == Phase.REVIEW, session.error
        assert session.change.base == moved and [file.path for file in session.change.diffstat.files] == ["greet.py"]

        installation.git("update-ref", "-d", f"refs/heads/{branch}", at=app)
        session = await installation.reply(session, "write a note")
        assert session.phase == Phase.REVIEW and session.requester == ADA, session.error
        assert f"Somebody deleted `{branch}` on the forge." in await installation.thread(session)
        assert installation.git("rev-parse", branch, at=app) == session.change.head


async def test_a_merge_brings_nothing_back_that_was_purged_from_the_base(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    checkout, app = installation.root / "app-checkout", installation.root / APP
    start = installation.main()

    def purge(path: str) -> str:
        installation.git("reset", "--quiet", "--hard", start, at=checkout)
        (checkout / path).write_text("clean\n")
        installation.git("add", "--all", at=checkout)
        installation.git("commit", "--quiet", "--message", "without the secret", at=checkout)
        installation.git("push", "--quiet", "--force", str(app), "HEAD:main", at=checkout)
        return installation.main()

    secret = installation.push("app", "prod.env", "PASSWORD=hunter2\n")
    async with installation.open() as honk:
        await honk.add_repo(str(app))
        session = await installation.ask("strip the name")
        assert session.change.base == secret
        clean = purge("clean.txt")
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and "not what you were shown" in session.error, session.error
        assert f"`main` was rewritten: {secret[:10]}" in await installation.thread(session)
        branch = session.change.branch
        assert installation.git("log", "--format=%P", f"{clean}..{branch}", at=app).split() == [clean]
        again = purge("cleaner.txt")
        session = await installation.reply(session, "and title it")
        assert (session.phase, session.change.base) == (Phase.REVIEW, again), session.error
        assert "do not bring it back" in str(installation.model.asked[-1].body)
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, session.error
        commits = installation.git("rev-list", "main", at=app).split()
        assert secret not in commits and clean not in commits and installation.file("greet.py") == TITLED.strip()
        assert "prod.env" not in installation.git("ls-tree", "--name-only", "main", at=app)


async def test_a_refused_commit_message_is_rewritten_and_the_merge_commit_too(installation: Installation) -> None:
    installation.scripts["strip the name"] = edit("greet.py", STRIPPED)
    installation.scripts["and title"] = edit("greet.py", TITLED)
    hook = installation.root / APP / "hooks" / "pre-receive"
    hook.write_text(
        "#!/bin/sh\nwhile read o n r; do for c in $(git rev-list $n --not --all); do git log -1 --format=%s $c |"
        ' grep -q "^SHOP-[0-9]" || { echo "commit message must start with a ticket"; exit 1; }; done; done\n'
    )
    hook.chmod(0o755)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / APP))
        session = await installation.ask("strip the name (SHOP-12)")
        assert session.phase == Phase.REVIEW, session.error
        session = await installation.reply(session, "and title it")
        assert session.phase == Phase.REVIEW, session.error
        assert "commit message must start with a ticket" in await installation.thread(session)
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, session.error
        subjects = installation.git("log", "--format=%s", "main", at=installation.root / APP).splitlines()
        assert len(subjects) == 4 and all(subject.startswith("SHOP-12") for subject in subjects[:3]), subjects
