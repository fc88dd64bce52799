"""tox environments as the commands, requirements and extras that they hold."""

import re
import shlex
import tomllib
from configparser import ConfigParser, Error
from dataclasses import dataclass
from typing import Any

from honk.verify.base import Listing

_REFERENCE = re.compile(r"\{\[([^\]]+)\](\w+)\}")
_POSITIONAL = re.compile(r"\{posargs(?::((?:[^{}]|\{[^}]*\})*))?\}")
_KNOWN = {"toxinidir": ".", "tox_root": ".", "envpython": "python3", "/": "/", "envdir": ".venv", "env_dir": ".venv"}


@dataclass(frozen=True)
class ToxEnvironment:
    """`extras` and `groups` are those of the project itself; `skips_project` says that it is not installed."""

    name: str
    commands: tuple[str, ...]
    requirements: tuple[str, ...]
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    skips_project: bool = False
    source: str = ""


def environments(listing: Listing, wanted: str = "") -> list[ToxEnvironment]:
    """The environments of the comma-separated list `wanted`; those of `env_list` where it is empty."""
    sections, source = _sections(listing)
    if not sections:
        return []
    top = sections.get("tox", {})
    names = _listed(wanted) or _listed(top.get("envlist") or top.get("env_list") or "") or ["py"]
    return [_environment(sections, name, source) for name in dict.fromkeys(names)]


def _sections(listing: Listing) -> tuple[dict[str, dict[str, str]], str]:
    """The settings as the sections of a tox.ini have them, and the file."""
    for name in ("tox.ini", "setup.cfg"):
        parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
        try:
            parser.read_string(listing.text(name))
        except Error:  # the Python ecosystem's `unreadable` says so
            continue
        sections = {title.replace("tox:tox", "tox"): dict(parser[title]) for title in parser.sections()}
        if any(title.startswith("testenv") for title in sections):
            return sections, name
    try:
        tool = tomllib.loads(listing.text("pyproject.toml")).get("tool", {}).get("tox", {})
        native = tomllib.loads(listing.text("tox.toml"))
    except (ValueError, RecursionError, AttributeError):
        return {}, ""
    if isinstance(tool, dict) and isinstance(legacy := tool.get("legacy_tox_ini"), str):
        parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
        try:
            parser.read_string(legacy)
        except Error:
            return {}, ""
        return {title: dict(parser[title]) for title in parser.sections()}, "pyproject.toml"
    settings, source = (native, "tox.toml") if native else (tool, "pyproject.toml")
    return (_from_toml(settings), source) if isinstance(settings, dict) and settings else ({}, "")


def _from_toml(settings: dict[str, Any]) -> dict[str, dict[str, str]]:
    def plain(table: Any) -> dict[str, str]:
        return {key: _plain(value) for key, value in table.items()} if isinstance(table, dict) else {}

    found = {"tox": plain(settings), "testenv": plain(settings.get("env_run_base"))}
    envs = settings.get("env")
    for name, table in envs.items() if isinstance(envs, dict) else ():
        found[f"testenv:{name}"] = plain(table)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, list):
        lines = []
        for item in value:
            if isinstance(item, list):
                words = [_word(word) for word in item]
                lines.append(" ".join(word for word in words if word))
            else:
                lines.append(_word(item))
        return "\n".join(lines)
    if isinstance(value, dict):
        return "\n".join(f"{key}={_word(item)}" for key, item in value.items())
    return str(value)


def _word(item: Any) -> str:
    if isinstance(item, dict):
        if item.get("replace") == "posargs":
            return " ".join(shlex.quote(str(each)) for each in item.get("default", []))
        if item.get("replace") == "ref" and isinstance(of := item.get("of"), list) and len(of) > 1:
            section = "testenv" if of[0] == "env_run_base" else f"testenv:{of[1]}"
            return f"{{[{section}]{of[-1]}}}"
        return str(item.get("value", ""))
    text = str(item)
    return shlex.quote(text) if re.search(r"[\s\"'*$]", text) and not text.startswith("-r") else text


def _environment(sections: dict[str, dict[str, str]], name: str, source: str) -> ToxEnvironment:
    own = next(
        (sections[title] for title in sections if title.startswith("testenv:") and name in _listed(title[8:])), {}
    )
    base = sections.get("testenv", {})
    factors = set(name.split("-")) | {name}

    def setting(*keys: str) -> list[str]:
        for table in (own, base):
            for key in keys:
                if key in table:
                    return _lines(sections, table[key], factors, name, 0)
        return []

    commands = [line.lstrip("- !") for line in setting("commands") if not line.startswith("-")]
    env = [line.partition("=") for line in setting("set_env", "setenv")]
    return ToxEnvironment(
        name,
        tuple(_joined(commands)),
        tuple(setting("deps")),
        tuple(word for line in setting("extras") for word in re.split(r"[,\s]+", line) if word),
        tuple(word for line in setting("dependency_groups") for word in re.split(r"[,\s]+", line) if word),
        tuple((key.strip(), value.strip()) for key, _, value in env if value and "{" not in value),
        "".join(setting("change_dir", "changedir")[:1]).strip("./"),
        "".join(setting("skip_install", "skipsdist")[:1]).lower() in ("true", "1"),
        source,
    )


def _lines(sections: dict[str, dict[str, str]], text: str, factors: set[str], name: str, depth: int) -> list[str]:
    """The lines of a setting that hold for these factors, with references followed and substitutions made."""
    found: list[str] = []
    for raw in text.splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        condition = re.match(r"([\w.,!{}-]+):\s+(.*)", line)
        if condition and not line.startswith("-"):
            if not _holds(condition[1], factors):
                continue
            line = condition[2]
        whole = _REFERENCE.fullmatch(line)
        if whole and depth < 5:
            value = sections.get(whole[1], {}).get(whole[2], "")
            found += _lines(sections, value, factors, name, depth + 1)
            continue
        line = _REFERENCE.sub(lambda match: " ".join(sections.get(match[1], {}).get(match[2], "").split()), line)
        if line := _substituted(line, name):
            found.append(line)
    return found


def _substituted(line: str, name: str) -> str:
    line = _POSITIONAL.sub(lambda match: match[1] or "", line)
    line = re.sub(r"\{env:\w+(?::([^{}]*))?\}", lambda match: match[1] or "", line)
    known = {**_KNOWN, "envname": name, "env_name": name}
    return re.sub(
        r"\{(\w+|/)\}", lambda match: known.get(match[1], ".honk/tox" if match[1].endswith("dir") else match[0]), line
    ).strip()


def _joined(lines: list[str]) -> list[str]:
    return [line for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).split("\n") if line]


def _holds(condition: str, factors: set[str]) -> bool:
    """Whether one of the comma-separated alternatives (`py310-lint`, `!docs`, `py{38,39}`) holds."""
    for alternative in _listed(condition):
        parts = alternative.split("-")
        if all((part[1:] not in factors) if part.startswith("!") else part in factors for part in parts):
            return True
    return alternative in factors if (alternative := condition) else False


def _listed(text: str) -> list[str]:
    """The names of a list like `py{310,311}-{a,b}, lint`."""
    names: list[str] = []
    for part in re.findall(r"(?:[^\s,{}]|\{[^}]*\})+", text):
        names += _expanded(part)
    return names


def _expanded(part: str) -> list[str]:
    match = re.search(r"\{([^{}]*)\}", part)
    if not match:
        return [part]
    options = [option.strip() for option in match[1].split(",")]
    return [name for option in options for name in _expanded(part[: match.start()] + option + part[match.end() :])][
        :200
    ]
