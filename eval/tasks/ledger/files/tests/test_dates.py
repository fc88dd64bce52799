import unittest
from datetime import date

from ledger import dates


class DatesTest(unittest.TestCase):
    def test_due_on_a_weekday(self):
        self.assertEqual(dates.due(date(2024, 5, 6), 14), date(2024, 5, 20))

    def test_due_on_a_weekend(self):
        self.assertEqual(dates.due(date(2024, 5, 6), 5), date(2024, 5, 13))
        self.assertEqual(dates.due(date(2024, 5, 6), 6), date(2024, 5, 13))

    def test_month_end(self):
        self.assertEqual(dates.month_end(date(2024, 2, 3)), date(2024, 2, 29))
        self.assertEqual(dates.month_end(date(2024, 12, 31)), date(2024, 12, 31))

    def test_quarter(self):
        self.assertEqual([dates.quarter(date(2024, month, 1)) for month in (1, 3, 4, 12)], [1, 1, 2, 4])
