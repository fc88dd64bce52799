import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_one_session_is_merged() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "one_session.py")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split()
    assert (
        printed[0] == "TurnRequested"
        and "Verified" in printed
        and printed.index("ChangeProposed") < printed.index("Merged")
    )
    assert done.stdout.endswith("<h1>Hello</h1>\n\n")
