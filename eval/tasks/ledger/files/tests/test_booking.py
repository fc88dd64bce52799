import unittest

from ledger.booking import Account, Refused, transfer


class BookingTest(unittest.TestCase):
    def setUp(self):
        self.cash = Account("cash")
        self.bank = Account("bank", credit=500)

    def test_books(self):
        self.cash.book(300)
        self.cash.book(-100)
        self.assertEqual(self.cash.balance, 200)

    def test_refuses_to_overdraw(self):
        with self.assertRaises(Refused):
            self.cash.book(-1)
        self.assertEqual(self.cash.bookings, [])

    def test_credit(self):
        self.bank.book(-500)
        self.assertRaises(Refused, self.bank.book, -1)

    def test_transfer(self):
        transfer(self.bank, self.cash, 200)
        self.assertEqual((self.bank.balance, self.cash.balance), (-200, 200))

    def test_transfer_of_nothing(self):
        with self.assertRaises(ValueError):
            transfer(self.bank, self.cash, 0)
