import unittest

from app import art
from app.markup import Html, html, join


class MarkupTest(unittest.TestCase):
    def test_values_are_escaped(self) -> None:
        self.assertEqual("<b>&lt;script&gt;</b>", html("<b>{text}</b>", text="<script>"))

    def test_markup_is_not_escaped_twice(self) -> None:
        self.assertEqual("<p><b>&amp;</b></p>", html("<p>{inner}</p>", inner=html("<b>{a}</b>", a="&")))

    def test_lists_are_joined_and_none_is_nothing(self) -> None:
        self.assertEqual("<i>1</i>&lt;", html("{all}{none}", all=[Html("<i>1</i>"), "<"], none=None))
        self.assertEqual("ab", join(["a", None, "b"]))


class ArtTest(unittest.TestCase):
    def test_the_same_id_is_the_same_picture(self) -> None:
        self.assertEqual(art.cover("night-ferry"), art.cover("night-ferry"))
        self.assertNotEqual(art.cover("night-ferry"), art.cover("overpass"))

    def test_a_mosaic_always_has_four_tiles(self) -> None:
        self.assertEqual(4, art.mosaic(["a", "b"]).count("<svg"))
