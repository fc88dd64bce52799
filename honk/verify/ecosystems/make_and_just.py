"""Make and just: the targets by which a project itself says what to run.

A target that installs things or needs a daemon is passed over where the language offers the same kind of check: it
would fail for want of a network, which says nothing about the change.
"""

import re

from honk.verify.base import Kind, Listing, Verifier

_TARGETS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("format", ("format-check", "fmt-check", "check-format", "check-fmt", "format_check", "fmt_check")),
    ("lint", ("lint",)),
    ("build", ("build",)),
    ("test", ("test", "tests", "check")),
)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_JUSTFILES = ("justfile", "Justfile", ".justfile")
_RULE = re.compile(r"^@?([A-Za-z0-9][\w./-]*(?:[ \t]+[A-Za-z0-9][\w./-]*)*)[ \t]*(?<!:)::?(?![=:])([^=#]*)")
_NEEDS_MORE = re.compile(
    r"\b(docker|podman|kubectl|sudo|apt(-get)?|brew|curl|wget|(pip3?|npm|pnpm|yarn|poetry|bundle|gem) +(install|ci)"
    r"|uv +(sync|pip)|poetry +install|npm +ci|git +(pull|clone|submodule))\b"
)


def verifiers(listing: Listing) -> tuple[Verifier, ...]:
    """One verifier for each kind that a Makefile or justfile has a target for; Make first."""
    return (*_read(listing, _MAKEFILES, "make"), *_read(listing, _JUSTFILES, "just"))


def needs_more(listing: Listing, verifier: Verifier) -> bool:
    """Whether the verifier's target, or one that it depends on, installs something or needs a daemon."""
    rules = parse(listing.text(verifier.source))
    todo, seen = [verifier.command.rpartition(" ")[2]], set[str]()
    while todo:
        target = todo.pop()
        if target in seen or target not in rules:
            continue
        seen.add(target)
        needs, recipe = rules[target]
        if _NEEDS_MORE.search(recipe):
            return True
        todo += needs
    return False


def parse(text: str) -> dict[str, tuple[list[str], str]]:
    """Each target's prerequisites and recipe."""
    rules: dict[str, tuple[list[str], str]] = {}
    current: list[str] = []
    for line in text.split("\n"):
        if line[:1] in ("\t", " "):
            for target in current:
                needs, recipe = rules[target]
                rules[target] = (needs, f"{recipe}{line}\n")
        elif rule := _RULE.match(line[:1000]):
            current = rule[1].split()
            for target in current:
                needs, recipe = rules.get(target, ([], ""))
                rules[target] = ([*needs, *rule[2].split()], recipe)
        elif line.strip() and not line.startswith("#"):
            current = []
    return rules


def _read(listing: Listing, files: tuple[str, ...], program: str) -> tuple[Verifier, ...]:
    source = listing.first(files)
    rules = parse(listing.text(source)) if source else {}
    found: list[Verifier] = []
    for kind, names in _TARGETS:
        target = next((name for name in names if name in rules), "")
        if target:
            found.append(Verifier(target, f"{program} {target}", source, kind, _recipe(rules, target)))
    if "check" in rules and "test" in rules and "test" not in rules["check"][0] and "lint" not in rules:
        found.insert(0, Verifier("check", f"{program} check", source, "lint", _recipe(rules, "check")))
    return tuple(found)


def _recipe(rules: dict[str, tuple[list[str], str]], target: str) -> str:
    """What the target runs: its recipe, after those of the targets that it depends on."""
    todo, seen, recipe = [target], set[str](), ""
    while todo:
        name = todo.pop()
        if name in rules and name not in seen:
            seen.add(name)
            recipe = rules[name][1] + recipe
            todo += rules[name][0]
    return recipe
