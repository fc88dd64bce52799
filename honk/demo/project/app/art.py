"""Cover art, drawn as SVG from nothing but an id: the same id is the same picture, on every machine."""

import math
from random import Random

from app.markup import Html, html

# Night, body, light, accent: ordered from dark to bright, so that any of the forms below has contrast.
PALETTES = (
    ("#160c2e", "#5b21b6", "#e879b9", "#fde68a"),
    ("#03182b", "#0b6b8a", "#38cfe4", "#fff3cf"),
    ("#260817", "#b01141", "#fb8a4b", "#fde4a0"),
    ("#04231d", "#0a7c5c", "#a3d94a", "#fbf7c4"),
    ("#090d24", "#2346c7", "#7fb0ff", "#fbcfe0"),
    ("#251204", "#a5520d", "#f9b531", "#fff5e3"),
    ("#1c082b", "#8d1f9c", "#fb7f96", "#ffdcb0"),
    ("#071b1a", "#12706a", "#6fe0d0", "#ff9d8c"),
    ("#151311", "#57514c", "#d8d2ca", "#ff7a2f"),
    ("#0e1024", "#4338ca", "#a9a0fc", "#45d6a0"),
)

# Chosen by eye among many: other numbers give every cover another form and other colours.
HANGING, COLOURING = 6076, 18889


def palette(name: str) -> tuple[str, str, str, str]:
    """The colours of a cover: night, body, light, accent."""
    return PALETTES[int(Random(f"palette {COLOURING} {name}").random() * len(PALETTES))]


def tint(name: str) -> str:
    """The colour that a page takes on from its cover."""
    return palette(name)[1]


def cover(name: str, *, tall: bool = False) -> Html:
    """A square cover, or a tall one for a book."""
    width, height = 240, 360 if tall else 240
    rng = Random(f"cover {HANGING} {name}")
    form = FORMS[int(rng.random() * len(FORMS))]
    night, body, light, accent = palette(name)
    return html(
        """
<svg class="art" viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
<defs><linearGradient id="sky-{id}" x1="0" y1="0" x2="{lean}" y2="1">
<stop offset="0" stop-color="{night}"/><stop offset="1" stop-color="{body}"/></linearGradient>
<linearGradient id="sun-{id}" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="{accent}"/><stop offset="1" stop-color="{light}"/></linearGradient></defs>
<rect width="{width}" height="{height}" fill="url(#sky-{id})"/>{form}</svg>
""",
        id=f"{name}-{height}",
        lean=_n(rng.uniform(0, 0.8)),
        width=width,
        height=height,
        night=night,
        body=body,
        light=light,
        accent=accent,
        form=Html(form(rng, f"url(#sun-{name}-{height})", palette(name), width, height)),
    )


def mosaic(names: list[str]) -> Html:
    """Four covers in one, for a playlist; with fewer than four they take turns."""
    tiles = [cover(names[i % len(names)]) for i in range(4)]
    return html('<span class="mosaic">{tiles}</span>', tiles=tiles)


def waveform(name: str, bars: int = 64) -> Html:
    """The shape of a track's sound, as the strip under its title."""
    rng = Random(f"wave {name}")
    phase, rects = rng.uniform(0, 6), []
    for i in range(bars):
        swell = 0.35 + 0.65 * math.sin(math.pi * (i + 0.5) / bars) ** 0.6
        beat = 0.55 + 0.45 * math.sin(i * 0.45 + phase) * math.cos(i * 0.13 + phase)
        tall = max(6.0, 92 * swell * beat * rng.uniform(0.55, 1))
        rects.append(f'<rect x="{i * 10 + 2}" y="{_n(50 - tall / 2)}" width="6" height="{_n(tall)}" rx="3"/>')
    return html(
        '<svg class="waveform" viewBox="0 0 {width} 100" preserveAspectRatio="none" aria-hidden="true">{rects}</svg>',
        width=bars * 10,
        rects=Html("".join(rects)),
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _wave(rng: Random, base: float, swing: float, width: int, height: int) -> str:
    """A closed path: a wavy line over the whole width, and everything below it."""
    phase, turns = rng.uniform(0, 6), rng.uniform(1, 2.2)
    points = [
        f"{_n(x)} {_n(base + swing * math.sin(phase + turns * math.tau * x / width))}" for x in range(0, width + 1, 10)
    ]
    return f"M0 {height} L" + " L".join(points) + f" L{width} {height}Z"


def _horizon(rng: Random, sun: str, colours: tuple[str, ...], width: int, height: int) -> str:
    radius, x = rng.uniform(42, 62), rng.uniform(0.32, 0.68) * width
    y = height * (rng.uniform(0.36, 0.46) + (height - width) / 900)
    layers = [f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{sun}"/>']
    for depth in range(4):
        base = height * (0.55 + depth * 0.12)
        path = _wave(rng, base, rng.uniform(5, 13), width, height)
        layers.append(f'<path d="{path}" fill="{colours[0]}" opacity="{_n(0.35 + depth * 0.2)}"/>')
    return "".join(layers)


def _swell(rng: Random, sun: str, colours: tuple[str, ...], width: int, height: int) -> str:
    fills = (colours[1], colours[2], sun, colours[0])
    layers = [f'<circle cx="{_n(width * rng.uniform(0.6, 0.8))}" cy="{_n(height * 0.24)}" r="22" fill="{colours[3]}"/>']
    for depth, fill in enumerate(fills):
        path = _wave(rng, height * (0.42 + depth * 0.15), rng.uniform(12, 24), width, height)
        layers.append(f'<path d="{path}" fill="{fill}" opacity="0.88"/>')
    return "".join(layers)


def _orbits(rng: Random, sun: str, colours: tuple[str, ...], width: int, height: int) -> str:
    x, y = width * rng.uniform(0.3, 0.7), height * rng.uniform(0.4, 0.6)
    shapes = []
    for ring in range(7):
        radius, turn = 34 + ring * 25, rng.uniform(0, math.tau)
        shapes.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{radius}" fill="none" stroke="{colours[2]}" '
            f'stroke-opacity="{0.6 - ring * 0.07:.2f}" stroke-width="1.5"/>'
        )
        if ring in (1, 2, 4):
            dot_x, dot_y = x + radius * math.cos(turn), y + radius * math.sin(turn)
            shapes.append(f'<circle cx="{_n(dot_x)}" cy="{_n(dot_y)}" r="{9 - ring}" fill="{colours[3]}"/>')
    return "".join(shapes) + f'<circle cx="{_n(x)}" cy="{_n(y)}" r="27" fill="{sun}"/>'


def _tiles(rng: Random, sun: str, colours: tuple[str, ...], width: int, height: int) -> str:
    size, shapes = 60, []
    for column in range(width // size):
        for row in range(height // size):
            x, y, corner = column * size, row * size, int(rng.random() * 4)
            fill = (colours[1], colours[2], colours[3], sun, colours[0])[int(rng.random() * 5)]
            corner_x, corner_y = x + size * (corner % 2), y + size * (corner // 2)
            opposite_x, opposite_y = 2 * x + size - corner_x, 2 * y + size - corner_y
            sweep = int(corner in (1, 2))
            shapes.append(
                f'<path d="M{corner_x} {corner_y} L{opposite_x} {corner_y} '
                f'A{size} {size} 0 0 {1 - sweep} {corner_x} {opposite_y}Z" '
                f'fill="{fill}" stroke="{fill}" stroke-width=".4"/>'
            )
    return "".join(shapes)


def _equaliser(rng: Random, sun: str, colours: tuple[str, ...], width: int, height: int) -> str:
    shapes, phase, turns = [], rng.uniform(0, 6), rng.uniform(0.6, 1.4)
    for i in range(10):
        tall = height * (0.26 + 0.5 * abs(math.sin(phase + turns * i * 0.55)) * rng.uniform(0.75, 1))
        fill = sun if i % 3 else colours[2]
        shapes.append(
            f'<rect x="{22 + i * 20}" y="{_n((height - tall) / 2)}" width="12" height="{_n(tall)}" '
            f'rx="6" fill="{fill}" opacity="{0.95 if i % 2 else 0.7}"/>'
        )
    return "".join(shapes)


def _contours(rng: Random, sun: str, colours: tuple[str, ...], width: int, height: int) -> str:
    """Lines of a landscape, each hiding what is behind it."""
    shapes, peak = [], width * rng.uniform(0.4, 0.6)
    for line in range(15):
        base, points = height * 0.26 + line * height * 0.042, []
        for x in range(16, width - 15, 6):
            near = math.exp(-(((x - peak) / (width * 0.19)) ** 2))
            points.append(f"{x} {_n(base - near * height * 0.16 * rng.uniform(0.15, 1) - rng.uniform(0, 2.5))}")
        stroke = colours[3] if line % 4 else colours[2]
        shapes.append(
            f'<path d="M{" L".join(points)}" fill="{colours[0]}" fill-opacity="0.82" stroke="{stroke}" '
            'stroke-width="1.6" stroke-linejoin="round"/>'
        )
    return "".join(shapes)


FORMS = (_horizon, _swell, _orbits, _tiles, _equaliser, _contours)
