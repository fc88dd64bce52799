"""What is found in the usual kinds of repositories."""

import json

import pytest

from honk.core import honk_toml
from honk.core.honk_toml import HonkToml
from honk.verify.base import Listing
from honk.verify.detect import inspect, touches_setup

FLAKE8 = "flake8 --extend-exclude=.venv,.honk,node_modules"
PYTEST = "python3 -m pytest -q"


def listing(**files: str) -> Listing:
    return Listing(frozenset(files), lambda path: files[path].encode())


def found(files: dict[str, str], toml: str = "") -> dict[str, str]:
    return {verifier.name: verifier.command for verifier in inspect(listing(**files), honk_toml.parse(toml)).verifiers}


def package(**scripts: str) -> str:
    return json.dumps({"scripts": scripts})


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"README.md": "hello"}, {}),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, {"test": PYTEST}),
        ({"tox.ini": "[pytest]\n"}, {"test": PYTEST}),
        ({"setup.cfg": "[tool:pytest]\n[flake8]\n"}, {"lint": FLAKE8, "test": PYTEST}),
        ({"a.py": "", "tests/test_a.py": "def test_a(): pass\n"}, {"test": PYTEST}),
        ({"a.py": "", "tests/test_a.py": "import unittest\n"}, {"test": "python3 -m unittest discover -s tests"}),
        (
            {"tests/__init__.py": "", "tests/test_a.py": "import unittest\n"},
            {"test": "python3 -m unittest discover -s tests -t ."},
        ),
        ({"test_a.py": "import unittest\n"}, {"test": "python3 -m unittest discover"}),
        ({"requirements.txt": "pytest==8\n", "tests/test_a.py": "import unittest\n"}, {"test": PYTEST}),
        (
            {"pyproject.toml": "[tool.ruff.format]\n[tool.mypy]\nfiles = ['a']\n"},
            {
                "format": "ruff format --check .",
                "lint": "ruff check --no-fix --output-format concise .",
                "types": "mypy",
            },
        ),
        (
            {"pyproject.toml": "[tool.black]\n", "mypy.ini": "[mypy]\n"},
            {"format": "black --check .", "types": "mypy ."},
        ),
        ({"pyproject.toml": "[tool.poetry"}, {}),
        (
            {"package.json": package(test="jest", lint="eslint .", build="tsc -b", typecheck="tsc"), "yarn.lock": ""},
            {
                "lint": "yarn run lint",
                "types": "yarn run typecheck",
                "build": "yarn run build",
                "test": "yarn run test",
            },
        ),
        ({"package.json": package(test='echo "Error: no test specified" && exit 1')}, {}),
        ({"package.json": package(test="mocha")}, {"test": "npm test --silent"}),
        ({"package.json": '{"packageManager": "pnpm@9.1.0", "scripts": {"test": "x"}}'}, {"test": "pnpm run test"}),
        ({"package.json": "{}", "test/a.test.mjs": "import 'node:test'"}, {"test": "node --test"}),
        ({"package.json": "not json"}, {}),
        (
            {"Makefile": "test: build\n\t./run\nbuild:\n\tcc x.c\nlint:\n\tx\nfmt-check:\n\ty\n"},
            {"fmt-check": "make fmt-check", "lint": "make lint", "build": "make build", "test": "make test"},
        ),
        ({"Makefile": "VERSION := 1\nall:\n\tcc x.c\n"}, {}),
        ({"Makefile": "check:\n\tcc x.c\n"}, {"check": "make check"}),
        ({"justfile": "test:\n    cargo nextest run\n"}, {"test": "just test"}),
        ({"Makefile": "test:\n\tpytest\n", "pyproject.toml": "[tool.pytest.ini_options]"}, {"test": "make test"}),
        (
            {"Makefile": "test: venv\n\tpytest\nvenv:\n\tpip install -r r.txt\n", "tests/test_a.py": "def test_a(): 0"},
            {"test": PYTEST},
        ),
        (
            {"go.mod": "module x"},
            {"format": 'test -z "$(gofmt -l . | tee /dev/stderr)"', "lint": "go vet ./...", "test": "go test ./..."},
        ),
        ({"pom.xml": "", "mvnw": ""}, {"test": "sh ./mvnw -q -B -o -fae test"}),
        (
            {"pyproject.toml": "[tool.pytest.ini_options]", "package.json": package(test="jest")},
            {"test (pyproject.toml)": PYTEST, "test (package.json)": "npm test --silent"},
        ),
        (
            {"web app/package.json": package(test="jest"), "README.md": ""},
            {"test (web app)": "cd 'web app' && PATH=\"$PWD/.venv/bin:$PATH\" && npm test --silent"},
        ),
    ],
)
def test_verifiers(files, expected):
    assert found(files) == expected


def test_honk_toml_wins_for_each_kind_it_names():
    files = {"pyproject.toml": "[tool.pytest.ini_options]\n[tool.ruff]\n"}
    assert found(files, '[verify]\ntest = "make fast"\n') == {
        "lint": "ruff check --no-fix --output-format concise .",
        "test": "make fast",
    }
    assert found(files, '[verify]\nlint = ""\nbuild = "make"\n') == {"build": "make", "test": PYTEST}
    verifier = inspect(listing(**files), honk_toml.parse('[verify]\ntest = "x"\n')).verifiers[-1]
    assert (verifier.name, verifier.source, verifier.kind) == ("test", "honk.toml", "test")


def test_the_cheapest_comes_first():
    files = {"package.json": package(test="a", build="b", lint="c", **{"format:check": "d"})}
    assert list(found(files)) == ["format", "lint", "build", "test"]


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({"a.py": "", "tests/test_a.py": "import unittest"}, ()),
        ({"requirements.txt": "flask\n"}, ("python3 -m venv .venv", ".venv/bin/pip install -q -r requirements.txt")),
        (
            {"requirements.txt": "flask\n", "tests/test_a.py": "def test_a(): pass"},
            (
                "python3 -m venv .venv",
                ".venv/bin/pip install -q -r requirements.txt",
                ".venv/bin/pip install -q pytest",
            ),
        ),
        (
            {"pyproject.toml": '[build-system]\n[project]\noptional-dependencies.dev = ["pytest"]\n[tool.pytest]\n'},
            ("python3 -m venv .venv", ".venv/bin/pip install -q -e '.[dev]'"),
        ),
        (
            {"pyproject.toml": '[project]\ndependencies = ["httpx>=0.2"]\n[dependency-groups]\ndev = ["ruff"]\n'},
            ("python3 -m venv .venv", ".venv/bin/pip install -q 'httpx>=0.2' ruff"),
        ),
        ({"package.json": "{}"}, ()),
        ({"package.json": '{"dependencies": {"a": "1"}}', "package-lock.json": "{}"}, ("npm ci",)),
        ({"package.json": '{"dependencies": {"a": "1"}}'}, ("npm install --no-package-lock",)),
        (
            {"package.json": '{"dependencies": {"a": "1"}}', "pnpm-lock.yaml": ""},
            (
                'command -v pnpm >/dev/null || npm install --silent --prefix "$HONK_TOOLS" pnpm@10',
                "pnpm install --frozen-lockfile",
            ),
        ),
        ({"go.mod": "module x"}, ("go mod download",)),
    ],
)
def test_setup(files, commands):
    assert inspect(listing(**files), HonkToml()).setup.commands == commands


def test_setup_runs_again_when_a_manifest_changes():
    plan = inspect(listing(**{"package.json": "{}", "package-lock.json": "{}", "a.js": ""}), HonkToml()).setup
    assert plan.inputs == ("package-lock.json", "package.json")
    assert touches_setup(plan, ["a.js", "package-lock.json"])
    assert touches_setup(plan, ["packages/b/package.json"])
    assert touches_setup(plan, ["requirements-dev.txt"])
    assert touches_setup(plan, ["requirements/dev.txt"])
    assert not touches_setup(plan, ["a.js", "docs/notes.txt", "honk.toml"])


def test_setup_from_honk_toml_reads_that_and_what_it_names():
    file = honk_toml.parse('[setup]\nrun = ["./scripts/get.sh --all", "make deps"]\n')
    files = {"honk.toml": "", "scripts/get.sh": "", "package.json": "{}", "other.sh": ""}
    plan = inspect(listing(**files), file).setup
    assert plan.commands == ("./scripts/get.sh --all", "make deps")
    assert plan.inputs == ("honk.toml", "package.json", "scripts/get.sh")


def test_a_file_is_read_once():
    reads = []

    def read(path: str) -> bytes:
        reads.append(path)
        return b"[tool.pytest.ini_options]\n"

    here = Listing(frozenset({"pyproject.toml", "a.py"}), read)
    inspect(here, HonkToml())
    assert reads == ["pyproject.toml"]
