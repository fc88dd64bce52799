"""Releases of Wavelength in a directory of this machine.

    $DEPLOY_ROOT/releases/COMMIT/   what runs, complete from the moment it has this name
    $DEPLOY_ROOT/current            a link to the release that runs
    $DEPLOY_ROOT/history            the commits that came up healthy, the latest last
    $DEPLOY_ROOT/app.pid app.log    the production process

A deploy that does not come up leaves `current` where it failed and `history` as it was, so that
`--previous` leads back to the last release that was well. Doing the same deploy twice changes nothing.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SHIPPED = ("app", "data", "static")
KEPT = 5
PATIENCE = 10.0  # seconds, both for coming up and for going down


class Failed(Exception):
    """Said in one line on the way out."""


def main(words: list[str]) -> int:
    try:
        root, port = Path(_setting("DEPLOY_ROOT")).absolute(), int(_setting("DEPLOY_PORT"))
        (root / "releases").mkdir(parents=True, exist_ok=True)
        with _alone(root):
            match words:
                case []:
                    deploy(root, port)
                case ["--previous", *only] if len(only) <= 1:
                    previous(root, port, only[0] if only else None)
                case ["--stop"]:
                    stop(root)
                case _:
                    raise Failed("usage: deploy.sh [--previous [COMMIT] | --stop]")
    except Failed as reason:
        print(f"deploy: {reason}", file=sys.stderr)
        return 1
    return 0


def deploy(root: Path, port: int) -> None:
    commit = _commit()
    if _current(root) == commit and _running(root) and _health(port) == commit:
        print(f"{commit[:12]} is live already")
    else:
        _build(root, commit)
        _run(root, port, commit)
        print(f"{commit[:12]} is live on port {port}")
    history = _history(root)
    if history[-1:] != [commit]:
        _write(root / "history", "\n".join([*history, commit]) + "\n")
    _prune(root)


def previous(root: Path, port: int, only: str | None) -> None:
    current, history = _current(root), _history(root)
    if only is not None and only != current:
        print(f"{only[:12]} is not what runs; nothing to take back")
        return
    if current in history:
        history = history[: len(history) - 1 - history[::-1].index(current)]
    if not history:
        raise Failed(f"there is no release before {current or 'the first'}")
    _run(root, port, history[-1])
    _write(root / "history", "\n".join(history) + "\n")
    print(f"back to {history[-1][:12]} on port {port}")


def stop(root: Path) -> None:
    """Ask the production process to end, then make it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        process = _running(root)
        if process is None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, sign)
        _until(lambda: _running(root) is None)
    (root / "app.pid").unlink(missing_ok=True)


def _setting(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise Failed(f"{name} is not set")


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One deploy at a time; the lock ends with this process, however it ends."""
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _commit() -> str:
    """DEPLOY_COMMIT, else the commit that is checked out, else a name made from the contents."""
    if named := os.environ.get("DEPLOY_COMMIT"):
        return named
    if (PROJECT / ".git").exists():
        command = ["git", "-C", str(PROJECT), "rev-parse", "HEAD"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    contents = hashlib.sha256()
    for file in sorted(file for part in SHIPPED for file in (PROJECT / part).rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            contents.update(f"{file.relative_to(PROJECT)}\0".encode() + file.read_bytes())
    return f"tree-{contents.hexdigest()[:35]}"


def _build(root: Path, commit: str) -> None:
    """Make the release beside the others, then give it its name in one step."""
    release = root / "releases" / commit
    if release.exists():
        return
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=root / "releases"))
    for part in SHIPPED:
        shutil.copytree(PROJECT / part, made / part, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "RELEASE").write_text(f"{commit}\n", encoding="utf-8")
    made.chmod(0o755)
    made.rename(release)


def _run(root: Path, port: int, commit: str) -> None:
    """Switch to a release and wait until it answers with its own commit."""
    release = root / "releases" / commit
    if not release.is_dir():
        raise Failed(f"the release {commit} is gone")
    link = root / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / commit)
    link.replace(root / "current")
    stop(root)
    with (root / "app.log").open("ab") as log:
        written = log.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(port)],
            cwd=release,
            env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONUNBUFFERED": "1", "HOST": "127.0.0.1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _write(root / "app.pid", f"{process.pid} {_started(process.pid)}\n")
    if not _until(lambda: process.poll() is not None or _health(port) == commit) or process.poll() is not None:
        tail = (root / "app.log").read_bytes()[written:].decode(errors="replace").strip().splitlines()[-5:]
        raise Failed("\n  ".join([f"{commit[:12]} did not come up on port {port}", *tail]))


def _health(port: int) -> str | None:
    """The commit that answers there."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            commit = json.load(answer)["commit"]
            return commit if isinstance(commit, str) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _running(root: Path) -> int | None:
    """The production process, unless it has ended or its number belongs to another by now."""
    try:
        number, started = (root / "app.pid").read_text(encoding="utf-8").split()
        os.kill(int(number), 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return int(number) if _started(int(number)) == started else None


def _started(process: int) -> str:
    """When a process began, in the words of this system; `gone` for one that only waits to be reaped."""
    with contextlib.suppress(FileNotFoundError):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return "gone" if fields[0] == "Z" else fields[19]
    if sys.platform == "linux":
        return "gone"
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(process)], capture_output=True, text=True)
    return "-".join(asked.stdout.split()) or "gone"


def _current(root: Path) -> str | None:
    return (root / "current").readlink().name if (root / "current").is_symlink() else None


def _history(root: Path) -> list[str]:
    return (root / "history").read_text(encoding="utf-8").split() if (root / "history").exists() else []


def _write(file: Path, text: str) -> None:
    """Replace a file as a whole, so that nobody reads half of it."""
    beside = file.with_name(f".{file.name}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _prune(root: Path) -> None:
    kept = {*_history(root)[-KEPT:], _current(root)}
    for release in (root / "releases").iterdir():
        if release.name not in kept:
            shutil.rmtree(release)


def _until(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
