"""Files that break lesser tools: odd names, binaries, giants, links that lead outside."""

import os
from pathlib import Path

from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Installation, say, shell, write

ODD = ("with space.txt", "two\nlines.txt", "Grüße 世界.txt", 'quote"\\back.txt', "-dash", "täb\tin/ünder.txt")
BYTES = os.fsdecode(b"latin-\xe9.txt")
"""A name that is not UTF-8."""

BINARY = bytes(range(256)) * 400


def odd_base(installation: Installation) -> None:
    """A repository with everything odd that may be in one."""
    checkout = installation.root / "odd-checkout"
    checkout.mkdir()
    (checkout / "passwd").symlink_to("/etc/passwd")
    (checkout / "up").symlink_to("../../outside")
    (checkout / "dangling").symlink_to("not-there")
    (checkout / "huge.bin").write_bytes(os.urandom(1 << 20) * 24)
    installation.repository(
        "odd", {**APP, **{name: f"{name!r}\n" for name in ODD}, BYTES: "latin\n", "logo.png": BINARY}
    )


def at(installation: Installation, session_branch: str, path: str) -> bytes:
    """A file of a branch, as bytes."""
    checkout = installation.root / "look"
    if not checkout.exists():
        installation.git("clone", "--quiet", "--no-checkout", str(installation.root / "odd.git"), str(checkout))
    installation.git("fetch", "--quiet", at=checkout)
    installation.git("checkout", "--quiet", "--force", f"origin/{session_branch}", at=checkout)
    file = checkout / path
    return bytes(file.readlink()) if file.is_symlink() else file.read_bytes()


async def test_odd_names_binaries_and_giants_of_the_base_are_worked_with(installation: Installation) -> None:
    odd_base(installation)
    changes = f"""
import os
for name in {ODD!r}:
    with open(name, "a") as file:
        file.write("more\\n")
os.rename(b"latin-\\xe9.txt", b"latin-\\xe8.txt")
open("new \\n naïve.txt", "w").write("new\\n")
open("logo.png", "wb").write(bytes(range(256))[::-1] * 500)
open("huge.bin", "r+b").close()
os.utime("huge.bin")
os.remove("dangling")
os.symlink("greet.py", "inside")
"""
    installation.scripts["touch everything"] = (
        write("change.py", changes),
        shell("python3 change.py && rm change.py"),
        VERIFY_STEP,
        say("All of it."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "odd.git"))
        session = await installation.ask("touch everything")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        files = {file.path: file for file in session.change.diffstat.files}
        assert {file.status for file in files.values()} >= {"added", "modified"}
        assert "huge.bin" not in files
        assert files["logo.png"].binary
        branch = session.change.branch
        for name in ODD:
            assert at(installation, branch, name) == f"{name!r}\nmore\n".encode()
        assert at(installation, branch, os.fsdecode(b"latin-\xe8.txt")) == b"latin\n"
        assert at(installation, branch, "new \n naïve.txt") == b"new\n"
        assert at(installation, branch, "logo.png") == bytes(range(256))[::-1] * 500
        assert at(installation, branch, "passwd") == b"/etc/passwd", "what the base has is the base's business"
        assert at(installation, branch, "inside") == b"greet.py"
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        session = await installation.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
        assert at(installation, "main", "logo.png") == BINARY


async def test_what_cannot_be_in_a_change_goes_back_to_the_agent_and_then_to_a_person(
    installation: Installation,
) -> None:
    installation.scripts["link it"] = (
        shell("echo kept > kept.txt; ln -s /etc/passwd leak; ln -s ../../up further"),
        VERIFY_STEP,
        say("Linked."),
        say("I insist."),
        say("I insist."),
        say("I insist."),
    )
    installation.scripts["take it out"] = (shell("rm leak further"), say("The links are gone."))
    installation.scripts["a giant"] = (
        shell("head -c 22000000 /dev/urandom > giant.bin"),
        say("A giant."),
        shell("rm giant.bin; mkdir inner; git init -q inner; echo 1 > inner/file"),
        say("A repository in the repository."),
        shell("rm -rf inner/.git"),
        say("Just files now."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("link it")
        thread = await installation.thread(session)
        assert (session.phase, session.status) == (Phase.FAILED, 1), thread
        assert "The link `further` points to `../../up`, outside the repository; point it inside." in session.error
        assert "The work is kept; reply to have it fixed." in session.error
        recorded = [str(message) for seen in installation.model.asked for message in seen.body["messages"]]
        assert any("Not finished: this cannot be proposed. 2 more tries" in text for text in recorded)
        assert not installation.git("branch", "--list", "honk/*", at=installation.root / "app.git")

        session = await installation.reply(session, "take it out")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["kept.txt"]

        session = await installation.reply(session, "a giant")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["inner/file", "kept.txt"]
        recorded = [str(message) for seen in installation.model.asked for message in seen.body["messages"]]
        assert any("giant.bin" in text and "this cannot be proposed" in text for text in recorded)
        assert any("`inner` is a git repository of its own" in text for text in recorded)


async def test_nothing_outside_is_read_through_a_link(installation: Installation, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the host's own\n")
    installation.scripts["swap a directory"] = (
        shell(f"mkdir data && echo 1 > data/secret && rm -r data && ln -s {tmp_path} data; ls data; echo 1 > note.txt"),
        say("Swapped."),
        shell("rm data"),
        say("Gone."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("swap a directory")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["note.txt"]
    recorded = "".join(str(seen.body) for seen in installation.model.asked)
    assert "the host's own" not in recorded
