"""Every backend passes the conformance suite, as root and as another user; and the suite detects failures."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import honk
from honk.sandboxes import conformance, conformance_behaviour, conformance_isolation
from honk.sandboxes.base import Sandbox
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.sandboxes.conformance_harness import ConformanceCheck
from honk.sandboxes.none import NoSandbox
from honk.sandboxes.podman import Podman


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
async def test_bubblewrap(check: ConformanceCheck, sandbox: Bubblewrap, place: Path) -> None:
    (outcome,) = await conformance.check(sandbox, place / "scratch", (check,))
    assert outcome.ok, outcome.detail


async def test_podman(place: Path) -> None:
    if shutil.which("podman") is None:
        pytest.skip("podman is optional and not installed")
    podman = Podman(place / "run")
    if problem := await podman.problem():
        assert problem.startswith("podman") and problem.endswith(".")
        pytest.skip(problem)
    outcomes = await conformance.check(podman, place / "scratch")
    assert [outcome for outcome in outcomes if not outcome.ok] == []


async def test_the_unsafe_backend_passes_part_of_the_suite(place: Path) -> None:
    outcomes = await conformance.check(
        NoSandbox(place / "run", link=place / "workspace"), place / "scratch", conformance_behaviour.CHECKS, at_once=1
    )
    lost = {outcome.name for outcome in outcomes if not outcome.ok}
    assert lost == {"shows the workspace", "keeps the home", "shows what is given", "limits disk"}
    # The last only because the check writes to /workspace, which is elsewhere here.


_NEED_ISOLATION = [
    check
    for check in conformance_isolation.CHECKS
    if check.__name__
    # many users pass these without a sandbox; and without one, the network check would connect to the hypervisor
    not in {"cannot_outlive_the_run", "is_nobody", "cannot_write_outside", "cannot_reach_the_network"}
]


@pytest.mark.parametrize("check", _NEED_ISOLATION, ids=lambda check: check.__name__)
async def test_the_suite_notices_missing_isolation(check: ConformanceCheck, place: Path) -> None:
    sandbox: Sandbox = NoSandbox(place / "run", link=place / "workspace")
    (outcome,) = await conformance.check(sandbox, place / "scratch", (check,))
    assert not outcome.ok


_AS_ANYBODY = """
import asyncio, sys
from pathlib import Path
from honk.sandboxes import conformance
from honk.sandboxes.bubblewrap import Bubblewrap
place = Path(sys.argv[1])
for outcome in asyncio.run(conformance.check(Bubblewrap(place / "run"), place / "scratch")):
    if not outcome.ok:
        print(outcome.name, outcome.detail)
print("end")
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory of the user nobody with a copy of the tested code, because the checkout may be private."""
    with tempfile.TemporaryDirectory(prefix="honk-") as directory:
        place = Path(directory)
        package = Path(honk.__file__).parent
        for part in ("__init__.py", "files.py", "process.py"):
            (place / "honk").mkdir(exist_ok=True)
            shutil.copy(package / part, place / "honk" / part)
        for part in ("core", "sandboxes"):
            shutil.copytree(package / part, place / "honk" / part, ignore=shutil.ignore_patterns("__pycache__"))
        os.chown(place, 65534, 65534)
        yield place


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests above have run as a plain user")
def test_bubblewrap_without_root(open_place: Path) -> None:
    python = _python_for_anybody()
    drop = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    done = subprocess.run(
        (*drop, python, "-W", "error", "-c", _AS_ANYBODY, str(open_place)),
        cwd=open_place,
        env={"PATH": os.environ["PATH"], "HOME": str(open_place), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("end\n", "")


def _python_for_anybody() -> str:
    works = (
        "setpriv",
        "--reuid=65534",
        "--clear-groups",
        "sh",
        "-c",
        '"$0" -c "import sys; assert sys.version_info > (3, 11)"',
    )
    for python in (str(Path(sys.executable).resolve()), "/usr/bin/python3"):
        if subprocess.run((*works, python), capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no Python ≥ 3.11 here that a plain user may run")
