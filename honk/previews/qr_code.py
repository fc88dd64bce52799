"""QR codes: for a terminal, for a page, for a chat message. Pure: text in, text or bytes out."""

import io

import segno

_QUIET = 4
"""Light modules around the code, as the standard requires: with fewer, cameras fail on dark backgrounds."""

_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
# Palette entries 16 and 231 are black and white in every terminal; 0 and 15 follow the person's theme.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"


def terminal(text: str, *, colour: bool = True) -> str:
    """`text` as lines of half blocks, two modules per line.

    With `colour` it is black on white on any terminal. Without, light modules are drawn, so that it is right on a
    dark background, and inverted on a light one, which current cameras read too.
    """
    dark = [[bool(module) for module in row] for row in _code(text).matrix_iter(border=_QUIET)]
    if len(dark) % 2:
        dark.append([False] * len(dark[0]))
    pairs = zip(dark[::2], dark[1::2], strict=True)
    if colour:
        lines = ["".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
        return "\n".join(f"{_BLACK_ON_WHITE}{line}{_RESET}" for line in lines)
    return "\n".join(
        "".join(_BLOCKS[(not top, not bottom)] for top, bottom in zip(upper, lower, strict=True))
        for upper, lower in pairs
    )


def svg(text: str) -> str:
    """An `<svg>` element for a page: scales with its box, black on white whatever the page's colours."""
    return _code(text).svg_inline(border=_QUIET, dark="#000", light="#fff", omitsize=True)


def png(text: str, *, scale: int = 8) -> bytes:
    """A PNG with `scale` pixels per module."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=scale, border=_QUIET, dark="#000", light="#fff")
    return out.getvalue()


def _code(text: str) -> segno.QRCode:
    # no Micro QR, which phones do not read; the lowest error correction gives the largest modules
    return segno.make(text, micro=False, error="l", boost_error=True)
