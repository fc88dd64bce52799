"""What the tests of the pages share: a site to ask, without a socket."""

import unittest

from app import catalogue, site
from app.web import Response

CATALOGUE = catalogue.load()


class SiteCase(unittest.TestCase):
    catalogue = CATALOGUE

    def get(self, address: str, status: int = 200) -> str:
        """The text of a page, which has to be answered with this status."""
        response: Response = site.respond(self.catalogue, address)
        self.assertEqual(status, response.status, address)
        return response.text

    def assertShows(self, address: str, *texts: str) -> None:
        page = self.get(address)
        self.assertEqual([], [text for text in texts if text not in page], f"not on {address}")

    def assertHides(self, address: str, *texts: str) -> None:
        page = self.get(address)
        self.assertEqual([], [text for text in texts if text in page], f"should not be on {address}")
