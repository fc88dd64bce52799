"""A check that repairs what it should report, as `honk verify` shows it."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from honk.core.job import JobLimits
from honk.core.verdict import Verdict
from honk.pipeline.verification.local_verify import Inspector
from honk.sandboxes.bubblewrap import Bubblewrap

UNTIDY = "x = 1 \n"
TOML = """\
[verify]
format = "sed -i 's/ $//' m.py"
lint = "cp m.py copy; cp copy m.py; echo > report.txt"
build = "echo built > built.js"
test = ""
"""


@asynccontextmanager
async def closed(directory: Path, allow: tuple[str, ...]) -> AsyncIterator[None]:
    raise AssertionError("there is no set-up")
    yield


def git(at: Path, *args: str) -> None:
    identity = ("-c", "user.name=Dev", "-c", "user.email=dev@invalid")
    subprocess.run(("git", *identity, *args), cwd=at, check=True, capture_output=True)


async def verified(root: Path, overlay: bool, base: str = "") -> dict[str, Verdict]:
    (root / "p").mkdir(exist_ok=True)
    limits = JobLimits(seconds=60, memory_mb=512)
    inspector = Inspector(Bubblewrap(root / "run"), closed, limits, overlay, root / "p", lambda verdict: None)
    return {verdict.name: verdict for verdict in (await inspector.inspect(root / "shop", base)).verdicts}


@pytest.mark.parametrize("overlay", [True, False])
async def test_a_check_that_repairs_is_not_green(tmp_path: Path, overlay: bool) -> None:
    at = tmp_path / "shop"
    at.mkdir()
    for name, text in (("m.py", UNTIDY), ("honk.toml", TOML), ("built.js", "")):
        (at / name).write_text(text)
    git(at, "init", "-q", "-b", "main")
    git(at, "add", "-A")
    git(at, "commit", "-qm", "start")
    found = await verified(tmp_path, overlay)
    assert found["format"].state == "failed" and found["format"].blames
    assert found["format"].note.startswith("This check rewrote 1 file instead of reporting: m.py.")
    assert found["lint"].ok and found["build"].ok, "the same content, new files and outputs of a build are no repair"
    assert (at / "m.py").read_text() == UNTIDY
    (at / "m.py").write_text("y = 1 \n")
    known = (await verified(tmp_path, overlay, "HEAD"))["format"]
    assert known.state == "failed" and not known.blames, "the base needs the same repair"
    (at / "m.py").write_text("x = 1\n")
    assert all(verdict.ok for verdict in (await verified(tmp_path, overlay)).values())
