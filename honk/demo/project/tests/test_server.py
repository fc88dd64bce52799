import threading
import unittest
import urllib.request

from app import catalogue
from app.server import Server


class ServerTest(unittest.TestCase):
    def test_a_page_over_a_real_socket(self) -> None:
        with Server(("127.0.0.1", 0), catalogue.load()) as server:
            server.access_log = False
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                address = f"http://127.0.0.1:{server.server_address[1]}/track/overpass"
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=5) as answer:
                    self.assertEqual(200, answer.status)
                    self.assertIn("default-src 'self'", answer.headers["Content-Security-Policy"])
                    self.assertIn("Halogen Youth", answer.read().decode())
            finally:
                server.shutdown()
                thread.join()
