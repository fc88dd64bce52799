import unittest

from ledger import amount


class ThousandsTest(unittest.TestCase):
    def test_thousands(self):
        self.assertEqual(amount.parse("1,250.00"), 125000)
        self.assertEqual(amount.parse("-12,345,678.90"), -1234567890)
        self.assertEqual(amount.parse("1250"), 125000)
        for text in ("1,50", "12,34.00", ",100", "1,2345", "1,"):
            with self.subTest(text), self.assertRaises(amount.AmountError):
                amount.parse(text)
