"""Everything there is, by kind."""

from collections.abc import Iterable

from app import parts
from app.catalogue import Catalogue, Track
from app.markup import Html, html, join
from app.web import Page, Request

KINDS = ("playlists", "tracks", "audiobooks")


def render(catalogue: Catalogue, request: Request) -> Page:
    kind = request.query.get("kind", "")
    shown = [kind] if kind in KINDS else KINDS
    body = [html('<header class="page-head"><h1>Library</h1></header>'), kind_chips(kind)]
    if "playlists" in shown:
        body.append(parts.shelf("Playlists", map(parts.playlist_card, catalogue.playlists.values()), kind="grid"))
    if "tracks" in shown:
        body.append(tracks(catalogue.tracks.values()))
    if "audiobooks" in shown:
        body.append(parts.shelf("Audiobooks", map(parts.book_card, catalogue.books.values()), kind="books grid"))
    return Page("Library", join(body), section="library")


def kind_chips(chosen: str) -> Html:
    kinds = [(f"library?kind={kind}", kind.capitalize(), kind == chosen) for kind in KINDS]
    return parts.chips([("library", "All", chosen not in KINDS), *kinds], "Kinds")


def tracks(found: Iterable[Track]) -> Html:
    ordered = sorted(found, key=lambda track: track.title)
    return html(
        '<section class="block"><h2>Tracks</h2>{rows}</section>',
        rows=parts.track_list(ordered),
    )
