"""Pieces that several pages are built from."""

from collections.abc import Iterable

from app import art
from app.catalogue import Book, Playlist, Track
from app.icons import icon
from app.markup import Html, html


def clock(seconds: int) -> str:
    """4:12, or 1:02:33 from an hour on."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration(seconds: int) -> str:
    """6 h 12 min, for things nobody hears to the second."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def play_button(track: Track, *, small: bool = False) -> Html:
    return html(
        """
<button class="play{size}" type="button" aria-label="Play {track.title}" data-seed="{track.id}"
 data-title="{track.title}" data-by="{track.artist.name}" data-bpm="{track.bpm}" data-key="{track.key}"
 data-seconds="{track.seconds}">{icon}</button>
""",
        size=" small" if small else "",
        track=track,
        icon=icon("play"),
    )


def listen_button(book: Book, second: int, label: str) -> Html:
    """Start an audiobook at a second."""
    return html(
        """
<button class="button primary" type="button" data-seed="{book.id}" data-title="{book.title}" data-by="{book.narrator}"
 data-bpm="50" data-key="C major" data-seconds="{book.seconds}" data-from="{second}">{icon}<span>{label}</span></button>
""",
        book=book,
        second=second,
        label=label,
        icon=icon("play"),
    )


def track_row(track: Track, number: int | None = None) -> Html:
    return html(
        """
<li class="row">{number}<a class="thumb" href="track/{track.id}" tabindex="-1" aria-hidden="true">{cover}</a>
<div class="row-text"><a class="row-title" href="track/{track.id}">{track.title}</a>
<span class="quiet">{track.artist.name}</span></div>
<span class="row-album quiet">{track.album}</span><span class="row-time quiet">{time}</span>{play}</li>
""",
        number=html('<span class="row-number quiet">{n}</span>', n=number) if number else None,
        track=track,
        cover=art.cover(track.id),
        time=clock(track.seconds),
        play=play_button(track, small=True),
    )


def track_list(tracks: Iterable[Track], *, numbered: bool = False) -> Html:
    rows = [track_row(track, number if numbered else None) for number, track in enumerate(tracks, start=1)]
    return html('<ol class="rows">{rows}</ol>', rows=rows)


def card(href: str, picture: Html, title: str, line: str) -> Html:
    return html(
        """
<a class="card" href="{href}"><span class="card-art">{picture}</span>
<span class="card-title">{title}</span><span class="card-line quiet">{line}</span></a>
""",
        href=href,
        picture=picture,
        title=title,
        line=line,
    )


def track_card(track: Track) -> Html:
    return card(f"track/{track.id}", art.cover(track.id), track.title, track.artist.name)


def playlist_card(playlist: Playlist) -> Html:
    return card(f"playlist/{playlist.id}", playlist_cover(playlist), playlist.title, playlist.about)


def playlist_cover(playlist: Playlist) -> Html:
    if not playlist.tracks:
        return art.cover(playlist.id)
    return art.mosaic([track.id for track in playlist.tracks[:4]])


def book_cover(book: Book) -> Html:
    """A printed cover: the picture, and the words over it."""
    return html(
        """
<span class="book-cover">{picture}<span class="book-words"><span class="book-title">{book.title}</span>
<span class="book-author">{book.author}</span></span></span>
""",
        picture=art.cover(book.id, tall=True),
        book=book,
    )


def book_card(book: Book) -> Html:
    return card(f"book/{book.id}", book_cover(book), book.title, f"{book.author} · {duration(book.seconds)}")


def shelf(title: str, cards: Iterable[Html], *, kind: str = "") -> Html:
    """A row of cards that scrolls sideways."""
    return html(
        '<section class="shelf {kind}"><h2>{title}</h2><div class="shelf-cards">{cards}</div></section>',
        title=title,
        cards=list(cards),
        kind=kind,
    )


def chips(links: Iterable[tuple[str, str, bool]], label: str) -> Html:
    """Small links in a row, each as address, text and whether it is the chosen one."""
    made = [
        html(
            '<a class="chip" href="{href}"{now}>{text}</a>',
            href=href,
            text=text,
            now=Html(' aria-current="true"') if chosen else None,
        )
        for href, text, chosen in links
    ]
    return html('<nav class="chips" aria-label="{label}">{made}</nav>', label=label, made=made)


def mood_chips(moods: Iterable[str]) -> Html:
    return chips([(f"search?q={mood}", mood.capitalize(), False) for mood in moods], "Moods")
