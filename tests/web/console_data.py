"""Sessions in every phase, recorded as a worker would have: for the tests, and to look at the console with."""

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from honk.core import events
from honk.core.change import Change, Diffstat, FileChange
from honk.core.cost import Cost
from honk.core.delivery import Artifact, Preview, Screenshot
from honk.core.events import EventData
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.core.verdict import Finding, Verdict
from honk.previews import qr_code
from honk.storage import store as stores
from honk.storage.blobs import Blobs
from honk.storage.store import Store

ADA = Person(f"local:{os.getuid()}", "Ada Lovelace", "ada@example.com")

RED = """FAILED tests/test_playlist.py::test_empty_playlist_has_a_page - ZeroDivisionError: division by zero

    def average(playlist):
>       return sum(track.seconds for track in playlist.tracks) / len(playlist.tracks)
E       ZeroDivisionError: division by zero

app/playlist.py:41: ZeroDivisionError"""

GREEN = (
    Verdict("format", True, 0.21, "ruff format --check .", "honk.toml"),
    Verdict("lint", True, 0.34, "ruff check .", "honk.toml"),
    Verdict("test", True, 3.9, "pytest -q", "honk.toml", "61 passed"),
)
MIXED = (
    *GREEN[:2],
    Verdict("test", False, 4.2, "pytest -q", "honk.toml", RED),
    Verdict("test (web)", False, 1.2, "npm test --silent", "package.json", "TypeError: x is not a function", False),
)
FLAGS = (
    Finding("tests-skipped", "tests/test_playlist.py", 12, "flag", "the test `test_slow_page` is skipped now"),
    Finding("protected", "infra/nginx.conf", 0, "flag", "this file is protected by [policy] protected"),
)


TEXT = "The page of an empty playlist crashes. It should say that it is empty and invite me to add a song."

SCENES = ("asking2", "working", "paused2", "failed2", "review2", "clean22", "live222", "back222")


@dataclass
class Scene:
    """Tells a session what happens to it. `change` is real: two commits in the mirror."""

    store: Store
    blobs: Blobs
    id: str
    change: Change

    async def tell(self, *told: EventData) -> "Scene":
        for data in told:
            if isinstance(data, events.TurnRequested):
                await self.store.reply(self.id, data)
            else:
                await self.store.record(self.id, data)
        return self

    async def works(self, steps: int = 6) -> "Scene":
        """From the repository to the agent's work."""
        tools = (
            "Read app/playlist.py",
            "Grep average",
            "Edit app/playlist.py",
            "Bash pytest -q tests/test_playlist.py",
        )
        did = [events.AgentToolUsed(*tools[number % 4].split(" ", 1)) for number in range(steps)]
        return await self.tell(
            events.RepoChosen("wavelength", "the only one that has playlists"),
            events.PhaseEntered(Phase.PREPARE),
            events.WorkspacePrepared(self.change.base, "main", self.change.branch, reused=True, seconds=0.041),
            events.PhaseEntered(Phase.WORK),
            events.AgentStarted("claude", "claude-sonnet-4-5", "c0ffee"),
            events.AgentSaid("I'll look at how the playlist page computes its figures first."),
            *did[: steps // 2],
            events.AgentSaid("The average divides by the number of tracks, which is zero here."),
            *did[steps // 2 :],
            events.EgressRecorded("telemetry.example.net", False, "work", "not on this repository's list"),
            events.CostRecorded(Cost(0.0712, 48_211, 1_930), "claude-sonnet-4-5"),
        )

    async def proposes(self, findings: tuple[Finding, ...] = ()) -> "Scene":
        """A red round, a green one, and the pull request."""
        return await (await self.works()).tell(
            events.PhaseEntered(Phase.CHECK),
            events.Verified(1, "agent", "t1", MIXED),
            events.AgentToolUsed("Edit", "app/playlist.py"),
            events.Verified(2, "gate", "t2", GREEN, findings),
            events.AgentEnded(
                "An empty playlist now has a page of its own: no figures, an invitation to add the first track, and a"
                " test for it.\n\nI left the player untouched."
            ),
            events.BranchUpdated(self.change),
            events.PhaseEntered(Phase.PROPOSE),
            events.ChangeProposed(self.change, "done"),
        )

    async def shown(self) -> "Scene":
        """Preview, pictures, a built file; the turn ends in review."""
        shots: list[Screenshot] = []
        for path in ("/", "/playlists/empty", "/about"):
            for when in ("before", "after"):
                shown = picture(path if path == "/about" else f"{path} {when}")
                shots.append(Screenshot(path, when, await self.blobs.put(shown, "screenshot")))
        built = b"PK\x03\x04" + b"apk" * 70_000
        artifact = Artifact("build/wavelength-2.4.apk", await self.blobs.put(built, "artifact"), len(built))
        preview = Preview("http://127.0.0.1/p/old/", (artifact,), tuple(shots), "")
        return await self.tell(
            events.PhaseEntered(Phase.PREVIEW),
            events.PreviewReady(preview),
            events.CostRecorded(Cost(0.031, 20_000, 700)),
            events.PhaseEntered(Phase.REVIEW),
            events.TurnEnded(1, Phase.REVIEW, "done"),
        )

    async def merged(self) -> "Scene":
        return await self.tell(
            events.MergeRequested(self.change.head, ADA, confirmed=True),
            events.Merged(self.change.head, ADA),
            events.PhaseEntered(Phase.DEPLOY),
            events.Deployed(self.change.head, True, 2.1),
            events.PhaseEntered(Phase.WATCH),
        )

    async def live(self) -> "Scene":
        return await (await self.merged()).tell(events.HealthWatched(True, 10.0), events.PhaseEntered(Phase.LIVE))


def picture(text: str) -> bytes:
    """A PNG that nobody has to draw."""
    return qr_code.png(text, scale=6)


async def furnish(home: Path) -> Change:
    """Make a home whose database is there, and knows two repositories; the change that one of them has."""
    mirror = home / "mirrors" / "wavelength.git"
    change = commits(home / "checkout", mirror)
    async with stores.open(f"sqlite:///{home / 'honk.db'}") as store:
        await store.add_repo(Repo("wavelength", str(mirror), "local", "main"))
        await store.add_repo(Repo("billing", "/srv/git/billing.git", "local", "main"))
    return change


@dataclass
class ConsoleData:
    """A store to record sessions in, with a repository that has a change."""

    store: Store
    blobs: Blobs
    change: Change

    async def add_request(self, id: str, text: str, person: Person = ADA) -> Scene:
        await self.store.start(id, events.TurnRequested(1, text, person))
        change = replace(self.change, branch=f"honk/{id}-empty-playlist")
        return Scene(self.store, self.blobs, id, change)

    async def add_all(self, *only: str) -> None:
        """One session in each phase, or those of `only`."""
        for id in only or SCENES:
            await getattr(self, id)(id)

    async def asking2(self, id: str) -> None:
        await (await self.add_request(id, "Make the checkout button bigger on phones")).tell(
            events.QuestionAsked("Which repository is this about?", ("wavelength", "billing")),
            events.TurnEnded(1, Phase.ASKING),
        )

    async def working(self, id: str) -> None:
        await (await self.add_request(id, TEXT)).works(12)

    async def paused2(self, id: str) -> None:
        await (await (await self.add_request(id, "Rewrite the whole player in the new design")).works()).tell(
            events.BudgetReached(5.01, 5.0), events.TurnEnded(1, Phase.PAUSED)
        )

    async def failed2(self, id: str) -> None:
        await (await (await self.add_request(id, TEXT)).works()).tell(
            events.PhaseEntered(Phase.CHECK),
            events.Verified(3, "gate", "t1", MIXED),
            events.NoteAdded("Round 3 of 3 is red.", bad=True),
            events.TurnEnded(
                1,
                Phase.FAILED,
                "",
                "Still red after 3 rounds: test. Nothing was proposed; the work is kept. Reply with a hint to go on,"
                " or `honk cancel` to leave it.",
            ),
        )

    async def review2(self, id: str) -> None:
        await (await (await self.add_request(id, TEXT)).proposes(FLAGS)).shown()

    async def clean22(self, id: str) -> None:
        await (
            await (await self.add_request(id, "Show how long a playlist is, in hours and minutes")).proposes()
        ).shown()

    async def live222(self, id: str) -> None:
        await (await (await (await self.add_request(id, TEXT)).proposes()).shown()).live()

    async def back222(self, id: str) -> None:
        await (await (await (await (await self.add_request(id, TEXT)).proposes()).shown()).live()).tell(
            events.RollbackRequested("Ada Lovelace asked for it", ADA),
            events.NoteAdded("Production is back on the version before; reverting the branch now."),
            events.RolledBack("9" * 40, "Ada Lovelace asked for it", ADA),
            events.PhaseEntered(Phase.ROLLED_BACK),
        )


def commits(checkout: Path, mirror: Path) -> Change:
    """A mirror with a base commit and a change on it."""
    checkout.mkdir(parents=True)
    before = "def average(playlist):\n    return sum(t.seconds for t in playlist.tracks) / len(playlist.tracks)\n"
    rest = "".join(f"\n\ndef figure_{n}(playlist):\n    return playlist.figures[{n}]\n" for n in range(40))
    files: dict[str, bytes] = {
        "app/playlist.py": (before + rest).encode(),
        "app/old_name.py": b"one = 1\ntwo = 2\nthree = 3\nfour = 4\n",
        "app/gone.py": b"nothing = None\n",
        "art/cover.png": picture("cover"),
    }
    for path, content in files.items():
        write(checkout / path, content)
    git(checkout, "init", "--quiet", "--initial-branch=main")
    base = commit(checkout, "base")
    after = before.replace("    return", "    if not playlist.tracks:\n        return 0\n    return")
    (checkout / "app/playlist.py").write_text(after + rest.replace("figures[30]", "figures.get(30, 0)"))
    git(checkout, "mv", "app/old_name.py", "app/new_name.py")
    (checkout / "app/gone.py").unlink()
    write(checkout / "art/cover.png", picture("another cover"))
    write(checkout / "app/<script>alert(1)</script>.py", 'access = "user\u202e \u2066# admin\u2069 \u2066"\n'.encode())
    write(checkout / "app/big.json", b"".join(b'{"row": %d},\n' % number for number in range(3_000)))
    write(checkout / "app/long line.txt", b"x" * 30_000)
    write(
        checkout / "\u0645\u0631\u062d\u0628\u0627 \U0001f986.txt",
        "\u0645\u0631\u062d\u0628\u0627 \U0001f986\n".encode(),
    )
    head = commit(checkout, "change")
    mirror.parent.mkdir(exist_ok=True, parents=True)
    git(checkout, "clone", "--quiet", "--bare", ".", str(mirror))
    stat = git(checkout, "diff", "--numstat", "-M", base, head).splitlines()
    rows = [row.split("\t") for row in stat]
    changed = tuple(FileChange(path, "modified", *(0 if n == "-" else int(n) for n in (a, d))) for a, d, path in rows)
    return Change("", "main", base, head, "", 7, Diffstat(changed))


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def commit(checkout: Path, message: str) -> str:
    git(checkout, "add", "--all")
    git(checkout, "-c", "user.name=Dev", "-c", "user.email=dev@example.com", "commit", "--quiet", "-m", message)
    return git(checkout, "rev-parse", "HEAD")


def git(at: Path, *args: str) -> str:
    done = subprocess.run(("git", *args), cwd=at, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
