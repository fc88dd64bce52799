import unittest
from datetime import date

from ledger.dates import workdays


class BusinessDaysTest(unittest.TestCase):
    def test_workdays(self):
        self.assertEqual(workdays(date(2024, 5, 6), date(2024, 5, 10)), 5)
        self.assertEqual(workdays(date(2024, 5, 4), date(2024, 5, 5)), 0)
        self.assertEqual(workdays(date(2024, 5, 3), date(2024, 5, 13)), 7)
        self.assertEqual(workdays(date(2024, 5, 10), date(2024, 5, 9)), 0)
        self.assertEqual(workdays(date(2024, 5, 6), date(2024, 5, 6)), 1)
