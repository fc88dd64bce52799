"""The sample project as it is delivered: its own checks, its server, its deploy script."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from honk.core import honk_toml
from honk.demo import seed


def direct(url: str) -> tuple[int, str]:
    """Status and text of a page, whatever proxy this machine has."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def run(project: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **extra}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=60)


class TestSeed:
    def test_the_copy_is_clean_and_can_be_deployed(self, project: Path) -> None:
        assert os.access(project / "deploy.sh", os.X_OK)
        assert not list(project.rglob("__pycache__"))
        assert (project / ".gitignore").exists()

    def test_nothing_is_overwritten(self, project: Path) -> None:
        with pytest.raises(FileExistsError, match="not empty"):
            seed.materialise(project)


class TestChecks:
    def test_honk_understands_the_settings(self, project: Path) -> None:
        settings = honk_toml.parse((project / "honk.toml").read_text())
        assert settings.preview.ready == "/health"
        assert settings.deploy.run == "DEPLOY_COMMIT=$HONK_SHA ./deploy.sh"

    @pytest.mark.parametrize("kind", ["format", "lint", "test"])
    def test_the_projects_own_verifiers_are_green(self, project: Path, kind: str) -> None:
        command = getattr(honk_toml.parse((project / "honk.toml").read_text()).verify, kind)
        done = run(project, "sh", "-c", command)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_nothing_but_the_standard_library_is_used(self, project: Path) -> None:
        modules = "import sys, app.__main__; print(*{name.partition('.')[0] for name in sys.modules})"
        done = run(project, sys.executable, "-S", "-c", modules)
        assert set(done.stdout.split()) - sys.stdlib_module_names - {"app", "__main__"} <= {"_distutils_hack"}


class TestServer:
    @pytest.fixture
    def address(self, project: Path) -> Iterator[str]:
        command = [sys.executable, "-B", "-m", "app", "--port", "0"]
        with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            assert server.stdout
            yield server.stdout.readline().split()[-1].decode().rstrip("/")
            server.terminate()
            assert server.wait(10) == 0

    def test_pages_and_health_are_answered(self, address: str) -> None:
        status, home = direct(f"{address}/")
        assert (status, "Night Ferry" in home) == (200, True)
        assert json.loads(direct(f"{address}/health")[1])["status"] == "ok"

    def test_the_latent_bug_is_there(self, address: str) -> None:
        status, page = direct(f"{address}/playlist/letters-to-sunday")
        assert (status, "This page skipped" in page) == (500, True)
        assert direct(f"{address}/")[0] == 200


class Production:
    """One production of the project, on a port of its own."""

    def __init__(self, project: Path, root: Path) -> None:
        self.project, self.root = project, root
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def deploy(self, *words: str, commit: str = "") -> subprocess.CompletedProcess[str]:
        where = {"DEPLOY_ROOT": str(self.root), "DEPLOY_PORT": str(self.port)}
        return run(self.project, "./deploy.sh", *words, **where, **({"DEPLOY_COMMIT": commit} if commit else {}))

    def live(self) -> str | None:
        try:
            return str(json.loads(direct(f"http://127.0.0.1:{self.port}/health")[1])["commit"])
        except OSError:
            return None

    def process(self) -> int:
        return int((self.root / "app.pid").read_text().split()[0])


class TestDeploy:
    @pytest.fixture
    def production(self, project: Path, tmp_path: Path) -> Iterator[Production]:
        production = Production(project, tmp_path / "production")
        yield production
        assert production.deploy("--stop").returncode == 0
        assert production.live() is None
        assert not (production.root / "app.pid").exists()

    def test_a_release_goes_live_and_stays_when_deployed_again(self, production: Production) -> None:
        assert production.deploy(commit="a" * 40).returncode == 0
        first = production.process()
        again = production.deploy(commit="a" * 40)
        assert "is live already" in again.stdout
        assert (production.live(), production.process()) == ("a" * 40, first)

    def test_the_same_deploy_revives_a_dead_process(self, production: Production) -> None:
        production.deploy(commit="a" * 40)
        os.kill(production.process(), signal.SIGKILL)
        assert production.deploy(commit="a" * 40).returncode == 0
        assert production.live() == "a" * 40

    def test_back_to_the_release_before(self, production: Production) -> None:
        for commit in ("a" * 40, "b" * 40):
            production.deploy(commit=commit)
        assert production.live() == "b" * 40
        assert production.deploy("--previous").returncode == 0
        assert production.live() == "a" * 40
        nowhere = production.deploy("--previous")
        assert (nowhere.returncode, production.live()) == (1, "a" * 40)
        assert "there is no release before" in nowhere.stderr

    def test_taking_back_by_name_does_it_once(self, production: Production) -> None:
        for commit in ("a" * 40, "b" * 40, "c" * 40):
            production.deploy(commit=commit)
        for _ in range(2):
            assert production.deploy("--previous", "c" * 40).returncode == 0
            assert production.live() == "b" * 40

    def test_a_release_that_does_not_come_up_says_why_and_can_be_taken_back(self, production: Production) -> None:
        production.deploy(commit="a" * 40)
        main = production.project / "app/__main__.py"
        main.write_text("raise SystemExit('no music today')\n")
        broken = production.deploy(commit="b" * 40)
        assert (broken.returncode, production.live()) == (1, None)
        assert "no music today" in broken.stderr
        assert production.deploy("--previous").returncode == 0
        assert production.live() == "a" * 40

    def test_a_commit_is_taken_from_git_or_from_the_contents(self, production: Production) -> None:
        production.deploy()
        assert str(production.live()).startswith("tree-")
        git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all of it"]):
            subprocess.run([*git, *words], cwd=production.project, check=True)
        production.deploy()
        head = subprocess.run([*git, "rev-parse", "HEAD"], cwd=production.project, capture_output=True, text=True)
        assert production.live() == head.stdout.strip()

    def test_a_missing_setting_is_named(self, project: Path) -> None:
        done = run(project, "./deploy.sh")
        assert (done.returncode, done.stderr) == (1, "deploy: DEPLOY_ROOT is not set\n")
