import json
import re

from app import site
from tests.site_case import SiteCase


class PagesTest(SiteCase):
    def test_home_has_its_shelves(self) -> None:
        self.assertShows("/", "<h2>Continue listening</h2>", "<h2>Audiobooks</h2>", "<h2>By mood</h2>")

    def test_every_track_has_a_page(self) -> None:
        for track in self.catalogue.tracks.values():
            with self.subTest(track.id):
                self.assertShows(f"/track/{track.id}", track.album, "<h2>Credits</h2>")

    def test_every_audiobook_has_a_page(self) -> None:
        for book in self.catalogue.books.values():
            with self.subTest(book.id):
                self.assertEqual(len(book.chapters), self.get(f"/book/{book.id}").count('id="chapter-'))

    def test_a_playlist_shows_its_tracks_and_facts(self) -> None:
        self.assertShows("/playlist/late-ferries", "6 tracks · 28 min · around 82 bpm")
        self.assertEqual(6, self.get("/playlist/late-ferries").count('class="row"'))

    def test_the_library_shows_one_kind_when_asked(self) -> None:
        self.assertShows("/library", "Night Ferry", "Salt Roads")
        self.assertHides("/library?kind=audiobooks", 'class="row"')

    def test_search_finds_by_title_artist_and_mood(self) -> None:
        for words, found in (("ferry", "Night Ferry"), ("okoro", "Lagoon Bridge"), ("winter", "First Snow, Lisbon")):
            with self.subTest(words):
                self.assertShows(f"/search?q={words}", found)

    def test_search_says_when_there_is_nothing(self) -> None:
        self.assertShows("/search?q=%3Cb%3E", "Nothing here sounds like “&lt;b&gt;”")

    def test_unknown_addresses_are_not_found(self) -> None:
        for address in ("/nowhere", "/track/nothing", "/playlist/../health", "/static/../app/site.py"):
            with self.subTest(address):
                self.get(address, status=404)


class LinksTest(SiteCase):
    def test_links_stay_below_the_prefix_that_the_site_is_served_under(self) -> None:
        for address in ("/", "/library", "/track/overpass"):
            with self.subTest(address):
                links = re.findall(r'(?:href|src|action)="([^"]*)"', self.get(address))
                self.assertEqual([], [link for link in links if link.startswith("/")])

    def test_links_are_relative_to_the_front_page(self) -> None:
        self.assertShows("/library", '<base href="./">')
        self.assertShows("/track/overpass", '<base href="../">')


class AssetsTest(SiteCase):
    def test_health_names_the_version(self) -> None:
        health = json.loads(self.get("/health"))
        self.assertEqual("ok", health["status"])
        self.assertEqual({"status", "version", "commit", "tracks"}, set(health))

    def test_all_style_sheets_are_served_as_one(self) -> None:
        style = self.get("/static/style.css")
        for file in site.STATIC.glob("css/*.css"):
            self.assertIn(file.read_text(encoding="utf-8"), style)
