"""Each test of the store runs on both databases. PostgreSQL is a throw-away server of our own, without a port.

Its programs are looked for in HONK_TEST_POSTGRES, then in PATH, then where Debian puts them. Without them its half is
skipped on a laptop; under CI it fails, unless HONK_TEST_POSTGRES is `none`.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from honk_simulators.clock import Clock

from honk.storage import store
from honk.storage.store import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/honk.db"
    server: str = request.getfixturevalue("postgres")
    name = f"t{os.urandom(6).hex()}"
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{name}"


@pytest.fixture
async def kept(url: str, clock: Clock) -> AsyncIterator[Store]:
    """An open store."""
    async with store.open(url, clock) as opened:
        yield opened


@pytest.fixture
def processes(url: str) -> Callable[[int, str], None]:
    """Runs code in several processes at once, with `s` for their own store and `n` for their number."""

    def run(count: int, code: str) -> None:
        # Honk is imported once and then forked: what is to happen at once does, and the test stays cheap.
        script = "import asyncio, os, sys, traceback\nfrom honk.core import events\nfrom honk.core.cost import Cost\n"
        script += "from honk.storage import store\nasync def main(n):\n    async with store.open(sys.argv[1]) as s:\n"
        script += f"        {code}\n"
        script += f"for n in range({count}):\n    if os.fork() == 0:\n        try:\n"
        script += "            asyncio.run(main(n))\n            os._exit(0)\n"
        script += "        except BaseException:\n            traceback.print_exc()\n            os._exit(1)\n"
        script += f"sys.exit(max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range({count})))"
        subprocess.run([sys.executable, "-c", script, url], check=True, timeout=120)

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server's URL. Its database is shared, a test takes a schema of its own."""
    programs = _programs()
    # Neither initdb nor the server runs as root; and pytest's own directories are closed to everybody else.
    user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": ()} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="honk-pg-", dir="/tmp") as made:
        place = Path(made)
        if user:
            shutil.chown(place, "nobody")
        run = {"check": True, "capture_output": True, "cwd": place, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
        data = str(place / "data")
        init = [str(programs / "initdb"), "-D", data, "-U", "honk", "--auth=trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(init, **run, **user)
        options = f"-k {place} -c listen_addresses= -c fsync=off -c max_connections=60"
        control = [str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(place / "log")]
        subprocess.run([*control, "-o", options, "start"], **run, **user)
        try:
            yield f"postgresql://honk@/postgres?host={place}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run, **user)


def _programs() -> Path:
    said = os.environ.get("HONK_TEST_POSTGRES", "")
    if said not in ("", "none"):
        return Path(said)
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if said == "none" or not found:
        if os.environ.get("CI") == "true" and said != "none":
            pytest.fail("no PostgreSQL server here; the set-up installs one (package `postgresql`)")
        pytest.skip("no PostgreSQL server here (package `postgresql`)")
    return found[-1]
