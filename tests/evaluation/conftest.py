"""A folder with one small task."""

from pathlib import Path

import pytest

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
