import unittest
from datetime import date

from ledger.dates import due


class HolidaysTest(unittest.TestCase):
    def test_holidays(self):
        self.assertEqual(due(date(2024, 5, 6), 1), date(2024, 5, 7))
        self.assertEqual(due(date(2024, 5, 6), 1, {date(2024, 5, 7)}), date(2024, 5, 8))
        self.assertEqual(due(date(2024, 5, 6), 4, [date(2024, 5, 10), date(2024, 5, 13)]), date(2024, 5, 14))
        self.assertEqual(due(date(2024, 5, 6), 5, holidays=[date(2024, 5, 13), date(2024, 5, 14)]), date(2024, 5, 15))
