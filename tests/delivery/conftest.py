"""Real apps in the real sandbox, behind its real unix socket."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from honk.core.execution import Job
from honk.core.tree import Plain
from honk.sandboxes.bubblewrap import Bubblewrap


class Blobs:
    """As the store keeps them, in memory."""

    def __init__(self):
        self.kept = {}

    def __call__(self, content, kind=""):
        raw = content if isinstance(content, bytes) else content.read_bytes()
        sha256 = hashlib.sha256(raw).hexdigest()
        self.kept[sha256] = raw
        return sha256


@pytest.fixture
def blobs():
    return Blobs()


APP = """
import os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            print("Traceback: the flux is out", flush=True)
            os._exit(7)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[3:])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        if self.path == "/stream":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b"data: one" + bytes([10, 10]))
            self.wfile.flush()
            try:
                for _ in range(1000):
                    time.sleep(0.02)
                    self.wfile.write(b"data: more" + bytes([10, 10]))
            except OSError:
                open("left", "w").close()
            return
        page = self.path.strip("/") + ".html"
        seen = "|".join(f"{k}={v}" for k, v in self.headers.items())
        body = open(page, "rb").read() if os.path.exists(page) else f"{self.path} {VERSION} {seen}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Set-Cookie", "theme=dark; Domain=example.com; Path=/")
        self.send_header("Set-Cookie", "honk_console=stolen")
        self.end_headers()
        self.wfile.write(body)
    do_HEAD = do_GET
    def do_POST(self):
        size = 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while n := int(self.rfile.readline(), 16):
                size += len(self.rfile.read(n)); self.rfile.readline()
        else:
            size = len(self.rfile.read(int(self.headers["Content-Length"])))
        open("posted" + self.path.replace("/", "-"), "w").close()
        body = str(size).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass
VERSION = os.environ.get("VERSION", "1")
time.sleep(float(os.environ.get("DELAY", "0")))
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def sandbox() -> Iterator[Bubblewrap]:
    with tempfile.TemporaryDirectory(prefix="honk-") as directory:  # short: sockets are opened in it
        yield Bubblewrap(Path(directory))


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., Job]:
    """A job that serves APP; keyword arguments become its environment."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "tree" / "app.py").write_text(APP)

    def job(**env: str) -> Job:
        return Job(("sh", "-c", "exec python3 -I -S app.py"), Plain(tmp_path / "tree"), tmp_path / "home", env=env)

    return job
