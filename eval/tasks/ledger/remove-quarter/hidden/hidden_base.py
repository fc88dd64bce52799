import unittest
from datetime import date

from ledger import amount, dates


class BaseWithoutQuarter(unittest.TestCase):
    def test_rest(self):
        self.assertEqual(amount.split(11, 4), [3, 3, 3, 2])
        self.assertEqual(dates.due(date(2024, 3, 1), 1), date(2024, 3, 4))
        self.assertEqual(dates.month_end(date(2023, 12, 28)), date(2023, 12, 31))
