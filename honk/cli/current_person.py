"""Who sits at this terminal."""

import getpass
import os
import socket

from honk import process
from honk.core.person import Person
from honk.settings import PeopleSettings


async def here(configured: PeopleSettings) -> Person:
    """The operating system's user, with the name and e-mail of the settings, of git, or of the login, in that order."""
    login = getpass.getuser()
    name = configured.name or await _git("user.name") or login
    email = configured.email or await _git("user.email") or f"{login}@{socket.gethostname()}"
    return Person(f"local:{os.getuid()}", name, email)


async def _git(key: str) -> str:
    found = await process.run(("git", "config", "--get", key))
    return found.text.strip()
