"""Plays a session on the sample project: request, agent, checks, preview, merge, deploy, rollback."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from honk import backends, files, process, secrets
from honk.client import Call
from honk.core.errors import Unavailable, UsageError
from honk.core.events import Event
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.demo import seed
from honk.demo.requests import REQUESTS, Request
from honk.server import RunningServer
from honk.service import HonkService
from honk.settings import FILENAME, ModelCredential, Settings
from honk.testing import model

PROJECT = "wavelength"
REQUESTER = Person(f"local:{os.getuid()}", "Robin", "robin@wavelength.example")
"""The person who makes the request."""

PATIENCE = 30.0
"""Seconds between two looks at a proposed session that is not ready; its events wake the demo at once."""

PREFIX = "honk-demo-"
SCRIPTED_KEY = "no-key-is-needed-for-the-demo"


@dataclass(frozen=True)
class DemoSetup:
    """What a demo runs on: a fresh HONK_HOME, the sample project's repository, and the project in production.

    `scripted`: the model's answers are scripted. `unsealed`: why this machine has no sandbox, empty when it has one.
    `address` is the repository's address, empty for a directory; `ready` says of a proposed session whether it can be
    merged now.
    """

    root: Path
    settings: Settings
    production: str
    scripted: bool
    unsealed: str
    address: str = ""
    ready: Callable[[Session], bool] = bool

    @property
    def repository(self) -> Path:
        """The sample project as a bare repository."""
        return self.root / f"{PROJECT}.git"


Show = Callable[[Event], None]


async def play(service: HonkService, at: DemoSetup, request: Request, show: Show) -> AsyncIterator[Session]:
    """Ask, merge, roll back. Yields the session after each: proposed, live, rolled back.

    Ends early when one of them fails; the session says why.
    """
    await service.add_repo(at.address or str(at.repository), PROJECT)
    session = await service.ask(request.text, REQUESTER)
    seen = 0

    async def until_quiet() -> Session:
        nonlocal seen
        async for _, event in service.events(session.id, after=seen, follow=True):
            seen = event.seq
            show(event)
        return await service.session(session.id)

    session = await until_quiet()
    while session.phase == Phase.REVIEW and not at.ready(session):
        await service.services.store.wait(session.id, seen, timeout=PATIENCE)
        session = await until_quiet()
    yield session
    if session.phase != Phase.REVIEW:
        return
    merge = Call(session.id, REQUESTER, head=session.change.head, confirmed=bool(session.guard))
    await service.command("merge", merge)
    yield (session := await until_quiet())
    if session.phase != Phase.LIVE:
        return
    await service.command("rollback", Call(session.id, REQUESTER))
    yield await until_quiet()


def leave_running(at: DemoSetup, served: RunningServer) -> None:
    """Start a server process on the same home and address, so that the links which were shown keep working."""
    if at.unsealed:
        files.write(at.settings.home / FILENAME, '[sandbox]\nbackend = "unsafe-none"\n')
    host, _, port = served.local.removeprefix("http://").rpartition(":")
    argv = (sys.executable, "-m", "honk.cli.main", "serve", "--host", host, "--port", port)
    env = process.environment({"HONK_HOME": str(at.settings.home)})
    process.detach(argv, env=env, log=at.root / "server.log")


@asynccontextmanager
async def stage(settings: Settings, *, keep: bool) -> AsyncIterator[DemoSetup]:
    """Set up the demo in a temporary directory; unless `keep`, remove it afterwards."""
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    async with AsyncExitStack() as stack:
        scripted = not settings.model
        own = replace(settings, home=root / "home", database_url=f"sqlite:///{root / 'home/honk.db'}")
        if scripted:
            scripts = {request.text: request.script for request in REQUESTS}
            stand_in = await stack.enter_async_context(model.serve(scripts, key=SCRIPTED_KEY))
            own = replace(own, model=ModelCredential(stand_in.url, SCRIPTED_KEY))
        own, unsealed = await _sealed(own)
        environment = {"DEPLOY_ROOT": str(root / "production"), "DEPLOY_PORT": str(_free_port())}
        secrets.store_for_deploy(own.home, PROJECT, environment)
        await _first_release(root, environment)
        try:
            yield DemoSetup(root, own, f"http://127.0.0.1:{environment['DEPLOY_PORT']}", scripted, unsealed)
        finally:
            if not keep:
                await _remove(root, environment)


async def origin(root: Path) -> Path:
    """The sample project as a bare repository with one commit."""
    bare, checkout = root / f"{PROJECT}.git", root / "checkout"
    seed.materialise(checkout)
    who = ("-c", f"user.name={REQUESTER.name}", "-c", f"user.email={REQUESTER.email}", "-c", "commit.gpgsign=false")
    for argv in (
        ("git", "init", "--quiet", "--initial-branch=main", str(checkout)),
        ("git", "-C", str(checkout), "add", "--all"),
        ("git", "-C", str(checkout), *who, "commit", "--quiet", "--message", "Wavelength, as it is today"),
        ("git", "clone", "--quiet", "--bare", str(checkout), str(bare)),
    ):
        done = await process.run(argv)
        if not done.ok:
            raise Unavailable(f"git could not make the sample repository: {_complaint(done)}")
    return bare


async def _first_release(root: Path, environment: dict[str, str]) -> None:
    """Deploy the sample project as it is before the request."""
    bare = await origin(root)
    sha = (await process.run(("git", "-C", str(bare), "rev-parse", "main"))).text.strip()
    env = process.environment({**environment, "HONK_SHA": sha})
    done = await process.run(("./deploy.sh",), cwd=root / "checkout", env=env, timeout=60.0)
    if not done.ok:
        raise Unavailable(f"The sample app does not start on this machine: {_complaint(done)}")


async def _remove(root: Path, environment: dict[str, str]) -> None:
    await process.run(("./deploy.sh", "--stop"), cwd=root / "checkout", env=process.environment(environment))
    await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)


async def _sealed(settings: Settings) -> tuple[Settings, str]:
    """The settings, and why there is no sandbox: only the demo may run without one."""
    files.private_directory(settings.run)
    files.private_directory(settings.home)
    problem = await (await backends.sandbox(settings)).problem()
    if not problem:
        return settings, ""
    file = replace(settings.file, sandbox=replace(settings.file.sandbox, backend="unsafe-none"))
    return replace(settings, file=file), problem


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def stop(root: Path) -> int:
    """End what `--keep` left: the server, production, and the directory. Raises UsageError for any other directory."""
    home = root / "home"
    if not root.name.startswith(PREFIX) or not (root / f"{PROJECT}.git").is_dir():
        raise UsageError(f"{root} is not the directory of a demo; it is named in the last lines of `honk demo --keep`.")
    remedy = f"End the server (`honk serve`) and the processes below {root} yourself, then remove that directory."
    if (address := files.read_json(home / "server.json", ("pid",), remedy)) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(address["pid"]), signal.SIGTERM)
    await _remove(root, secrets.for_deploy(home, PROJECT))
    return 0


def _complaint(done: process.Finished) -> str:
    return done.stderr.decode(errors="replace").strip()
