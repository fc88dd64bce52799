import pathlib
import unittest

from ledger.booking import Account
from ledger.statement import render

GOLDEN = pathlib.Path(__file__).parent / "golden"


class StatementTest(unittest.TestCase):
    def test_statement(self):
        account = Account("cash", bookings=[120000, -1999, -5])
        self.assertEqual(render(account), (GOLDEN / "cash.txt").read_text())
