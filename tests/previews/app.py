"""The app of the previews under test: the request decides how it behaves. Standard library only.

Says what it saw of the request, or serves NAME.html; leaves a file behind for what a test must know of its inside.
"""

import base64
import hashlib
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

POSTED = threading.Event()
VERSION = os.environ.get("VERSION", "1")
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        match self.path.split("/")[1].partition("?")[0]:
            case "crash":
                sys.stdout.write("Traceback: the flux is out\n")
                sys.stdout.flush()
                os._exit(7)
            case "to":
                self.answer(302, b"", Location=self.path[3:])
            case "away":
                self.answer(302, b"", Location=unquote(self.path.partition("?")[2]))
            case "missing":
                self.answer(404, b"no such page")
            case "posted":
                POSTED.wait(9)
                self.answer(200, b"")
            case "stream":
                self.stream()
            case "ws":
                self.talk()
            case name:
                page = Path(f"{name}.html")
                seen = "|".join(f"{key}={value}" for key, value in self.headers.items())
                self.answer(200, page.read_bytes() if page.exists() else f"{self.path} {VERSION} {seen}".encode())

    do_HEAD = do_GET

    def do_POST(self):
        size = 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while chunk := int(self.rfile.readline(), 16):
                size += len(self.rfile.read(chunk))
                self.rfile.readline()
        else:
            size = len(self.rfile.read(int(self.headers["Content-Length"])))
        Path("posted" + self.path.replace("/", "-")).touch()
        POSTED.set()
        self.answer(200, str(size).encode())

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", "Cache-Control": "max-age=3600", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "theme=dark; Domain=example.com; Path=/")
        self.send_header("Set-Cookie", "honk_console=stolen")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def stream(self):
        """An event now, and then some, until the client leaves."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"data: one\n\n")
        try:
            for _ in range(1000):
                time.sleep(0.02)
                self.wfile.write(b"data: more\n\n")
        except OSError:
            Path("left").touch()

    def talk(self):
        """A WebSocket that says its path and cookies, then repeats what it hears; at `bye` it closes with 4001."""
        accept = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + GUID).encode()).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(accept).decode())
        self.send_header("Sec-WebSocket-Protocol", self.headers.get("Sec-WebSocket-Protocol", "").split(",")[0])
        self.end_headers()
        self.close_connection = True
        self.frame(1, f"{self.path} {self.headers['Cookie']}".encode())
        kind = 0
        while kind != 8:
            kind, data = self.heard()
            if kind == 8:
                Path(f"closed-{int.from_bytes(data[:2], 'big')}").touch()
            kind, data = (8, (4001).to_bytes(2, "big")) if data == b"bye" else (kind, data)
            self.frame(kind, data)

    def heard(self):
        kind = self.rfile.read(1)[0] & 15
        size = self.rfile.read(1)[0] & 127
        size = int.from_bytes(self.rfile.read(2), "big") if size == 126 else size
        mask = self.rfile.read(4)
        return kind, bytes(byte ^ mask[n % 4] for n, byte in enumerate(self.rfile.read(size)))

    def frame(self, kind, data):
        size = bytes([len(data)]) if len(data) < 126 else bytes([126]) + len(data).to_bytes(2, "big")
        self.wfile.write(bytes([128 | kind]) + size + data)

    def log_message(self, *words):
        """Quiet."""


if __name__ == "__main__":
    Handler.protocol_version = "HTTP/1.1"
    Path("started").touch()
    time.sleep(float(os.environ.get("DELAY", "0")))
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
