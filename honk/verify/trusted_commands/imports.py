"""Which of the repository's own files a source file loads: imports, requires, and scripts that it names."""

import posixpath
import re
from collections.abc import Iterator

from honk.verify.base import Listing
from honk.verify.syntax import languages

MAX_TEST_FILES = 400
"""At most so many files are read to find out what the tests import."""

_PYTHON = re.compile(
    r"(?m)^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*|[\w, \t]+)|import[ \t]+([\w., \t]+))"
    r"|(?:import_module|__import__|run_module)\(\s*['\"]([\w.]+)"
)
_SCRIPT = re.compile(
    r"(?:\brequire\(|\bfrom\s+|\bimport\s+|\bimport\(|\bimportScripts\()\s*['\"](\.{1,2}/[^'\"\n]+)"
    r"|\brequire_relative[\s(]+['\"]([^'\"\n]+)|\b(?:require|include)(?:_once)?[\s(]+(?:__DIR__\s*\.\s*)?['\"]/?([^'\"\n]+\.php)"
)
_NAMED = re.compile(r"['\"]([\w./-]+\.(?:sh|bash|py|rb|[cm]?js|ts|pl|php|ps1))['\"]")
_SUFFIXES = ("", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx", ".rb", ".json", "/index.js", "/index.ts")


def imported(base: Listing, path: str, *, absent: bool = False) -> Iterator[str]:
    """The files of the repository that the file loads. With `absent`, instead the paths of files that are not there,
    and that it would load from its own folder if a change added them."""
    folder = posixpath.dirname(path)
    text = base.text(path)
    if path.endswith((".py", ".pyi")):
        for module, alone in _python_modules(text, folder):
            module = module.partition("/")[0] if absent and not alone else module
            places = [folder] if alone else dict.fromkeys((folder, "", "src", folder.partition("/")[0]))
            found = [each for place in places for each in _python_files(base, posixpath.join(place, module), absent)]
            yield from found[: 2 if absent else None]
    else:
        for match in _SCRIPT.finditer(text):
            inside = posixpath.normpath(posixpath.join(folder, match[1] or match[2] or match[3]))
            stem = re.sub(r"\.[cm]?js$", "", inside)
            candidates = dict.fromkeys((*(f"{inside}{end}" for end in _SUFFIXES), f"{stem}.ts"))
            yield from (each for each in candidates if (each in base.paths) is not absent)


def named_scripts(base: Listing, path: str) -> Iterator[str]:
    """Scripts of the repository whose path stands in the file as a string, as in `subprocess.run(["sh", "a.sh"])`."""
    folder = posixpath.dirname(path)
    for name in dict.fromkeys(match[1] for match in _NAMED.finditer(base.text(path))):
        for place in (folder, ""):
            candidate = posixpath.normpath(posixpath.join(place, name))
            if candidate in base.paths and candidate != path:
                yield candidate
                break


def _python_modules(text: str, folder: str) -> Iterator[tuple[str, bool]]:
    """The modules that it imports as paths; whether a module is relative to the file's own folder alone."""
    for match in _PYTHON.finditer(text):
        if match[4] or match[5]:
            names = (match[4] or match[5]).split(",")
            yield from ((name.split(" as ")[0].strip().replace(".", "/"), False) for name in names if name.strip())
            continue
        dots, module = match[1], match[2].replace(".", "/")
        up = "../" * (len(dots) - 1)
        if module:
            yield up + module, bool(dots)
        for name in re.split(r"[(,\s]+", match[3]):
            if name and name != "as" and (module or dots):
                yield up + (f"{module}/{name}" if module else name), bool(dots)


def _python_files(base: Listing, place: str, absent: bool) -> Iterator[str]:
    inside = posixpath.normpath(place)
    candidates = (f"{inside}.py", f"{inside}/__init__.py")
    if absent:
        yield from (each for each in candidates if each not in base.paths)
        return
    for each in candidates:
        if each in base.paths:
            yield each
            parent = posixpath.dirname(inside)
            while parent and f"{parent}/__init__.py" in base.paths:
                yield f"{parent}/__init__.py"
                parent = posixpath.dirname(parent)
            return


def tested_files(base: Listing) -> frozenset[str]:
    """Files that the tests import, directly or not: the program's own source."""
    waiting = [path for path in sorted(base.paths) if languages.is_test(path) or languages.is_test_support(path)]
    done: set[str] = set()
    while waiting and len(done) < MAX_TEST_FILES:
        path = waiting.pop()
        if path not in done:
            done.add(path)
            waiting += imported(base, path)
    return frozenset(done)
