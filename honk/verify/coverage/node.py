"""JavaScript and TypeScript: the coverage that Node.js writes itself (NODE_V8_COVERAGE), as lines.

The files' format is V8's `Profiler.takePreciseCoverage`:
https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-ScriptCoverage
Node.js adds source maps under `source-map-cache`: https://nodejs.org/api/cli.html#node_v8_coveragedir
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from honk.verify.coverage import source_map
from honk.verify.coverage.base import FileLines, Lines, NotMeasured, ProgramFile, ToolChain, result
from honk.verify.coverage.code_lines import code_lines
from honk.verify.syntax import languages

MAX_PROCESSES = 400
"""Of more processes than this the coverage is not known."""

MAX_UNITS = 20_000_000
"""Larger scripts are not read, in UTF-16 units."""

_BUILT = re.compile(r"(^|/)(dist|build|out|cjs|esm|lib-cjs|lib-esm|\.next)/")
_NOT_PROJECT = ("/node_modules/", "/.honk/")


@dataclass(frozen=True)
class _Script:
    """A script that a process loaded. With a source map, `path` is one of the files that it was made from, `index` its
    number in the map."""

    path: str
    functions: list[Any]
    mapped: Any = None
    index: int = 0


def read(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    """A file that no process loads has no executed line, where a process loaded a file of tests."""
    root = result(folder, "node-root").strip()
    scripts = list(_scripts(folder, root))
    if not scripts:
        raise NotMeasured("the tests start no Node.js that runs files of the project and writes its coverage")
    found: dict[str, FileLines | NotMeasured] = {}
    for file in changed:
        runs = [script for script in scripts if script.path == file.path]
        code = code_lines(file) & file.changed
        try:
            executed = set().union(*(_executed(file, script) for script in runs))
        except NotMeasured as error:
            found[file.path] = error
            continue
        if runs or _as_written(file, scripts):
            found[file.path] = FileLines(code, code & executed)
        else:
            found[file.path] = NotMeasured("no test that Node.js runs from its own file was seen to load it")
    return found


def _as_written(file: ProgramFile, scripts: list[_Script]) -> bool:
    """Whether the tests load files of this kind under their own names, so that one which is not seen is not loaded."""
    same = [script.path for script in scripts if script.path.endswith(PurePosixPath(file.path).suffix)]
    return any(map(languages.is_test, same)) and not any(_BUILT.search(script.path) for script in scripts)


def _scripts(folder: Path, root: str) -> Iterator[_Script]:
    """The scripts of the project that processes loaded."""
    results = sorted((folder / "node").glob("coverage-*.json"))
    if len(results) > MAX_PROCESSES:
        raise NotMeasured(f"the tests start more than {MAX_PROCESSES} processes")
    for path in results:
        if not (text := result(folder, f"node/{path.name}")):
            continue
        data = json.loads(text)
        maps = data.get("source-map-cache") or {}
        for script in data["result"]:
            mapped = maps.get(script["url"])
            sources = mapped["data"]["sources"] if mapped and mapped.get("data") else [script["url"]]
            for index, url in enumerate(sources):
                place = unquote(urlsplit(url).path)
                if place.startswith(f"{root}/") and not any(part in place for part in _NOT_PROJECT):
                    yield _Script(place.removeprefix(f"{root}/"), script["functions"], mapped, index)


def _executed(file: ProgramFile, script: _Script) -> set[int]:
    """The lines of the file with a character that ran. Offsets count UTF-16 units."""
    spans = [each for function in script.functions for each in function["ranges"]]
    size = max((each["endOffset"] for each in spans), default=0)
    if size > MAX_UNITS:
        raise NotMeasured("the script that runs it is too large")
    ran = bytearray(size)
    for span in sorted(spans, key=lambda each: (each["startOffset"], -each["endOffset"])):
        start, end = max(span["startOffset"], 0), min(span["endOffset"], size)
        ran[start:end] = (b"\1" if span["count"] else b"\0") * (end - start)
    if script.mapped and script.mapped.get("data"):
        mappings = script.mapped["data"]["mappings"]
        return source_map.original_lines(mappings, script.index, script.mapped["lineLengths"], ran)
    if size * 2 != len(file.text.encode("utf-16-le", errors="surrogatepass")):
        raise NotMeasured("it is transformed before it runs, and Node.js knows no source map of it")
    return _lines_of(ran, file.text)


def _lines_of(ran: bytearray, text: str) -> set[int]:
    found: set[int] = set()
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        length, indent = len(line.encode("utf-16-le", errors="surrogatepass")) // 2, len(line) - len(line.lstrip())
        if any(ran[at + indent : at + length]):
            found.add(number)
        at += length + 1
    return found


NODE = ToolChain(
    "JavaScript",
    (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"),
    'pwd -P > "$HONK_COVERAGE/node-root"; export NODE_V8_COVERAGE="$HONK_COVERAGE/node"',
    read,
)
