import unittest

from ledger import amount


class SplitWeightsTest(unittest.TestCase):
    def test_weights(self):
        self.assertEqual(amount.split(100, [2, 1, 1]), [50, 25, 25])
        self.assertEqual(amount.split(101, [1, 1, 2]), [26, 25, 50])
        self.assertEqual(amount.split(5, [3, 3, 3]), [2, 2, 1])
        self.assertEqual(amount.split(10, 3), [4, 3, 3])
