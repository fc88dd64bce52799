"""Files that break lesser tools: odd names, binaries, giants, links that lead outside."""

import os
from pathlib import Path

from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Town, say, shell, write

ODD = ("with space.txt", "two\nlines.txt", "Grüße 世界.txt", 'quote"\\back.txt', "-dash", "täb\tin/ünder.txt")
BYTES = os.fsdecode(b"latin-\xe9.txt")
"""A name that is not UTF-8."""

BINARY = bytes(range(256)) * 400


def odd_base(town: Town) -> None:
    """A repository with everything odd that may be in one."""
    checkout = town.root / "odd-checkout"
    checkout.mkdir()
    (checkout / "passwd").symlink_to("/etc/passwd")
    (checkout / "up").symlink_to("../../outside")
    (checkout / "dangling").symlink_to("not-there")
    (checkout / "huge.bin").write_bytes(os.urandom(1 << 20) * 24)
    town.repository("odd", {**APP, **{name: f"{name!r}\n" for name in ODD}, BYTES: "latin\n", "logo.png": BINARY})


def at(town: Town, session_branch: str, path: str) -> bytes:
    """A file of a branch, as bytes."""
    checkout = town.root / "look"
    if not checkout.exists():
        town.git("clone", "--quiet", "--no-checkout", str(town.root / "odd.git"), str(checkout))
    town.git("fetch", "--quiet", at=checkout)
    town.git("checkout", "--quiet", "--force", f"origin/{session_branch}", at=checkout)
    file = checkout / path
    return bytes(file.readlink()) if file.is_symlink() else file.read_bytes()


async def test_odd_names_binaries_and_giants_of_the_base_are_worked_with(town: Town) -> None:
    odd_base(town)
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
    town.scripts["touch everything"] = (
        write("change.py", changes),
        shell("python3 change.py && rm change.py"),
        VERIFY_STEP,
        say("All of it."),
    )
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "odd.git"))
        session = await town.ask("touch everything")
        thread = await town.thread(session)
        assert session.phase == Phase.REVIEW, thread
        files = {file.path: file for file in session.change.diffstat.files}
        assert {file.status for file in files.values()} >= {"added", "modified"}
        assert "huge.bin" not in files
        assert files["logo.png"].binary
        branch = session.change.branch
        for name in ODD:
            assert at(town, branch, name) == f"{name!r}\nmore\n".encode()
        assert at(town, branch, os.fsdecode(b"latin-\xe8.txt")) == b"latin\n"
        assert at(town, branch, "new \n naïve.txt") == b"new\n"
        assert at(town, branch, "logo.png") == bytes(range(256))[::-1] * 500
        assert at(town, branch, "passwd") == b"/etc/passwd", "what the base has is the base's business"
        assert at(town, branch, "inside") == b"greet.py"
        session = await town.merge(session)
        assert session.phase == Phase.LIVE, await town.thread(session)
        session = await town.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await town.thread(session)
        assert at(town, "main", "logo.png") == BINARY


async def test_what_cannot_be_in_a_change_goes_back_to_the_agent_and_then_to_a_person(town: Town) -> None:
    town.scripts["link it"] = (
        shell("echo kept > kept.txt; ln -s /etc/passwd leak; ln -s ../../up further"),
        VERIFY_STEP,
        say("Linked."),
        say("I insist."),
        say("I insist."),
        say("I insist."),
    )
    town.scripts["take it out"] = (shell("rm leak further"), say("The links are gone."))
    town.scripts["a giant"] = (
        shell("head -c 22000000 /dev/urandom > giant.bin"),
        say("A giant."),
        shell("rm giant.bin; mkdir inner; git init -q inner; echo 1 > inner/file"),
        say("A repository in the repository."),
        shell("rm -rf inner/.git"),
        say("Just files now."),
    )
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        session = await town.ask("link it")
        thread = await town.thread(session)
        assert (session.phase, session.status) == (Phase.FAILED, 1), thread
        assert "The link `further` points to `../../up`, outside the repository; point it inside." in session.error
        assert "The work is kept; reply to have it fixed." in session.error
        told = [str(message) for seen in town.model.asked for message in seen.body["messages"]]
        assert any("Not finished: this cannot be proposed. 2 more tries" in text for text in told)
        assert not town.git("branch", "--list", "honk/*", at=town.root / "app.git")

        session = await town.reply(session, "take it out")
        assert session.phase == Phase.REVIEW, await town.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["kept.txt"]

        session = await town.reply(session, "a giant")
        assert session.phase == Phase.REVIEW, await town.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["inner/file", "kept.txt"]
        told = [str(message) for seen in town.model.asked for message in seen.body["messages"]]
        assert any("giant.bin" in text and "this cannot be proposed" in text for text in told)
        assert any("`inner` is a git repository of its own" in text for text in told)


async def test_nothing_outside_is_read_through_a_link(town: Town, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the host's own\n")
    town.scripts["swap a directory"] = (
        shell(f"mkdir data && echo 1 > data/secret && rm -r data && ln -s {tmp_path} data; ls data; echo 1 > note.txt"),
        say("Swapped."),
        shell("rm data"),
        say("Gone."),
    )
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        session = await town.ask("swap a directory")
        assert session.phase == Phase.REVIEW, await town.thread(session)
        assert [file.path for file in session.change.diffstat.files] == ["note.txt"]
    told = "".join(str(seen.body) for seen in town.model.asked)
    assert "the host's own" not in told
