"""One track: its sound, its words, who made it, and where to go from here."""

from app import art, parts
from app.catalogue import Catalogue, Track
from app.icons import icon
from app.markup import Html, html, join
from app.web import Page, Request, find


def render(catalogue: Catalogue, request: Request) -> Page:
    track = find(catalogue.tracks, request.name)
    sections = [
        hero(track),
        lyric(track),
        credits(track),
        more(catalogue, track),
    ]
    return Page(track.title, join(sections), tint=art.tint(track.id))


def hero(track: Track) -> Html:
    return html(
        """
<section class="hero"><div class="hero-art">{cover}</div><div class="hero-text">
<p class="eyebrow">Track</p><h1>{track.title}</h1>
<p class="byline"><a href="search?q={track.artist.name}">{track.artist.name}</a> · {track.album} · {track.year}</p>
<div class="wave">{wave}</div>
<div class="actions">{play}<span class="facts quiet"><span>{time}</span><span>{track.bpm} bpm</span>
<span>{track.key}</span></span></div>
{moods}</div></section>
""",
        track=track,
        cover=art.cover(track.id),
        wave=art.waveform(track.id),
        play=parts.play_button(track),
        time=parts.clock(track.seconds),
        moods=parts.mood_chips(track.moods),
    )


def lyric(track: Track) -> Html | None:
    if not track.lyric:
        return None
    lines = [html("<span>{line}</span>", line=line) for line in track.lyric]
    return html('<section class="block"><h2>First lines</h2><p class="lyric">{lines}</p></section>', lines=lines)


def credits(track: Track) -> Html:
    """Who made it, one line for each kind of work."""
    rows = [
        ("Written by", track.credits.written),
        ("Produced by", track.credits.produced),
        ("Performed by", track.credits.performed),
    ]
    return html(
        '<section class="block panel"><h2>Credits</h2><dl class="credits">{rows}</dl></section>',
        rows=[html("<div><dt>{work}</dt><dd>{who}</dd></div>", work=work, who=who) for work, who in rows],
    )


def more(catalogue: Catalogue, track: Track) -> Html:
    """The rest of the artist's tracks, and what shares the most moods with this one."""
    others = [other for other in catalogue.by_artist(track.artist) if other != track]
    strangers = [other for other in catalogue.tracks.values() if other.artist != track.artist]
    closest = sorted(strangers, key=lambda other: -len(set(other.moods) & set(track.moods)))[:6]
    return join(
        [
            html(
                '<section class="block"><h2>More by {artist.name}</h2><p class="quiet about">{artist.about}</p>'
                "{rows}</section>",
                artist=track.artist,
                rows=parts.track_list(others),
            ),
            parts.shelf("Goes well with", map(parts.track_card, closest)),
            html(
                '<p class="block"><a class="button" href="library?kind=tracks">All tracks{i}</a></p>', i=icon("arrow")
            ),
        ]
    )
