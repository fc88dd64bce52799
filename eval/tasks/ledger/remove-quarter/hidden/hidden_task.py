import unittest

from ledger import dates


class RemoveQuarterTest(unittest.TestCase):
    def test_gone(self):
        self.assertFalse(hasattr(dates, "quarter"))
