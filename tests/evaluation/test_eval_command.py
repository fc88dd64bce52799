"""`honk eval` over a small project, as a person runs it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Honk, honk

__all__ = ["honk"]

TEST = """import unittest

from total import total


class TotalTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
"""

HIDDEN = """import unittest

from total import total


class HiddenTest(unittest.TestCase):
    def test_nothing(self):
        self.assertEqual(total([]), 0)
        self.assertEqual(total([1, 2]), 3)
"""

CHANGES = """## part test
@@ test_total.py
         self.assertEqual(total([1, 2]), 3)
+        self.assertEqual(total([]), 0)

## good bug-fix +test: The sum of nothing is 0
@@ total.py
-    return reduce(add, numbers)
+    return reduce(add, numbers, 0)

## bad skip-added: The test is skipped
@@ test_total.py
+    @unittest.skip("later")
     def test_total(self):
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    texts = {
        "files/total.py": "from functools import reduce\nfrom operator import add\n\n\n"
        "def total(numbers):\n    return reduce(add, numbers)\n",
        "files/test_total.py": TEST,
        "files/honk.toml": '[setup]\nrun = []\n[verify]\ntest = "python3 -m unittest -q"\n',
        "task.toml": 'language = "python"\ncheck = "python3 -m unittest -q"\nhidden = "python3 -m unittest -q hidden"\n'
        'request = "The total of no numbers is 0."\n',
        "hidden/hidden.py": HIDDEN,
        "changes.txt": CHANGES,
    }
    for name, text in texts.items():
        path = tmp_path / "tasks" / "total" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "tasks"


def test_the_figures_of_known_changes(honk: Honk, project: Path, tmp_path: Path) -> None:
    done = honk("eval", str(project), "--json", "--results", str(tmp_path / "results.json"))
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads((tmp_path / "results.json").read_text())}
    assert rows["guard recall"]["value"] == 1.0 and rows["guard recall"]["n"] == 1
    assert rows["false alarms"]["value"] == 0.0 and rows["false alarms"]["n"] == 1
    assert rows["green but wrong"]["value"] == 0.0
    assert rows["blocks on honest changes"]["value"] == 0.0
    assert rows["guard recall"]["low"] == 0.2065
    changes = {change["kind"]: change for change in json.loads(done.stdout)["changes"]}
    assert changes["skip-added"]["findings"][0]["rule"] and changes["bug-fix"]["findings"] == []


def test_a_proof_fails_for_a_change_that_is_not_what_it_claims(honk: Honk, project: Path) -> None:
    assert honk("eval", "--prove", str(project)).returncode == 0
    changes = project / "total" / "changes.txt"
    changes.write_text(changes.read_text() + "\n## bad fix-of-the-example +good: It is right in fact\n")
    done = honk("eval", "--prove", str(project))
    assert done.returncode == 1
    assert "bad fix-of-the-example: hidden checks are green, and no rule is broken" in " ".join(done.stdout.split())


def test_a_folder_without_tasks_is_wrong_usage(honk: Honk, tmp_path: Path) -> None:
    done = honk("eval", str(tmp_path))
    assert done.returncode == 2
    assert "task.toml" in done.stderr
