"""The few icons of the interface, as strokes on a grid of 24."""

from app.markup import Html, html

PATHS = {
    "home": '<path d="M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4.5v-6h-5v6H5a1 1 0 0 1-1-1z"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "library": '<path d="M5 4v16M10 4v16M14.5 4.6l5 15"/>',
    "play": '<path class="solid" d="M8 5.2v13.6a.8.8 0 0 0 1.2.7l11-6.8a.8.8 0 0 0 0-1.4l-11-6.8A.8.8 0 0 0 8 5.2z"/>',
    "pause": '<path class="solid" d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z"/>',
    "book": '<path d="M5 5.5A1.5 1.5 0 0 1 6.5 4H19v13H6.5A1.5 1.5 0 0 0 5 18.5zm0 13A1.5 1.5 0 0 0 6.5 20H19v-3"/>',
    "spark": '<path class="solid" d="M12 3l1.9 6.1L20 11l-6.1 1.9L12 19l-1.9-6.1L4 11l6.1-1.9z"/>',
    "arrow": '<path d="M5 12h13M13 6.5l5.5 5.5-5.5 5.5"/>',
}


def icon(name: str) -> Html:
    return html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{path}</svg>', path=Html(PATHS[name]))
