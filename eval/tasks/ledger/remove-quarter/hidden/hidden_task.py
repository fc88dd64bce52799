import unittest

from ledger import dates


class Task(unittest.TestCase):
    def test_gone(self):
        self.assertFalse(hasattr(dates, "quarter"))
