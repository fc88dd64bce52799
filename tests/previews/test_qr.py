import re
import struct
import zlib

import segno

from honk.previews import qr_code

TEXT = "http://192.168.178.23:8484/p/p.k3x9f2a.tro8w0..vN3whbtdoh6-q6810syvXg/"


def modules(text):
    """The expected modules: True is dark, with the four light modules around the code."""
    return [[bool(module) for module in row] for row in segno.make(text, micro=False, error="l").matrix_iter(border=4)]


def unfold(drawing, upper, lower):
    """Convert half blocks back to rows of modules."""
    rows = []
    for line in drawing.splitlines():
        rows += [[letter in upper for letter in line], [letter in lower for letter in line]]
    return rows


def test_in_colour_the_ink_is_the_dark_modules_on_any_terminal():
    drawing = qr_code.terminal(TEXT)
    lines = drawing.splitlines()
    assert all(line.startswith("\x1b[38;5;16;48;5;231m") and line.endswith("\x1b[0m") for line in lines)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawing)
    wanted = modules(TEXT)
    assert unfold(plain, "▀█", "▄█")[: len(wanted)] == wanted


def test_without_colour_the_ink_is_the_light_modules():
    drawing = qr_code.terminal(TEXT, colour=False)
    wanted = modules(TEXT)
    ink = unfold(drawing, "▀█", "▄█")
    assert [[not module for module in row] for row in ink][: len(wanted)] == wanted
    assert all(ink[-1]), "the spare half line belongs to the quiet zone"


def test_a_preview_link_fits_a_narrow_terminal():
    assert max(map(len, qr_code.terminal(TEXT, colour=False).splitlines())) <= 45
    assert len(qr_code.terminal(TEXT, colour=False).splitlines()) <= 23


def test_the_picture_for_a_page_scales_and_is_black_on_white():
    svg = qr_code.svg(TEXT)
    assert svg.startswith("<svg") and "viewBox" in svg and "<script" not in svg
    assert 'fill="#fff"' in svg and 'stroke="#000"' in svg and 'width="' not in svg.partition(">")[0]


def test_the_png_shows_the_same_modules():
    raw = qr_code.png(TEXT, scale=2)
    wanted = modules(TEXT)
    width, height, depth = struct.unpack(">IIB", raw[16:25])
    assert (width, height) == (2 * len(wanted),) * 2 and depth == 1
    data = raw[raw.index(b"IDAT") + 4 :]
    rows = zlib.decompressobj().decompress(data)
    stride = (width + 7) // 8 + 1
    for y in range(0, height, 2):
        line = rows[y * stride + 1 : (y + 1) * stride]
        bits = [bool(line[x // 8] >> (7 - x % 8) & 1) for x in range(0, width, 2)]
        assert [not bit for bit in bits] == wanted[y // 2]
