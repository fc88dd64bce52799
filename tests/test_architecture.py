"""The shape that the code keeps: small modules and functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = {
    path.relative_to(ROOT): path.read_text()
    for top in ("honk", "simulators")
    for path in sorted((ROOT / top).rglob("*.py"))
    if "demo/project" not in path.as_posix() and "demo/scripts" not in path.as_posix()
}
TREES = {path: ast.parse(text) for path, text in MODULES.items()}

LARGEST_MODULE = 400
USUAL_MODULE = 250
"""Nine modules in ten are at most this long."""
LONGEST_FUNCTION = 60


def length(path: Path) -> int:
    return MODULES[path].count("\n")


def functions() -> Iterator[tuple[str, int]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_modules_are_small() -> None:
    assert {str(path): length(path) for path in MODULES if length(path) > LARGEST_MODULE} == {}
    sizes = sorted(map(length, MODULES))
    assert sizes[len(sizes) * 9 // 10] <= USUAL_MODULE


def test_functions_are_short() -> None:
    assert [(name, lines) for name, lines in functions() if lines > LONGEST_FUNCTION] == []
