import unittest
from datetime import date

from ledger import amount, dates
from ledger.booking import Account, Refused, transfer
from ledger.statement import render


class Base(unittest.TestCase):
    def test_amounts(self):
        self.assertEqual([amount.parse(each) for each in ("3.07", "-12", "0.00")], [307, -1200, 0])
        self.assertEqual(amount.split(11, 4), [3, 3, 3, 2])
        self.assertEqual(amount.text(-307), "-3.07")
        for text in ("1.234", "x1"):
            with self.assertRaises(amount.AmountError):
                amount.parse(text)

    def test_dates(self):
        self.assertEqual(dates.due(date(2024, 3, 1), 1), date(2024, 3, 4))
        self.assertEqual(dates.due(date(2024, 3, 1), 3), date(2024, 3, 4))
        self.assertEqual(dates.month_end(date(2023, 2, 28)), date(2023, 2, 28))
        self.assertEqual(dates.quarter(date(2024, 9, 30)), 3)

    def test_bookings(self):
        one, two = Account("one", bookings=[50]), Account("two")
        transfer(one, two, 20)
        self.assertEqual((one.balance, two.balance), (30, 20))
        with self.assertRaises(Refused):
            transfer(one, two, 31)
        with self.assertRaises(ValueError):
            transfer(one, two, -1)
        self.assertIn("30", render(one))
