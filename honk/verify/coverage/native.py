"""C and C++ by gcov, Rust by LLVM, Go by its own profile: line counts that the compilers' programs write.

C and C++: `cc`, `gcc`, `c++` and `g++` are called with `--coverage`, by programs of these names in front of PATH; so a
Makefile needs no change. What a build leaves alone, because it is up to date, has no counts.
gcov's format: https://gcc.gnu.org/onlinedocs/gcc/Invoking-Gcov.html (`--json-format`)
Rust: `-C instrument-coverage`, https://doc.rust-lang.org/rustc/instrument-coverage.html; lcov is LLVM's export.
Go: `-coverprofile` in GOFLAGS; https://go.dev/blog/cover has the format of a block.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from honk.verify.coverage.base import FileLines, Lines, NotMeasured, ProgramFile, ToolChain, result
from honk.verify.coverage.code_lines import code_lines

Count = tuple[str, int, int]
"""A file below the workspace, a line of it, and how often it ran."""

_HEADERS = (".h", ".hh", ".hpp")
"""Files that often hold declarations alone, of which there are no counts."""

_ROOT = 'pwd -P > "$HONK_COVERAGE/root"'

_WRAP_COMPILERS = f"""{_ROOT}; mkdir -p "$HONK_COVERAGE/bin"
for name in cc gcc c++ g++; do
    found=$(command -v "$name") || continue
    printf '#!/bin/sh\\nexec "%s" "$@" --coverage\\n' "$found" > "$HONK_COVERAGE/bin/$name"
    chmod +x "$HONK_COVERAGE/bin/$name"
done
PATH="$HONK_COVERAGE/bin:$PATH"
"""
_GCOV = 'find . -name "*.gcda" -exec gcov --json-format --stdout {} + > "$HONK_COVERAGE/gcov"'

_LLVM_TOOLS = f"""{_ROOT}
HONK_LLVM=$(ls -d "$(rustc --print sysroot 2>/dev/null)"/lib/rustlib/*/bin/llvm-profdata 2>/dev/null | head -n 1)
if [ -n "$HONK_LLVM" ]; then
    export HONK_LLVM="${{HONK_LLVM%/*}}" CARGO_TARGET_DIR="$HONK_COVERAGE/target"
    export RUSTFLAGS="${{RUSTFLAGS:-}} -C instrument-coverage" LLVM_PROFILE_FILE="$HONK_COVERAGE/rust/%p-%m.profraw"
else
    : > "$HONK_COVERAGE/no-llvm"
fi
"""
_LLVM_EXPORT = """
[ -n "$HONK_LLVM" ] || exit 0
cd "$HONK_COVERAGE" && "$HONK_LLVM/llvm-profdata" merge -sparse rust/*.profraw -o rust.profdata
set --
for file in $(find target -type f -perm -100 ! -name "*.so" ! -path "*/build/*"); do set -- "$@" -object "$file"; done
shift
"$HONK_LLVM/llvm-cov" export -format=lcov -instr-profile=rust.profdata "$@" > lcov
"""


def _read_gcov(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    text = result(folder, "gcov")
    if not text.strip():
        raise NotMeasured("the tests build nothing with cc, gcc, c++ or g++ that writes counts for gcov")
    return _by_file(_of_gcov(text, result(folder, "root").strip()), changed, "it is not compiled while the tests run")


def _of_gcov(text: str, root: str) -> Iterator[Count]:
    for document in filter(None, text.splitlines()):
        data = json.loads(document)
        for file in data["files"]:
            path = _inside(root, f"{data['current_working_directory']}/{file['file']}", file["file"])
            yield from ((path, line["line_number"], line["count"]) for line in file["lines"])


def _read_rust(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    if (folder / "no-llvm").exists():
        raise NotMeasured("the Rust tool chain has no llvm-tools (`rustup component add llvm-tools`)")
    text = result(folder, "lcov")
    if not text.strip():
        raise NotMeasured("the tests build no Rust program that writes a profile")
    return _by_file(_of_lcov(text, result(folder, "root").strip()), changed, "it is not compiled while the tests run")


def _of_lcov(text: str, root: str) -> Iterator[Count]:
    path = ""
    for row in text.splitlines():
        kind, _, rest = row.partition(":")
        if kind == "SF":
            path = _inside(root, rest, rest)
        elif kind == "DA":
            line, count = rest.split(",")[:2]
            yield path, int(line), int(count)


_GO_BLOCK = re.compile(r"(.+):(\d+)\.\d+,(\d+)\.\d+ \d+ (\d+)")


def _read_go(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    text = result(folder, "go")
    if not text.strip():
        raise NotMeasured("the tests do not run `go test`, or it writes no profile")
    counts: list[Count] = []
    for file in changed:
        code = code_lines(file)
        for name, first, last, count in _GO_BLOCK.findall(text):
            if name.endswith(f"/{file.path}"):  # the name begins with that of the module
                counts += [(file.path, line, int(count)) for line in range(int(first), int(last) + 1) if line in code]
    return _by_file(counts, changed, "no profile names it")


def _by_file(counts: Iterable[Count], changed: tuple[ProgramFile, ...], absent: str) -> Lines:
    executable: dict[str, set[int]] = defaultdict(set)
    executed: dict[str, set[int]] = defaultdict(set)
    for path, line, count in counts:
        executable[path].add(line)
        if count:
            executed[path].add(line)
    return {
        file.path: FileLines(file.changed & executable[file.path], file.changed & executed[file.path])
        if file.path in executable or file.path.endswith(_HEADERS)
        else NotMeasured(absent)
        for file in changed
    }


def _inside(root: str, absolute: str, name: str) -> str:
    """The path below the workspace, empty for one outside it."""
    path = name if name.startswith("/") else absolute
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)[1:].removeprefix(f"{root}/") if parts else ""


C = ToolChain(
    "C",
    (".c", ".cc", ".cpp", ".cxx", *_HEADERS),
    _WRAP_COMPILERS,
    _read_gcov,
    after=_GCOV,
)
RUST = ToolChain("Rust", (".rs",), _LLVM_TOOLS, _read_rust, after=_LLVM_EXPORT)
GO = ToolChain(
    "Go", (".go",), 'export GOFLAGS="${GOFLAGS:-} -coverpkg=./... -coverprofile=$HONK_COVERAGE/go"', _read_go
)
