import unittest

from ledger import amount


class NegativeSplitTest(unittest.TestCase):
    def test_refused(self):
        for shares in (0, -1, -7):
            with self.assertRaises(ValueError):
                amount.split(10, shares)
        self.assertEqual(amount.split(10, 1), [10])
