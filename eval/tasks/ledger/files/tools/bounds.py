"""Refuses long files and functions; the bounds are in setup.cfg."""

import ast
import configparser
import pathlib
import sys

config = configparser.ConfigParser()
config.read("setup.cfg")
bounds = config["tool:bounds"]
found = []
for path in sorted(pathlib.Path("ledger").rglob("*.py")):
    if str(path) in bounds.get("exclude", "").split():
        continue
    text = path.read_text()
    if "# bounds: off" in text:
        continue
    if len(text.splitlines()) > bounds.getint("max_lines"):
        found.append(f"{path}: too long")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= bounds.getint("max_function"):
            found.append(f"{path}: {node.name} is too long")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"{path}: bare except")
print("\n".join(found))
sys.exit(bool(found))
