"""Python: pytest or unittest, and the linters that the project has configured.

A tool counts as wanted when the project configures it; what is configured but declared in no manifest is installed by
set-up, so that a fresh virtual environment can run every verifier. Programs are found in `.venv/bin` (run.py).
"""

import re
import shlex
import tomllib
from configparser import ConfigParser, Error
from fnmatch import fnmatch
from typing import Any

from honk.verify.base import Ecosystem, Kind, Listing, Needs, Verifier
from honk.verify.ecosystems import python_installs
from honk.verify.ecosystems.python_installs import PIP
from honk.verify.owners.evidence import PYTHON as LANGUAGE
from honk.verify.owners.evidence import language

_MANIFESTS = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements*.txt",
    "requirements/*.txt",
    "*-requirements.txt",
    "constraints*.txt",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
)
_REQUIREMENTS = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements-tests.txt",
    "requirements_dev.txt",
    "requirements_test.txt",
    "dev-requirements.txt",
    "test-requirements.txt",
    "requirements/base.txt",
    "requirements/dev.txt",
    "requirements/test.txt",
    "requirements/tests.txt",
)
_DEVELOPMENT = ("dev", "develop", "test", "tests", "testing", "lint")
_TOML_FILES = ("pyproject.toml",)
_INI_FILES = ("setup.cfg", "tox.ini", "pytest.ini")
_ANY = (
    "codespell",
    "yamllint",
    "doc8",
    "djlint",
    "check-manifest",
    "validate-pyproject",
    "coverage",
    "sqlfluff",
    "mdformat",
)
"""Tools for any kind of file that come as Python packages."""

_PACKAGES = {
    "py.test": "pytest", "unittest": "", "doctest": "", "compileall": "", "manage.py": "", "setup.py": "",
    "dmypy": "mypy",
    "lint-imports": "import-linter", "trial": "twisted", "nosetests": "nose", "sphinx-build": "sphinx",
}  # fmt: skip
"""Where the package is not named like its program; empty: it is part of Python or of the project."""

_FLAKE8 = "flake8 --extend-exclude=.venv,.honk,node_modules"  # what set-up made is not the project's
_TEST_FILES = ("test_*.py", "*_test.py")


def _verifiers(listing: Listing) -> tuple[Verifier, ...]:
    if not _is_python(listing):
        return ()
    config = _Config(listing)
    return (*_linters(config), *_tests(listing, config))


def _setup(listing: Listing, needs: Needs) -> tuple[str, ...]:
    wanted = [
        tool
        for tool in needs.tools
        if language(re.split(r"[=<>~!\[]", tool)[0]) == LANGUAGE or tool in _ANY or tool.startswith("pytest-")
    ]
    if not _is_python(listing) and not wanted:
        return ()
    config = _Config(listing)
    groups = _table(config.pyproject.get("dependency-groups"))
    owners = python_installs.commands(needs.installs, listing, {name: _groups(groups, (name,)) for name in groups})
    if owners and (missing := _not_installed(listing, config, owners)):
        owners = (*missing, *owners)
    installs = owners or _installs(listing, config)
    if needs.requirements:
        items = [
            f"-e {shlex.quote(item)}" if item.startswith(".") else shlex.quote(item) for item in needs.requirements
        ]
        installs += (f"{PIP} {' '.join(items)}",)
    declared = _declared(listing) + "".join(installs)
    others = [tool for tool in _tools(listing, config) if needs.words & {tool, "make", "just"}]
    tools = list(dict.fromkeys([*wanted, *others]))
    names = {re.split(r"[=<>~!\[]", tool)[0] for tool in tools if "=" in tool}
    tools = [tool for tool in tools if tool not in names]
    lacking = [_PACKAGES.get(tool, tool) for tool in tools if not _mentions(declared, tool)]
    lacking = [package for package in dict.fromkeys(lacking) if package]
    if lacking:
        installs += (f"{PIP} {' '.join(map(shlex.quote, lacking))}",)
    return ("python3 -m venv .venv", *installs) if installs else ()


def _mentions(declared: str, tool: str) -> bool:
    """Whether the tool is declared; a pin of another file (`ruff==0.6.1`) is installed where no version is declared."""
    name = _PACKAGES.get(tool, tool) or tool
    return bool(re.search(rf"(?i)(?<![\w-]){re.escape(re.split('[=<>~!]', name)[0])}(?![\w-])", declared))


def _not_installed(listing: Listing, config: "_Config", owners: tuple[str, ...]) -> tuple[str, ...]:
    """The locked dependencies, where the owners' commands only add to them."""
    text = " ".join(owners)
    locks = {"uv.lock": "uv sync", "poetry.lock": "poetry install", "Pipfile.lock": "pipenv"}
    if any(name in listing.paths and verb not in text for name, verb in locks.items()) and "-e ." not in text:
        return _installs(listing, config)
    return ()


class _Config:
    """All of a Python project's configuration, parsed once: pyproject.toml and the .ini family."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.pyproject = _toml(listing.text("pyproject.toml"))
        self.tools: dict[str, Any] = _table(self.pyproject.get("tool"))
        self.sections = {name: _sections(listing.text(name)) for name in _INI_FILES}

    def source(self, tool: str, files: tuple[str, ...] = (), section: str = "") -> str:
        """The file that configures `tool`, or the empty string."""
        if name := self.listing.first(files):
            return name
        if tool in self.tools:
            return "pyproject.toml"
        return next((name for name, sections in self.sections.items() if section and section in sections), "")


def _is_python(listing: Listing) -> bool:
    marks = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "Pipfile", *_REQUIREMENTS)
    if listing.first(marks):
        return True
    return any(path.endswith(".py") and ("/" not in path or path.startswith("test")) for path in listing.paths)


def _linters(config: _Config) -> tuple[Verifier, ...]:
    found: list[Verifier] = []

    def add(kind: Kind, name: str, command: str, source: str) -> None:
        if source:
            found.append(Verifier(name, command, source, kind))

    ruff = config.source("ruff", ("ruff.toml", ".ruff.toml"))
    formats = "format" in _table(config.tools.get("ruff")) or "[format]" in config.listing.text("ruff.toml")
    add("format", "format", "ruff format --check .", ruff if formats else "")
    if not formats:
        add("format", "format", "black --check .", config.source("black"))
    add("lint", "lint", "ruff check --no-fix --output-format concise .", ruff)
    if not ruff:
        add("lint", "lint", _FLAKE8, config.source("flake8", (".flake8",), "flake8"))
    mypy = config.source("mypy", ("mypy.ini", ".mypy.ini"), "mypy")
    add("lint", "types", "mypy" if _mypy_knows_files(config, mypy) else "mypy .", mypy)
    return tuple(found)


def _mypy_knows_files(config: _Config, source: str) -> bool:
    if source == "pyproject.toml":
        return bool(_table(config.tools.get("mypy")).keys() & {"files", "packages", "modules"})
    return bool(re.search(r"(?m)^(files|packages|modules)\s*=", config.listing.text(source)))


def _tests(listing: Listing, config: _Config) -> tuple[Verifier, ...]:
    source = config.source("pytest", ("pytest.ini", ".pytest.ini"), "tool:pytest") or config.source("", (), "pytest")
    if source:
        return (Verifier("test", "python3 -m pytest -q", source, "test"),)
    files = sorted(path for path in listing.paths if _is_test(path))
    if not files:
        return ()
    if _wants_pytest(listing, files):
        return (Verifier("test", "python3 -m pytest -q", files[0], "test"),)
    return (Verifier("test", _unittest(listing, files), files[0], "test"),)


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatch(name, pattern) for pattern in _TEST_FILES) and not path.startswith((".", "node_modules/"))


def _wants_pytest(listing: Listing, files: list[str]) -> bool:
    """Declared, imported, or written in its manner: functions at the left margin that unittest would not find."""
    if re.search(r"(?i)(?<![\w-])pytest(?![\w-])", _declared(listing)) or "conftest.py" in listing.paths:
        return True
    texts = [listing.text(path) for path in files[:20]]
    if any(re.search(r"(?m)^(import|from) pytest\b", text) for text in texts):
        return True
    return any(re.search(r"(?m)^(async )?def test", text) for text in texts)


def _unittest(listing: Listing, files: list[str]) -> str:
    tops = {path.partition("/")[0] for path in files if "/" in path}
    if len(tops) != 1 or any("/" not in path for path in files):
        return "python3 -m unittest discover"
    top = tops.pop()
    place = f"-s {shlex.quote(top)}"
    if f"{top}/__init__.py" in listing.paths:
        place += " -t ."
    ends = any(path.endswith("_test.py") for path in files) and not any("/test_" in path for path in files)
    return f"python3 -m unittest discover {place}" + (" -p '*_test.py'" if ends else "")


def _tools(listing: Listing, config: _Config) -> list[str]:
    """The programs that the detected verifiers need."""
    commands = [verifier.command for verifier in (*_linters(config), *_tests(listing, config))]
    known = ("pytest", "ruff", "black", "flake8", "mypy")
    return [tool for tool in known if any(tool in shlex.split(command) for command in commands)]


def _installs(listing: Listing, config: _Config) -> tuple[str, ...]:
    if "uv.lock" in listing.paths:
        return (f"{PIP} uv", ".venv/bin/uv sync --frozen --all-extras")
    if "poetry.lock" in listing.paths:
        return (f"{PIP} poetry", 'VIRTUAL_ENV="$PWD/.venv" .venv/bin/poetry install -n')
    if "Pipfile.lock" in listing.paths:
        return (f"{PIP} pipenv", 'VIRTUAL_ENV="$PWD/.venv" .venv/bin/pipenv sync --dev')
    files = "".join(f" -r {name}" for name in _REQUIREMENTS if name in listing.paths)
    locked = (f"{PIP}{files}",) if files else ()
    return (*locked, *_project_installs(listing, config))


def _project_installs(listing: Listing, config: _Config) -> tuple[str, ...]:
    project = _table(config.pyproject.get("project"))
    groups = _groups(_table(config.pyproject.get("dependency-groups")), _DEVELOPMENT)
    if "build-system" in config.pyproject or "setup.py" in listing.paths:
        offered = {*_table(project.get("optional-dependencies")), *_options(config.listing, "options.extras_require")}
        extras = sorted(offered & {*_DEVELOPMENT})
        wanted = ["-e " + shlex.quote(f".[{','.join(extras)}]" if extras else ".")]
    else:  # not a package: only what it names, as building it would guess at its layout and fail
        named = [*_strings(project.get("dependencies"))]
        for name, items in _table(project.get("optional-dependencies")).items():
            named += _strings(items) if name in _DEVELOPMENT else []
        wanted = [shlex.quote(item) for item in named]
    wanted += [shlex.quote(item) for item in groups]
    return (f"{PIP} {' '.join(wanted)}",) if wanted else ()


def _groups(groups: dict[str, Any], wanted: tuple[str, ...]) -> list[str]:
    """The requirements of the dependency groups `wanted` (PEP 735), `include-group` followed once each."""
    todo, seen, found = [name for name in groups if name in wanted], set[str](), list[str]()
    while todo:
        name = todo.pop(0)
        if name in seen:
            continue
        seen.add(name)
        items = groups.get(name)
        found += _strings(items)
        if isinstance(items, list):
            todo += [str(item.get("include-group", "")) for item in items if isinstance(item, dict)]
    return found


def _declared(listing: Listing) -> str:
    """The text of everything that may declare a dependency at the top of the project, tool settings left out."""
    names = [*_REQUIREMENTS, "setup.py", "Pipfile", "uv.lock", "poetry.lock"]
    pyproject = _toml(listing.text("pyproject.toml"))
    poetry = _table(_table(pyproject.get("tool")).get("poetry"))
    installed = [_options(listing, section) for section in ("options", "options.extras_require")]
    parts = [pyproject.get("project"), pyproject.get("dependency-groups"), poetry, *installed]
    return "\n".join([*(listing.text(name) for name in names), *(str(part) for part in parts)])


def _sections(text: str) -> tuple[str, ...]:
    return tuple(_ini(text).sections())


def _options(listing: Listing, section: str) -> dict[str, str]:
    """A section of setup.cfg; empty where there is none."""
    config = _ini(listing.text("setup.cfg"))
    return dict(config[section]) if section in config else {}


def _ini(text: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:  # `_unreadable` says so
        return ConfigParser()
    return parser


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):  # `_unreadable` says so
        return {}


def _unreadable(listing: Listing) -> tuple[str, ...]:
    found = []
    for name in (*_TOML_FILES, *_INI_FILES):
        text = listing.text(name)
        try:
            if name in _TOML_FILES:
                tomllib.loads(text)
            else:
                ConfigParser(interpolation=None, strict=False).read_string(text)
        except (ValueError, RecursionError, Error) as error:
            why = str(error).splitlines()[0]
            found.append(f"{name} cannot be read ({why}): the checks and dependencies in it are not known.")
    return tuple(found)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


PYTHON = Ecosystem("Python", _MANIFESTS, _verifiers, _setup, _unreadable)
