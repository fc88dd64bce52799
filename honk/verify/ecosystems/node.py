"""Node: the scripts of package.json, run with the package manager whose lock file is there."""

import json
import re
from typing import Any

from honk.verify.base import Ecosystem, Kind, Listing, Needs, Verifier

_SCRIPTS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("format", ("format:check", "format-check", "check:format", "check-format", "fmt:check", "prettier:check")),
    ("lint", ("lint", "lint:check", "check:lint", "eslint")),
    ("build", ("typecheck", "type-check", "check-types", "check:types", "types:check", "tsc")),
    ("build", ("build",)),
    ("test", ("test", "test:unit", "test:ci", "unit")),
)
"""One script a row: the first that is there."""

_LOCKS = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
}
_INSTALLS = {
    "npm": "npm ci",
    "pnpm": "pnpm install --frozen-lockfile",
    "yarn": "yarn install --frozen-lockfile",
    "bun": "bun install --frozen-lockfile",
}
_NPM_OPTIONS = ("--legacy-peer-deps", "--force", "--ignore-scripts", "--include=dev")
_MAJOR = {"pnpm": 10, "yarn": 1, "bun": 1}
"""The version that is installed where neither this machine nor the project has one."""

_MANIFESTS = ("package.json", *_LOCKS, ".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".nvmrc")
_NO_TEST = re.compile(r"no tests? specified")
_TEST_FILE = re.compile(r"(^|/)(tests?|__tests__)/[^/]+\.[cm]?js$|\.(test|spec)\.[cm]?js$")


def _verifiers(listing: Listing) -> tuple[Verifier, ...]:
    package = _package(listing)
    scripts = package.get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    manager = _manager(listing, package)
    found: list[Verifier] = []
    for kind, names in _SCRIPTS:
        script = next((name for name in names if _is_check(scripts.get(name))), "")
        if script:
            name = kind if script in (kind, "build") or kind in ("format", "lint", "test") else "types"
            found.append(Verifier(name, _call(manager, script), "package.json", kind, str(scripts[script])))
    if "package.json" in listing.paths and not any(verifier.kind == "test" for verifier in found):
        found += _plain_tests(listing)
    return tuple(found)


def _setup(listing: Listing, needs: Needs) -> tuple[str, ...]:
    package = _package(listing)
    if not package:
        return ()
    manager = _manager(listing, package)
    berry = manager == "yarn" and ".yarnrc.yml" in listing.paths
    wants = any(package.get(key) for key in ("dependencies", "devDependencies", "optionalDependencies", "workspaces"))
    owners = next((words for words in needs.installs if words[:2] in (("npm", "ci"), ("npm", "install"))), ())
    if listing.first(_LOCKS):
        install = "yarn install --immutable" if berry else _INSTALLS[manager]
        if manager == "npm":
            install = " ".join(("npm ci", *(word for word in owners if word in _NPM_OPTIONS)))
    elif wants or manager != "npm":
        install = f"{manager} install" if manager != "npm" else "npm install --no-package-lock"
    else:
        return ()
    return (*_manager_itself(manager, package, berry), install)


def _manager_itself(manager: str, package: dict[str, Any], berry: bool) -> tuple[str, ...]:
    """Installs pnpm, yarn or bun where this machine has none, at the version that the project names."""
    if manager == "npm":
        return ()
    version = str(package.get("packageManager", "")).partition("@")[2].partition("+")[0]
    name = "@yarnpkg/cli-dist" if berry else manager
    wanted = f"{name}@{version}" if re.fullmatch(r"[\w.-]+", version) else f"{name}@{4 if berry else _MAJOR[manager]}"
    return (f'command -v {manager} >/dev/null || npm install --silent --prefix "$HONK_TOOLS" {wanted}',)


def _package(listing: Listing) -> dict[str, Any]:
    try:
        return _parsed(listing)
    except ValueError:  # `_unreadable` says so
        return {}


def _unreadable(listing: Listing) -> tuple[str, ...]:
    try:
        _parsed(listing)
    except ValueError as error:
        return (f"package.json cannot be read ({error}): its scripts and dependencies are not known.",)
    return ()


def _parsed(listing: Listing) -> dict[str, Any]:
    if "package.json" not in listing.paths:
        return {}
    try:
        package = json.loads(listing.text("package.json"))
    except RecursionError as error:
        raise ValueError("too deeply nested") from error
    if not isinstance(package, dict):
        raise ValueError("it is no object")
    return package


def _manager(listing: Listing, package: dict[str, Any]) -> str:
    declared = str(package.get("packageManager", "")).partition("@")[0]
    return declared if declared in _INSTALLS else _LOCKS.get(listing.first(_LOCKS), "npm")


def _is_check(script: Any) -> bool:
    """npm writes a placeholder into every new package.json that says there is no test; that is not a test."""
    return isinstance(script, str) and bool(script.strip()) and not _NO_TEST.search(script)


def _call(manager: str, script: str) -> str:
    if manager == "npm":
        return "npm test --silent" if script == "test" else f"npm run --silent {script}"
    return f"{manager} run {script}"


def _plain_tests(listing: Listing) -> list[Verifier]:
    """Node's own test runner needs no script."""
    files = sorted(path for path in listing.paths if _TEST_FILE.search(path) and "node_modules/" not in path)
    if any("node:test" in listing.text(path) for path in files[:20]):
        return [Verifier("test", "node --test", files[0], "test")]
    return []


NODE = Ecosystem("Node", _MANIFESTS, _verifiers, _setup, _unreadable)
