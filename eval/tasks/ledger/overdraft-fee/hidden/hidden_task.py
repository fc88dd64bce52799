import unittest

from ledger.booking import Account, Refused


class OverdraftFeeTest(unittest.TestCase):
    def test_zero(self):
        account = Account("x")
        with self.assertRaisesRegex(ValueError, "^the amount must not be 0$"):
            account.book(0)
        account.book(1)
        with self.assertRaises(Refused):
            account.book(-2)
        self.assertEqual(account.bookings, [1])
        credit = Account("y", credit=1)
        with self.assertRaises(ValueError):
            credit.book(0)
