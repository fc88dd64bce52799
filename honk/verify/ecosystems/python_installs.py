"""Set-up commands of a Python project from the commands by which its owners install it."""

import re
import shlex
from collections.abc import Iterable, Sequence
from itertools import pairwise

from honk.verify.base import Listing
from honk.verify.owners.programs import base_name

PIP = ".venv/bin/pip install -q"
_WITHOUT_VALUE = re.compile(
    r"-U|--upgrade|-q|--quiet|--user|--system|--break-system-packages|--no-cache-dir|--no-cache|-v|--verbose|-I|--compile"
    r"|--root-user-action\S*|--progress-bar=\S+|--disable-pip-version-check|--python=\S+|--prefer-binary|--ignore-installed"
    r"|--locked|--frozen|--no-editable|--no-interaction|-n|--no-ansi|--no-root|--no-progress|--exact|--force-reinstall"
)
_WITH_VALUE = {
    "--python",
    "-p",
    "--progress-bar",
    "--upgrade-strategy",
    "--root-user-action",
    "--python-version",
    "--resolution",
}
_NOT_NEEDED = re.compile(
    r"(pip|build|twine|tox|tox-.*|nox|pre-?commit.*|codecov|coveralls|uv|poetry.*|pdm|hatch|pipenv|virtualenv|cibuildwheel|flit|pipx)"
    r"(\[.*\])?([=<>~!].*)?"
)
_LOCAL = re.compile(r"(\.{1,2}|\./?[\w./-]*|[\w-]+/)(\[[\w, -]+\])?")
_KNOWN_LATER = re.compile(r"[$*\N{REPLACEMENT CHARACTER}{}]|\.whl|^dist/|\.tar\.gz")


def commands(installs: Iterable[Sequence[str]], listing: Listing, groups: dict[str, list[str]]) -> tuple[str, ...]:
    """The commands that do the same in `.venv`, in order. `groups` are the project's dependency groups (PEP 735).

    The project itself becomes an editable install: checks must see the files of the tree that they run in.
    """
    found: list[str] = []
    for words in installs:
        program = base_name(words[0])
        rest = list(words[1:])
        if program == "uv" and rest[:1] == ["pip"]:
            program, rest = "pip", rest[1:]
        if program == "pip" and "--group" in rest and "uv.lock" in listing.paths:  # the locked versions, not the newest
            named = [f" --group {shlex.quote(value)}" for name, value in pairwise(rest) if name == "--group"]
            found += [f"{PIP} uv", f".venv/bin/uv sync --frozen --inexact{''.join(named)}"]
        elif program in ("pip", "pip3") and rest[:1] == ["install"]:
            found += _pip(rest[1:], listing, groups)
        elif program == "uv" and rest[:1] == ["sync"]:
            lock = " --frozen" if "uv.lock" in listing.paths else ""
            found += [f"{PIP} uv", f".venv/bin/uv sync{lock}{_options(rest[1:])}"]
        elif program == "poetry" and rest[:1] in (["install"], ["sync"]):
            found += [f"{PIP} poetry", f'VIRTUAL_ENV="$PWD/.venv" .venv/bin/poetry install -n{_options(rest[1:])}']
        elif program == "pdm" and rest[:1] in (["install"], ["sync"]):
            found += [f"{PIP} pdm", f".venv/bin/pdm use -f .venv && .venv/bin/pdm {rest[0]}{_options(rest[1:])}"]
        elif program == "pipenv" and rest[:1] in (["install"], ["sync"]):
            verb = "sync" if "Pipfile.lock" in listing.paths else "install"
            dev = " --dev" if {"--dev", "-d"} & set(rest) else ""
            found += [f"{PIP} pipenv", f'VIRTUAL_ENV="$PWD/.venv" .venv/bin/pipenv {verb}{dev}']
    return tuple(dict.fromkeys(found))


def _options(words: Sequence[str]) -> str:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _WITH_VALUE:
            skip = True
        elif not _WITHOUT_VALUE.fullmatch(word) and not _KNOWN_LATER.search(word):
            kept.append(word)
    return "".join(f" {shlex.quote(word)}" for word in kept)


def _pip(words: Sequence[str], listing: Listing, groups: dict[str, list[str]]) -> list[str]:
    """One pip command; none where it installs nothing that checks need, or something that only CI has."""
    kept: list[str] = []
    wanted = False
    at = 0
    while at < len(words):
        word = words[at]
        value = words[at + 1] if at + 1 < len(words) else ""
        if word in ("-r", "--requirement", "-c", "--constraint") or re.match(r"-[rc]\S", word):
            option, name = (word, value) if word.startswith("--") or len(word) == 2 else (word[:2], word[2:])
            at += 2 if name is value else 1
            if name.removeprefix("./") not in listing.paths:
                continue
            kept += [option, shlex.quote(name)]
            wanted = wanted or "r" in option[:3]
            continue
        if word in ("-e", "--editable"):
            kept += ["-e", shlex.quote(value)]
            wanted, at = True, at + 2
            continue
        if word == "--group":
            kept += [shlex.quote(item) for item in groups.get(value.rpartition(":")[2], [])]
            wanted, at = True, at + 2
            continue
        at += 2 if word in _WITH_VALUE else 1
        if word in _WITH_VALUE or _WITHOUT_VALUE.fullmatch(word) or _NOT_NEEDED.fullmatch(word):
            continue
        if _KNOWN_LATER.search(word):
            return []
        if _LOCAL.fullmatch(word):
            kept += ["-e", shlex.quote(word)]
        else:
            kept.append(shlex.quote(word))
        wanted = wanted or not word.startswith("-")
    return [f"{PIP} {' '.join(kept)}"] if wanted and kept else []
