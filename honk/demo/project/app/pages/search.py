"""Search over everything that has a name or a mood."""

from app import parts
from app.catalogue import Book, Catalogue, Playlist, Track
from app.icons import icon
from app.markup import Html, html, join
from app.web import Page, Request


def render(catalogue: Catalogue, request: Request) -> Page:
    words = request.query.get("q", "").strip()
    body = [html('<header class="page-head"><h1>Search</h1></header>'), field(words)]
    body.append(results(catalogue, words) if words else browse(catalogue))
    return Page(f"{words} · Search" if words else "Search", join(body), section="search")


def field(words: str) -> Html:
    return html(
        """
<form class="search" action="search" role="search"><label class="field">{icon}<span class="hidden">Search</span>
<input type="search" name="q" value="{words}" placeholder="A song, an artist, a book, a mood"
 autocomplete="off" enterkeyhint="search"></label></form>
""",
        icon=icon("search"),
        words=words,
    )


def browse(catalogue: Catalogue) -> Html:
    moods = catalogue.moods()
    tiles = [
        html('<a class="tile" style="--hue: {hue}" href="search?q={mood}">{name}</a>', hue=hue, mood=mood, name=name)
        for hue, mood, name in ((265 + i * 47 % 360, mood, mood.capitalize()) for i, mood in enumerate(moods))
    ]
    return html('<section class="block"><h2>Browse by mood</h2><div class="tiles">{tiles}</div></section>', tiles=tiles)


def results(catalogue: Catalogue, words: str) -> Html:
    tracks = [track for track in catalogue.tracks.values() if _matches(words, _track_words(track))]
    playlists = [each for each in catalogue.playlists.values() if _matches(words, _playlist_words(each))]
    books = [book for book in catalogue.books.values() if _matches(words, _book_words(book))]
    if not (tracks or playlists or books):
        return html('<p class="nothing">Nothing here sounds like “{words}”.</p>', words=words)
    found = []
    if tracks:
        found.append(html('<section class="block"><h2>Tracks</h2>{rows}</section>', rows=parts.track_list(tracks)))
    if playlists:
        found.append(parts.shelf("Playlists", map(parts.playlist_card, playlists)))
    if books:
        found.append(parts.shelf("Audiobooks", map(parts.book_card, books), kind="books"))
    return join(found)


def _matches(words: str, text: str) -> bool:
    return all(word in text.casefold() for word in words.casefold().split())


def _track_words(track: Track) -> str:
    return " ".join((track.title, track.artist.name, track.artist.genre, track.album, *track.moods))


def _playlist_words(playlist: Playlist) -> str:
    return f"{playlist.title} {playlist.about}"


def _book_words(book: Book) -> str:
    return f"{book.title} {book.author} {book.narrator} {book.about}"
