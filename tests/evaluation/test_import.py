"""`honk eval import`: tasks from the merged changes of a repository made with git."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Honk, honk

__all__ = ["honk"]

TEST = """import unittest
from shop import twice

class ShopTest(unittest.TestCase):
    def test_twice(self):
"""


class Repository:
    """A checkout in which a team works with branches and merges."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str) -> None:
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(("git", *who, *args), cwd=self.path, check=True, capture_output=True)

    def commit(self, message: str, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def merge(self, branch: str, message: str, commits: dict[str, dict[str, str | bytes]]) -> None:
        self.git("checkout", "-qb", branch)
        for subject, files in commits.items():
            self.commit(subject, files)
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", message, branch)


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    repo = Repository(tmp_path / "shop")
    toml = (
        '[setup]\nrun = ["echo ready > set-up.txt"]\n[verify]\ntest = "test -f set-up.txt && python3 -m unittest -q"\n'
    )
    repo.commit(
        "Start",
        {
            "shop.py": "def twice(n):\n    return n * 2\n",
            "test_shop.py": TEST + "        self.assertEqual(twice(2), 4)\n",
            "honk.toml": toml,
            "logo.png": b"\x89PNG\x00\xff",
        },
    )
    repo.merge(
        "typo", "Merge branch 'typo'", {"Comment only": {"shop.py": "# numbers\ndef twice(n):\n    return n * 2\n"}}
    )
    repo.merge(
        "none",
        "Merge pull request #2 from dev/none\n\nTwice of None is 0",
        {
            "wip": {"shop.py": "def twice(n):\n    return (n or 0) * 2\n"},
            "tests": {"test_shop.py": TEST + "        self.assertEqual(twice(None), 0)\n"},
        },
    )
    repo.commit(
        "Add thrice (#3)",
        {
            "shop.py": "def twice(n):\n    return (n or 0) * 2\n\n\ndef thrice(n):\n    return n * 3\n",
            "tests/__init__.py": "",
            "tests/test_thrice.py": "import unittest\nfrom shop import thrice\n\nclass ThriceTest(unittest.TestCase):\n"
            "    def test_thrice(self):\n        self.assertEqual(thrice(2), 6)\n",
        },
    )
    repo.commit("New logo", {"logo.png": b"\x89PNG\x00\xfe", "test_shop.py": TEST + "        pass\n"})
    repo.commit("More tests", {"tests/test_more.py": "import unittest\n"})
    return repo


def test_merged_changes_with_tests_become_tasks_that_are_proved(honk: Honk, shop: Repository, tmp_path: Path) -> None:
    into = tmp_path / "tasks"
    done = honk("eval", "import", str(shop.path), "--last", "50", "--into", str(into))
    assert done.returncode == 0, done.stderr
    said = {line.split(" ", 1)[1].split(": ")[0]: line for line in done.stdout.splitlines()}
    assert "it changes tests only" in said["More tests"]
    assert "it changes `logo.png`, which is binary" in said["New logo"]
    assert str(into) in said["Add thrice"]
    assert str(into) in said["Twice of None is 0"]
    assert "it changes no tests" in said["Comment only"]
    assert "it is the first commit" in said["Start"]
    assert "2 tasks in" in done.stdout
    proved = honk("eval", "--prove", str(into))  # runs the set-up, too
    assert proved.returncode == 0, proved.stdout + proved.stderr
    solved = honk("eval", "--agent", "known:good", str(into))
    assert "100.0 % (2 of 2" in " ".join(solved.stdout.split()), solved.stdout + solved.stderr


def test_a_repository_without_checks_gives_no_task(honk: Honk, tmp_path: Path) -> None:
    repo = Repository(tmp_path / "notes")
    repo.commit("Start", {"a.txt": "1\n"})
    repo.commit("Change", {"a.txt": "2\n", "tests/a.txt": "3\n"})
    done = honk("eval", "import", str(repo.path), "--into", str(tmp_path / "tasks"))
    assert done.returncode == 1 and "name the command with --check" in done.stdout
    done = honk("eval", "import", str(repo.path), "--into", str(tmp_path / "tasks"), "--check", "grep 2 a.txt")
    assert done.returncode == 0 and "1 task in" in done.stdout
