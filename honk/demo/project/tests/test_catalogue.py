import unittest

from app import catalogue


class CatalogueTest(unittest.TestCase):
    def setUp(self) -> None:
        self.catalogue = catalogue.load()

    def test_there_is_something_to_play(self) -> None:
        self.assertGreaterEqual(len(self.catalogue.tracks), 20)
        self.assertGreaterEqual(len(self.catalogue.books), 4)

    def test_tracks_know_their_artist_and_their_credits(self) -> None:
        track = self.catalogue.tracks["night-ferry"]
        self.assertEqual("Mara Linde", track.artist.name)
        self.assertEqual("Tomo Arai", track.credits.produced)

    def test_chapters_follow_one_another_in_sound_and_in_print(self) -> None:
        for book in self.catalogue.books.values():
            with self.subTest(book.id):
                for before, after in zip(book.chapters, book.chapters[1:], strict=False):
                    self.assertEqual(before.start + before.seconds, after.start)
                    self.assertLess(before.page, after.page)
                self.assertGreater(book.pages, book.chapters[-1].page)

    def test_the_chapter_at_a_second(self) -> None:
        book = self.catalogue.books["lighthouse-ledger"]
        second = book.chapters[1].start
        self.assertEqual(1, book.chapter_at(second - 1).number)
        self.assertEqual(2, book.chapter_at(second).number)

    def test_moods_come_most_common_first(self) -> None:
        moods = self.catalogue.moods()
        self.assertEqual("calm", moods[0])
        self.assertEqual(len(set(moods)), len(moods))
