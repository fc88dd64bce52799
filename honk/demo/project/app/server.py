"""The only file that knows about sockets."""

import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app import layout, site
from app.catalogue import Catalogue
from app.markup import html
from app.web import Page, Response

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'self'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

BROKEN = """
<header class="page-head"><p class="eyebrow">500</p><h1>This page skipped</h1></header>
<p class="nothing">Something broke on our side; it is in our log.
The <a href="./">rest of the music</a> still plays.</p>
"""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    access_log = True

    def __init__(self, address: tuple[str, int], catalogue: Catalogue) -> None:
        super().__init__(address, Handler)
        self.catalogue = catalogue


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        response = self._respond()
        self.send_response(response.status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_HEAD = do_GET

    def _respond(self) -> Response:
        try:
            return site.respond(self.server.catalogue, self.path)
        except Exception:
            traceback.print_exc()
            body = layout.document(self.server.catalogue, Page("Broken", html(BROKEN)), self.path.partition("?")[0])
            return Response(500, "text/html; charset=utf-8", body.encode())

    def log_message(self, format: str, *args: object) -> None:
        if self.server.access_log:
            sys.stderr.write(f"{self.log_date_time_string()} {format % args}\n")


def serve(catalogue: Catalogue, host: str, port: int) -> None:
    """Serve until told to stop (SIGTERM or Ctrl-C)."""
    with Server((host, port), catalogue) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"Wavelength plays on http://{host}:{server.server_address[1]}/", flush=True)
        try:
            server.serve_forever(poll_interval=0.05)
        except KeyboardInterrupt:
            print("bye")
