"""JavaScript and TypeScript: the coverage that Node.js writes itself (NODE_V8_COVERAGE), as lines.

The files' format is V8's `Profiler.takePreciseCoverage`:
https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-ScriptCoverage
Node.js adds source maps under `source-map-cache`: https://nodejs.org/api/cli.html#node_v8_coveragedir
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from honk.verify.coverage import source_map
from honk.verify.coverage.base import FileLines, Lines, NotMeasured, ProgramFile, ToolChain, result
from honk.verify.syntax import grammars, languages

MAX_PROCESSES = 400
"""So many processes' results are read."""

_NO_CODE = re.compile(r"[\s{}()\[\];,]*(?:else|try|finally|do)?[\s{}()\[\];,]*")
_NOT_PROJECT = ("/node_modules/", "/.honk/")


def read(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    """A file that no process loads has no executed line, where a process loaded a file of tests."""
    root = result(folder, "node-root").strip()
    scripts = list(_scripts(folder, root))
    if not scripts:
        raise NotMeasured("the tests start no Node.js that runs files of the project and writes its coverage")
    tested = any(languages.is_test(path) for path, _, _ in scripts)
    found: dict[str, FileLines | NotMeasured] = {}
    for file in changed:
        runs = [(functions, mapped) for path, functions, mapped in scripts if path == file.path]
        code = _code_lines(file) & file.changed
        executed: set[int] = set()
        try:
            for functions, mapped in runs:
                executed |= _executed(file, functions, mapped)
        except NotMeasured as error:
            found[file.path] = error
            continue
        if not runs and not tested:
            found[file.path] = NotMeasured("no test that Node.js runs was seen to load it")
        else:
            found[file.path] = FileLines(frozenset(code), frozenset(executed & code))
    return found


def _scripts(folder: Path, root: str) -> Iterator[tuple[str, list[Any], Any]]:
    """Each script of the project that a process loaded: its path, its functions and its source map, if any."""
    for path in sorted((folder / "node").glob("coverage-*.json"))[:MAX_PROCESSES]:
        if not (text := result(folder, f"node/{path.name}")):
            continue
        data = json.loads(text)
        maps = data.get("source-map-cache") or {}
        for script in data["result"]:
            place = unquote(urlsplit(script["url"]).path)
            if place.startswith(f"{root}/") and not any(part in place for part in _NOT_PROJECT):
                yield place.removeprefix(f"{root}/"), script["functions"], maps.get(script["url"])


def _executed(file: ProgramFile, functions: list[Any], mapped: Any) -> set[int]:
    """The lines of the file with a character that ran. Offsets count UTF-16 units."""
    size = max((each["endOffset"] for function in functions for each in function["ranges"]), default=0)
    source = file.text.encode("utf-16-le", errors="surrogatepass")
    lengths = [len(line.encode("utf-16-le")) // 2 for line in file.text.split("\n")]
    if size > 20_000_000:
        raise NotMeasured("its result is too large")
    ran = bytearray(size)
    spans = [each for function in functions for each in function["ranges"]]
    for span in sorted(spans, key=lambda each: (each["startOffset"], -each["endOffset"])):
        start, end = max(span["startOffset"], 0), min(span["endOffset"], size)
        ran[start:end] = (b"\1" if span["count"] else b"\0") * (end - start)
    if size * 2 == len(source) and not mapped:
        return _lines_of(ran, lengths, file.text)
    if not mapped or not mapped.get("data"):
        raise NotMeasured("it is transformed before it runs, and Node.js knows no source map of it")
    return source_map.original_lines(mapped["data"]["mappings"], mapped["lineLengths"], ran)


def _lines_of(ran: bytearray, lengths: list[int], text: str) -> set[int]:
    found: set[int] = set()
    at = 0
    for number, (length, line) in enumerate(zip(lengths, text.split("\n"), strict=True), 1):
        indent = len(line) - len(line.lstrip())
        if any(ran[at + indent : at + length]):
            found.add(number)
        at += length + 1
    return found


def _code_lines(file: ProgramFile) -> frozenset[int]:
    """The lines that hold more than a comment, brackets or `else`."""
    source = grammars.parse(file.path, file.text)
    rows = file.text.encode(errors="replace").split(b"\n")
    comments = grammars.walk(source.root) if source.root is not None else iter(())
    for node in [node for node in comments if node.type in grammars.COMMENTS]:
        first, last = node.row, node.end_row
        start, end = (
            at - node.content.line_starts[row] for at, row in ((node.start_byte, first), (node.end_byte, last))
        )
        for row in range(first, min(last, len(rows) - 1) + 1):
            left = start if row == first else 0
            right = end if row == last else len(rows[row])
            rows[row] = rows[row][:left] + b" " * (right - left) + rows[row][right:]
    return frozenset(
        number for number, row in enumerate(rows, 1) if not _NO_CODE.fullmatch(row.decode(errors="replace"))
    )


NODE = ToolChain(
    "JavaScript",
    (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"),
    'pwd -P > "$HONK_COVERAGE/node-root"; export NODE_V8_COVERAGE="$HONK_COVERAGE/node"',
    read,
)
