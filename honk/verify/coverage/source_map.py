"""Source maps (ECMA-426): which original lines the parts of a generated script come from. Pure."""

from collections.abc import Iterator

_DIGITS = {
    char: number for number, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}


def original_lines(mappings: str, wanted: int, lengths: list[int], ran: bytearray) -> set[int]:
    """The lines (from 1) of the original file number `wanted` of which a part ran. `ran` has one byte for each UTF-16
    unit of the generated script, whose lines have these `lengths`."""
    found: set[int] = set()
    source = line = at = 0
    for row, length in zip(mappings.split(";"), lengths, strict=False):
        segments: list[tuple[int, int]] = []
        column = 0
        for segment in filter(None, row.split(",")):
            values = list(_values(segment))
            column += values[0]
            if len(values) >= 4:
                source, line = source + values[1], line + values[2]
                if source == wanted:
                    segments.append((column, line + 1))
        for (start, number), (end, _) in zip(segments, [*segments[1:], (length, 0)], strict=True):
            if any(ran[at + start : at + max(end, start + 1)]):
                found.add(number)
        at += length + 1
    return found


def _values(segment: str) -> Iterator[int]:
    """The numbers of a segment: base 64, variable length, the sign in the lowest bit."""
    value = shift = 0
    for char in segment:
        digit = _DIGITS[char]
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            yield -(value >> 1) if value & 1 else value >> 1
            value = shift = 0
