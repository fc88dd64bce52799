import unittest

from ledger import amount


class CurrencyTest(unittest.TestCase):
    def test_currency(self):
        self.assertEqual(amount.text(-5, "CHF"), "-0.05 CHF")
        self.assertEqual(amount.text(100, currency="EUR"), "1.00 EUR")
        self.assertEqual(amount.text(100), "1.00")
