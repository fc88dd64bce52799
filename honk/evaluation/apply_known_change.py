"""The command agent `known`: applies a prepared change in its working directory. Runs inside the sandbox, where only
Python's standard library is.

`HONK_MODEL` names the change: a JSON file beside this one, from path to content in base64, null for a deleted file.
"""

import base64
import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    change = json.loads(Path(__file__).with_name(os.environ["HONK_MODEL"] + ".json").read_text())
    for name, content in change.items():
        path = Path(name)
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
        if path.read_bytes().startswith(b"#!"):
            path.chmod(0o755)
    sys.stdout.write(f"Applied to {', '.join(change)}.\n")
