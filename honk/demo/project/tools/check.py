"""The house rules of the code, checked with nothing but the standard library.

python3 tools/check.py format    spaces, line ends and line length
python3 tools/check.py lint      syntax, unused imports, forgotten prints and breakpoints
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 120
CHECKED = (".py", ".css", ".js", ".json", ".md", ".sh", ".toml")
MAY_PRINT = ("app/server.py", "tools/")

Finding = tuple[int, str]


def main(words: list[str]) -> int:
    checks = {"format": _format, "lint": _lint}
    chosen = words or list(checks)
    if unknown := [word for word in chosen if word not in checks]:
        print(f"unknown check: {unknown[0]} (there are {', '.join(checks)})", file=sys.stderr)
        return 2
    found = 0
    for file in sorted(_files()):
        name, text = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
        for check in chosen:
            for line, what in checks[check](name, text):
                print(f"{name}:{line}: {what}")
                found += 1
    print(f"{' and '.join(chosen)}: {found} found" if found else f"{' and '.join(chosen)}: clean")
    return 1 if found else 0


def _files() -> Iterator[Path]:
    for file in ROOT.rglob("*"):
        hidden = any(part.startswith((".", "__pycache__")) for part in file.relative_to(ROOT).parts)
        if file.is_file() and file.suffix in CHECKED and not hidden:
            yield file


def _format(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > WIDTH and not name.endswith(".json"):
            yield number, f"{len(line)} characters, {WIDTH} fit"
        if line != line.rstrip():
            yield number, "spaces at the end of the line"
        if "\t" in line:
            yield number, "a tab"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    if text.endswith("\n\n"):
        yield text.count("\n"), "empty lines at the end of the file"


def _lint(name: str, text: str) -> Iterator[Finding]:
    if name.endswith(".json"):
        try:
            json.loads(text)
        except json.JSONDecodeError as wrong:
            yield wrong.lineno, f"not JSON: {wrong.msg}"
    if not name.endswith(".py"):
        return
    try:
        tree = ast.parse(text, name)
    except SyntaxError as wrong:
        yield wrong.lineno or 1, f"not Python: {wrong.msg}"
        return
    yield from _unused_imports(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "breakpoint" or (node.func.id == "print" and not name.startswith(MAY_PRINT)):
                yield node.lineno, f"a forgotten {node.func.id}()"


def _unused_imports(tree: ast.Module) -> Iterator[Finding]:
    imported: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                imported[(alias.asname or alias.name).split(".")[0]] = node.lineno
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name, line in imported.items():
        if name not in used:
            yield line, f"'{name}' is imported but never used"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
