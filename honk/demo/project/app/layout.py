"""The frame around every page: head, navigation, and the bar that shows what is playing."""

from app import parts
from app.catalogue import Catalogue
from app.icons import icon
from app.markup import Html, html
from app.web import Page

SECTIONS = (("home", "./", "Home"), ("search", "search", "Search"), ("library", "library", "Library"))

DOCUMENT = """
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#0c0b12">
<title>{title} · Wavelength</title>
<base href="{base}">
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/style.css">
<script src="static/player.js" defer></script>
</head>
<body style="--tint: {page.tint}">
<a class="skip" href="{here}#main">Skip to the page</a>
<header class="side">
<a class="logo" href="./" aria-label="Wavelength, home">{logo}<span>Wavelength</span></a>
<nav class="tabs" aria-label="Main">{tabs}</nav>
<nav class="side-lists" aria-label="Your playlists"><h2>Your playlists</h2>{playlists}</nav>
</header>
<main id="main">{page.body}
<footer class="foot quiet">Wavelength is a made-up service. Nobody in it exists, however good they sound.</footer>
</main>
<div class="player" hidden role="region" aria-label="Now playing"></div>
</body>
</html>
"""

LOGO = Html(
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect x="3" y="12" width="4" height="8" rx="2"/>'
    '<rect x="10" y="5" width="4" height="22" rx="2"/><rect x="17" y="9" width="4" height="14" rx="2"/>'
    '<rect x="24" y="13" width="4" height="6" rx="2"/></svg>'
)


def document(catalogue: Catalogue, page: Page, path: str) -> Html:
    """The whole page. Its links are relative, so that it works below any prefix, such as a preview's."""
    depth = path.count("/") - 1
    return html(
        DOCUMENT,
        title=page.title,
        base="../" * depth or "./",
        here=path.removeprefix("/"),
        page=page,
        logo=LOGO,
        tabs=[_tab(*section, chosen=section[0] == page.section) for section in SECTIONS],
        playlists=[_playlist_link(each.id, each.title, len(each.tracks)) for each in catalogue.playlists.values()],
    )


def _tab(name: str, href: str, text: str, *, chosen: bool) -> Html:
    now = Html(' aria-current="page"') if chosen else None
    return html('<a href="{href}"{now}>{icon}<span>{text}</span></a>', href=href, now=now, icon=icon(name), text=text)


def _playlist_link(name: str, title: str, tracks: int) -> Html:
    return html(
        '<a href="playlist/{name}">{title}<span class="quiet">{tracks}</span></a>',
        name=name,
        title=title,
        tracks=parts.count(tracks, "track"),
    )
