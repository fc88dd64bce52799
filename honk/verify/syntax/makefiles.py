"""Targets and variables of a Makefile or justfile."""

import re

_TARGET = re.compile(r"^@?([\w./%-]+(?:\s+[\w./%-]+)*)\s*(?:[\w=\"' *+$]*)?:(?!=)\s*([^#=]*)")
_VARIABLE = re.compile(r"^\s*(?:export\s+|override\s+|set\s+)*([\w.-]+)\s*(?::=|::=|\?=|\+=|=|!=)\s*(.*)$")
_DEFINE = re.compile(r"(?ms)^define\s+(\S+).*?\n(.*?)^endef")
_INCLUDE = re.compile(r"(?m)^\s*(?:-?s?include|import\??|mod\??(?:\s+\w+)?)\s+(.+)$")
Targets = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""The targets of a file: what each needs, and its recipe."""


def targets(text: str) -> Targets:
    """The targets of a Makefile or justfile: what each needs, and its recipe."""
    found: Targets = {}
    names: list[str] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line[:1] in ("\t", " ") and names:
            bare = line.strip()
            if bare and not bare.startswith("#"):
                for name in names:
                    needs, lines = found[name]
                    found[name] = (needs, (*lines, bare))
        elif (match := _TARGET.match(line)) and not line.startswith((".PHONY", "#")):
            names = match[1].split()[:1] if ":" in line and "just" in line else match[1].split()
            for name in names:
                needs, lines = found.get(name, ((), ()))
                inline = line.partition(";")[2].strip()
                found[name] = ((*needs, *match[2].split(";")[0].split()), (*lines, inline) if inline else lines)
        elif line.strip() and not line.startswith("#"):
            names = []
    return found


def variables(text: str) -> dict[str, str]:
    """The variables that the file sets outside of recipes, with every text that it gives them."""
    found: dict[str, str] = {match[1]: match[2] for match in _DEFINE.finditer(text)}
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line.startswith("\t") and (match := _VARIABLE.match(line)):
            found[match[1]] = f"{found[match[1]]}\n{match[2]}" if match[1] in found else match[2]
    return found


def included(text: str) -> tuple[str, ...]:
    """The files that it includes, as they are written there."""
    return tuple(word.strip("'\"") for match in _INCLUDE.finditer(text) for word in match[1].split("#")[0].split())
