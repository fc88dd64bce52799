"""`honk eval import`: tasks from merged changes."""

import subprocess
from pathlib import Path

from tests.cli.conftest import Honk, honk

__all__ = ["honk"]


def commit(repo: Path, message: str, **texts: str) -> None:
    for name, text in texts.items():
        (repo / f"{name}.py").write_text(text)
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(("git", "add", "-A"), cwd=repo, check=True)
    subprocess.run(("git", *who, "commit", "-qm", message), cwd=repo, check=True)


def test_a_merged_change_with_tests_becomes_a_task_that_is_proved(honk: Honk, tmp_path: Path) -> None:
    repo = tmp_path / "shop"
    subprocess.run(("git", "init", "-q", "-b", "main", str(repo)), check=True)
    test = "import unittest\nfrom shop import twice\n\nclass T(unittest.TestCase):\n    def test_twice(self):\n"
    commit(repo, "Start", shop="def twice(n):\n    return n * 2\n", test_shop=test + "        assert twice(2) == 4\n")
    commit(repo, "Comment only", shop="# numbers\ndef twice(n):\n    return n * 2\n")
    commit(
        repo,
        "Twice of None is 0",
        shop="def twice(n):\n    return (n or 0) * 2\n",
        test_shop=test + "        assert twice(None) == 0\n",
    )
    into = tmp_path / "tasks"
    check = "python3 -m unittest -q"
    done = honk("eval", "import", str(repo), "--last", "3", "--into", str(into), "--check", check)
    assert done.returncode == 0, done.stderr
    assert "1 task" in done.stdout and "changes no tests" in done.stdout and "first commit" in done.stdout
    proved = honk("eval", "--prove", str(into))
    assert proved.returncode == 0, proved.stdout + proved.stderr
