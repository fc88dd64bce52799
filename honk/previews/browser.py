"""The browser for screenshots: finding it, and starting it without network access.

It runs in a network namespace without routes and in its own sandbox, as nobody where Honk is root. Where it does not
start like this, it is not started at all: its pages are not reviewed. Playwright starts it through a launcher script.
Besides the agent, it is the only program that `honk.process` does not start.
"""

import os
import shlex
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as BrowserError

from honk import files, process
from honk.core.errors import Unavailable

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_NOBODY = 65534
_START_MS = 15_000
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--dns-prefetch-disable",
    "--hide-scrollbars",
    # without a GPU: with a software GPU, tall pages sometimes showed one repeated tile
    "--disable-gpu",
    "--disable-gpu-rasterization",
)


def find() -> Path | None:
    """The system's Chromium or Chrome."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def problem() -> str:
    """Empty when screenshots can be taken; otherwise what is missing and the command that installs it."""
    if find():
        return ""
    release = Path("/etc/os-release")
    is_ubuntu = release.is_file() and "ID=ubuntu" in release.read_text().splitlines()
    command = "sudo snap install chromium" if is_ubuntu else "sudo apt-get install -y chromium"
    return f"There is no Chromium to take screenshots with; run: {command}"


@asynccontextmanager
async def launched(program: Path | None = None) -> AsyncIterator[Browser]:
    """A running browser (`program`, or the system's). Raises Unavailable when it does not start."""
    program = program or find()
    if program is None:
        raise Unavailable(problem())
    async with files.temporary_directory() as directory, _driver() as playwright:
        running = await _launch(playwright, program, directory)
        try:
            yield running
        finally:
            await running.close()


@asynccontextmanager
async def _driver() -> AsyncIterator[Playwright]:
    """Playwright's driver program. Raises Unavailable when it does not start."""
    try:
        playwright = await async_playwright().start()
    except Exception as error:  # noqa: BLE001 - Playwright reports a driver that ends at once as a plain Exception
        message = f"No screenshots: Playwright's driver does not start ({error}). Run: apt-get install libatomic1"
        raise Unavailable(message) from error
    try:
        yield playwright
    finally:
        await playwright.stop()


async def _launch(playwright: Playwright, program: Path, directory: Path) -> Browser:
    try:
        return await playwright.chromium.launch(
            executable_path=_launcher(directory, program),
            chromium_sandbox=True,
            args=_ARGUMENTS,
            env={**process.environment()},
            timeout=_START_MS,
        )
    except BrowserError as error:
        raise Unavailable(
            f"No picture, because {program} does not start without network access and in its own sandbox"
            f" ({error.message.splitlines()[0]}). Without these it is not used. Let this machine allow user namespaces."
        ) from error


def _launcher(directory: Path, program: Path) -> Path:
    """The executable that Playwright starts. The profile is made here, because the user nobody must own it."""
    as_root = os.geteuid() == 0
    directory.chmod(0o711)
    profile = directory / "profile"
    profile.mkdir(mode=0o700)
    if as_root:
        os.chown(profile, _NOBODY, _NOBODY)
    nobody = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--")
    inside = (
        ("unshare", "--net", "--", *nobody) if as_root else ("unshare", "--user", "--map-current-user", "--net", "--")
    )
    home = shlex.quote(str(profile))
    command = shlex.join([*inside, str(program)])
    script = directory / "browser"
    script.write_text(f'#!/bin/sh\nexport HOME={home} TMPDIR={home}\nexec {command} "$@" --user-data-dir={home}\n')
    script.chmod(0o755)
    return script
