"""`honk demo`: what a newcomer sees first."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from honk.demo.requests import REQUESTS
from tests.cli.conftest import Honk


def test_the_backlog(honk: Honk) -> None:
    said = honk("demo", "--list").stdout
    assert all(request.name in said for request in REQUESTS)


def test_an_unknown_request(honk: Honk) -> None:
    done = honk("demo", "page-mtach")
    assert done.returncode == 2 and "page-match" in done.stderr


@pytest.mark.parametrize("option", ["--slack", "--github"])
def test_without_the_simulators_it_names_the_package_to_install(option: str, tmp_path: Path) -> None:
    program = "import sys; sys.modules['honk_simulators'] = None; from honk.cli.main import main; main()"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HONK_HOME": str(tmp_path)}
    argv = (sys.executable, "-c", program, "demo", option)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert option in done.stderr and "pip install ./simulators" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    [
        request.name if request.name == "empty-playlist" else pytest.param(request.name, marks=pytest.mark.long)
        for request in REQUESTS
    ],
)
def test_the_story_reaches_live_and_rolls_back(honk: Honk, name: str, tmp_path: Path) -> None:
    done = honk("demo", name, "--json", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    session = json.loads(done.stdout)
    assert session["phase"] == "rolled_back"
    assert session["ship"]["deployed"] and session["ship"]["healthy"] and session["ship"]["reverted_sha"]
    assert all(verdict["ok"] for verdict in session["verdicts"])
    assert session["preview"]["url"]
    assert "the model's answers are scripted" in done.stderr, "a model that is not one is announced as such"
    assert "✗" in done.stderr, "one attempt fails a verifier and is corrected"
    assert not list(tmp_path.glob("honk-demo-*")), "nothing is left behind"


@pytest.mark.long
def test_the_story_in_slack(honk: Honk, tmp_path: Path) -> None:
    done = honk("demo", "--slack", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    for line in ("Robin: @", "Ready for you", "[Merge]", "Live and healthy", "[Roll back]", "Rolled back by"):
        assert line in done.stdout
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("    ✓ Merged")]
    assert len(lines) == 1, "a line that stays is said once"
    assert not list(tmp_path.glob("honk-demo-*"))


@pytest.mark.long
def test_the_story_on_github(honk: Honk, tmp_path: Path) -> None:
    done = honk("demo", "--github", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    for line in ("✓ test", "no draft any more", "Reverted by pull request #2", "[merged] robin", "check test: success"):
        assert line in said, line
    assert not list(tmp_path.glob("honk-demo-*"))


def test_a_simulated_slack_is_not_kept(honk: Honk) -> None:
    done = honk("demo", "--slack", "--keep")
    assert done.returncode == 2
    assert "ends with the demo" in done.stderr
