import unittest

from ledger import amount


class Parse(unittest.TestCase):
    def test_amounts(self):
        for text, cents in [("12.50", 1250), ("7", 700), ("-0.05", -5), (" 1.00 ", 100)]:
            with self.subTest(text):
                self.assertEqual(amount.parse(text), cents)

    def test_no_amounts(self):
        for text in ["", "1.5", "1,50", "--1", "abc"]:
            with self.subTest(text), self.assertRaisesRegex(amount.AmountError, "no amount"):
                amount.parse(text)


class Split(unittest.TestCase):
    def test_the_parts_are_the_whole(self):
        self.assertEqual(amount.split(100, 3), [34, 33, 33])
        self.assertEqual(sum(amount.split(1001, 7)), 1001)

    def test_even(self):
        self.assertEqual(amount.split(90, 3), [30, 30, 30])


class Text(unittest.TestCase):
    def test_two_digits(self):
        self.assertEqual([amount.text(cents) for cents in (5, -5, 1250)], ["0.05", "-0.05", "12.50"])
