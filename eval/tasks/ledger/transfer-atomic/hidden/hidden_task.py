import unittest

from ledger.booking import Account, Refused, transfer


class TransferAtomicTest(unittest.TestCase):
    def test_limit(self):
        source, target = Account("a", bookings=[100, 50]), Account("b", limit=120)
        transfer(source, target, 100)
        with self.assertRaises(Refused):
            transfer(source, target, 21)
        self.assertEqual((source.bookings, target.bookings), ([100, 50, -100], [100]))
        transfer(source, target, 20)
        self.assertEqual((source.balance, target.balance), (30, 120))
