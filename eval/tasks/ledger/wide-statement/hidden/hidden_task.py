import unittest

from ledger.booking import Account
from ledger.statement import render


class WideStatementTest(unittest.TestCase):
    def test_width(self):
        lines = render(Account("bank", bookings=[5, -3])).splitlines()
        self.assertEqual([len(line) for line in lines], [30] * 5)
        self.assertEqual(lines[1], "1" + " " * 25 + "0.05")
        self.assertEqual(lines[-1].split(), ["balance", "0.02"])
