"""One playlist, from the top."""

from app import art, parts
from app.catalogue import Catalogue, Playlist
from app.markup import Html, html, join
from app.web import Page, Request, find


def render(catalogue: Catalogue, request: Request) -> Page:
    playlist = find(catalogue.playlists, request.name)
    sections = [
        hero(playlist),
        html('<section class="block">{rows}</section>', rows=parts.track_list(playlist.tracks, numbered=True)),
    ]
    return Page(playlist.title, join(sections), tint=art.tint(playlist.id))


def hero(playlist: Playlist) -> Html:
    return html(
        """
<section class="hero"><div class="hero-art">{cover}</div><div class="hero-text">
<p class="eyebrow">Playlist</p><h1>{playlist.title}</h1><p class="lead">{playlist.about}</p>
<p class="byline">{playlist.owner} · {facts}</p>
<div class="actions">{play}</div></div></section>
""",
        cover=parts.playlist_cover(playlist),
        playlist=playlist,
        facts=facts(playlist),
        play=parts.play_button(playlist.tracks[0]),
    )


def facts(playlist: Playlist) -> str:
    """How many, how long, how fast."""
    tempo = sum(track.bpm for track in playlist.tracks) // len(playlist.tracks)
    length = parts.duration(playlist.seconds)
    return f"{parts.count(len(playlist.tracks), 'track')} · {length} · around {tempo} bpm"
