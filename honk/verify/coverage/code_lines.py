"""Which lines of a file hold code, for tool chains that count characters or blocks. Pure."""

import re

from honk.verify.coverage.base import ProgramFile
from honk.verify.syntax import grammars

_NO_CODE = re.compile(r"[\s{}()\[\];,]*(?:else|try|finally|do|export)?[\s{}()\[\];,]*")
_NOT_RUN = grammars.COMMENTS | {"interface_declaration", "type_alias_declaration", "import_statement"}
"""Types of syntax nodes that a program does not run, or of which runtimes keep no trace."""


def code_lines(file: ProgramFile) -> frozenset[int]:
    """The lines that hold more than a comment, a type, an import, brackets or `else`."""
    source = grammars.parse(file.path, file.text)
    rows = file.text.encode(errors="replace").split(b"\n")
    nodes = grammars.walk(source.root) if source.root is not None else iter(())
    for node in [node for node in nodes if node.type in _NOT_RUN]:
        first, last = node.row, node.end_row
        start, end = (
            at - node.content.line_starts[row] for at, row in ((node.start_byte, first), (node.end_byte, last))
        )
        for row in range(first, min(last, len(rows) - 1) + 1):
            left = start if row == first else 0
            right = end if row == last else len(rows[row])
            rows[row] = rows[row][:left] + b" " * (right - left) + rows[row][right:]
    texts = (row.decode(errors="replace") for row in rows)
    return frozenset(number for number, text in enumerate(texts, 1) if not _NO_CODE.fullmatch(text))
