"""Reduces a verifier's output to its relevant lines. Pure; takes time linear in the length of the output.

Output is untrusted and may be hostile: it is cut to a bound first, and the result is plain lines without escape
sequences, control characters or invisible direction marks.
"""

import re
from dataclasses import dataclass, field

from honk.verify import failure_patterns
from honk.verify.failure_patterns import Rank, Shape

MAX_LINES = 60
MAX_CHARS = 4000
MAX_WIDTH = 240
"""A longer line is cut after so many characters."""

MAX_BLOCK = 16
"""A block with more lines loses its middle."""

MAX_LISTED = 200_000

_HEAD, _TAIL = 600_000, 1_400_000
_HEAD_LINES, _TAIL_LINES = 8_000, 16_000
_WIDE = 2000

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_]|[ -/][0-~])|\x9b[0-?]*[@-~]"
)
_GONE = dict.fromkeys(
    [*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0xFEFF]
    + [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A), *range(0xE0000, 0xE0080)]
)
_START = re.compile("|".join(f"(?P<s{number}>{shape.start})" for number, shape in enumerate(failure_patterns.SHAPES)))


def failure(output: str) -> str:
    """The relevant lines of a failed command: at most MAX_LINES and MAX_CHARS, the first and last failure among them.

    Where nothing is recognised: the lines around words like `error`, or else the end of the output. Empty when there
    was no output.
    """
    lines = clean(output)
    blocks = _distinct(_blocks(lines))
    if not any(block.rank == "failure" for block in blocks):
        blocks += _weak(lines, blocks)
    if not blocks:
        last = [line for line in lines if line.strip()][-20:]
        return _joined(last)
    totals = [line.strip("= ") for line in lines if failure_patterns.TOTAL.match(line)][-3:]
    return _chosen(blocks, totals)


def success(output: str, seconds: float, tests: int | None = None) -> str:
    """One short line: how many tests there were where that is known, otherwise only how long it took."""
    took = f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    if tests is None:
        return f"passed in {took}"
    skips = _skipped([_plain(line) for line in output[-60_000:].split("\n")[-1500:]])
    return f"{tests} {'test' if tests == 1 else 'tests'} in {took}" + (f", {skips} skipped" if skips else "")


def clean(output: str) -> list[str]:
    """The output as plain lines without escapes and control characters. The middle of a very long output is left out;
    of a line that was redrawn (a progress bar) only the last state is kept."""
    if len(output) > _HEAD + _TAIL:
        output = f"{output[:_HEAD]}\n{output[-_TAIL:]}"
    lines = output.split("\n")
    if len(lines) > _HEAD_LINES + _TAIL_LINES:
        lines = lines[:_HEAD_LINES] + lines[-_TAIL_LINES:]
    return [_plain(line) for line in lines]


def plain_lines(output: str) -> list[str]:
    """The lines of the output, plain, at most MAX_LISTED: its beginning and its end. For readers of whole listings."""
    lines = output.split("\n")
    if len(lines) > MAX_LISTED:
        lines = lines[: MAX_LISTED // 2] + lines[-MAX_LISTED // 2 :]
    return [_plain(line) for line in lines]


def _plain(line: str) -> str:
    line = line.rstrip("\r").rpartition("\r")[2]
    if len(line) > _WIDE:
        line = line[:_WIDE]
    if not line.isascii() or not line.isprintable():
        line = _ESCAPES.sub("", line).replace("\t", "    ").translate(_GONE)
    return line if len(line) <= MAX_WIDTH else line[: MAX_WIDTH - 1] + "…"


@dataclass
class _Block:
    rank: Rank
    at: int
    lines: list[str] = field(default_factory=list)

    def short(self) -> list[str]:
        """Its lines, the middle left out when there are many."""
        if len(self.lines) <= MAX_BLOCK:
            return self.lines
        return [*self.lines[:6], "    …", *self.lines[7 - MAX_BLOCK :]]


def _blocks(lines: list[str]) -> list[_Block]:
    found: list[_Block] = []
    open_shape: Shape | None = None
    for number, line in enumerate(lines):
        shape = _shape(line)
        if open_shape and (_ends(open_shape, found[-1], line) or _interrupts(open_shape, shape)):
            open_shape = None
        if open_shape:
            if _keeps(open_shape, line):
                found[-1].lines.append(line)
            if open_shape.end == "traceback" and line.strip() and not line.startswith((" ", "Traceback")):
                open_shape = None
        elif shape:
            above = lines[number - 1] if shape.above and number else ""
            found.append(_Block(shape.rank, number, [above, line] if above[:1].strip() else [line]))
            open_shape = shape if shape.end != "line" else None
    return found


def _shape(line: str) -> Shape | None:
    match = _START.match(line)
    return failure_patterns.SHAPES[int((match.lastgroup or "s0")[1:])] if match else None


def _ends(shape: Shape, block: _Block, line: str) -> bool:
    if failure_patterns.BOUNDARY.match(line):
        return True
    if shape.end == "blank":
        return not line.strip()
    if shape.end == "frame":
        return not line.startswith((" ", "\t", "|")) or len(block.lines) > 8 or not line.strip()
    return False


def _interrupts(shape: Shape, new: Shape | None) -> bool:
    """Whether `new` begins a block inside a block of `shape`: a heading always does, others not inside a heading's."""
    return new is not None and (new.end == "heading" or (shape.end in ("frame", "blank") and new is not shape))


def _keeps(shape: Shape, line: str) -> bool:
    return not failure_patterns.NOISE.match(line) and (shape.keep is None or bool(shape.keep.match(line)))


def _weak(lines: list[str], blocks: list[_Block]) -> list[_Block]:
    """Lines with a word like `error`, each with what follows it, the last ones first to be kept."""
    taken = {block.at for block in blocks}
    hits = [number for number, line in enumerate(lines) if number not in taken and failure_patterns.WEAK.search(line)]
    found: list[_Block] = []
    for number in hits if len(hits) <= 12 else [*hits[:4], *hits[-8:]]:
        context = [
            line for line in lines[number : number + 3] if line.strip() and not failure_patterns.NOISE.match(line)
        ]
        if context and not (found and number - found[-1].at < 3):
            found.append(_Block("failure", number, context))
    return found


def _distinct(blocks: list[_Block]) -> list[_Block]:
    """The blocks without repetitions: many runners print each failure twice."""
    seen: set[str] = set()
    kept: list[_Block] = []
    for block in blocks:
        text = "\n".join(line.strip() for line in block.lines)
        if text not in seen:
            seen.add(text)
            kept.append(block)
    return kept


def _chosen(blocks: list[_Block], totals: list[str]) -> str:
    """As many blocks as fit: the first and the last failure, the other failures in order, then lists of names."""
    failures = [block for block in blocks if block.rank == "failure"]
    others = [block for block in blocks if block.rank != "failure"]
    wanted = [*failures[:1], *(failures[-1:] if len(failures) > 1 else []), *failures[1:-1]]
    lines_left = MAX_LINES - len(totals) - 1
    chars_left = MAX_CHARS - sum(len(line) + 1 for line in totals) - 40
    taken: list[_Block] = []
    for block in wanted + others:
        if block in others and len(taken) == len(failures) > 0:
            break  # every failure is shown: a list of their names would repeat them
        text = block.short()
        size = sum(len(line) + 1 for line in text)
        if len(text) <= lines_left and size <= chars_left:
            taken.append(block)
            lines_left -= len(text)
            chars_left -= size
    lines = [line for block in sorted(taken, key=lambda block: block.at) for line in block.short()]
    left_out = len([block for block in failures if block not in taken])
    more = [f"… and {left_out} more"] if left_out else []
    return _joined([*lines, *more, *(total for total in totals if total not in lines)])


def _joined(lines: list[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines[-MAX_LINES:])
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS // 2] + "\n…\n" + text[-MAX_CHARS // 2 + 4 :]


def _skipped(lines: list[str]) -> int:
    for line in reversed(lines):
        if match := failure_patterns.SKIPS.search(line):
            return int(next(group for group in match.groups() if group))
    return 0
