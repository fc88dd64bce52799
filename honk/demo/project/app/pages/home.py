"""The first page: what is new, what was begun, and shelves to wander along."""

from app import art, parts
from app.catalogue import Book, Catalogue, Playlist, Track
from app.icons import icon
from app.markup import Html, html, join
from app.web import Page, Request

FEATURED = "night-ferry"


def render(catalogue: Catalogue, request: Request) -> Page:
    featured = catalogue.tracks[FEATURED]
    begun = [book for book in catalogue.books.values() if book.heard]
    newest = sorted(catalogue.tracks.values(), key=lambda track: -track.year)[:10]
    sections = [
        hero(featured),
        quick_picks(list(catalogue.playlists.values())),
        continue_listening(begun),
        parts.shelf("Made for evenings like this", map(parts.playlist_card, catalogue.playlists.values())),
        parts.shelf("New and close to you", map(parts.track_card, newest)),
        parts.shelf("Audiobooks", map(parts.book_card, catalogue.books.values()), kind="books"),
        html('<section class="block"><h2>By mood</h2>{chips}</section>', chips=parts.mood_chips(catalogue.moods())),
    ]
    return Page("Home", join(sections), tint=art.tint(featured.id), section="home")


def hero(track: Track) -> Html:
    return html(
        """
<section class="banner"><div class="banner-art">{cover}</div><div class="banner-text">
<p class="eyebrow">Song of the week</p><h1><a href="track/{track.id}">{track.title}</a></h1>
<p class="lead">{line}</p>
<div class="actions">{play}<a class="button" href="track/{track.id}">{track.artist.name}{arrow}</a></div>
</div></section>
""",
        track=track,
        cover=art.cover(track.id),
        line=track.lyric[0].rstrip(",") if track.lyric else track.artist.about,
        play=parts.play_button(track),
        arrow=icon("arrow"),
    )


def quick_picks(playlists: list[Playlist]) -> Html:
    picks = [
        html(
            '<a class="pick" href="playlist/{p.id}"><span class="pick-art">{cover}</span><span>{p.title}</span></a>',
            p=playlist,
            cover=parts.playlist_cover(playlist),
        )
        for playlist in playlists
    ]
    return html('<section class="picks" aria-label="Quick picks">{picks}</section>', picks=picks)


def continue_listening(books: list[Book]) -> Html:
    return html(
        '<section class="block"><h2>Continue listening</h2><div class="continues">{books}</div></section>',
        books=[_begun(book) for book in books],
    )


def _begun(book: Book) -> Html:
    chapter = book.chapter_at(book.heard)
    return html(
        """
<a class="continue" href="book/{book.id}"><span class="continue-art">{cover}</span><span class="continue-text">
<span class="card-title">{book.title}</span><span class="quiet">Chapter {chapter.number} · {chapter.title}</span>
<span class="progress" style="--done: {done}%"></span><span class="quiet">{left} left</span></span></a>
""",
        book=book,
        cover=parts.book_cover(book),
        chapter=chapter,
        done=round(100 * book.heard / book.seconds),
        left=parts.duration(book.seconds - book.heard),
    )
