"""Which folders of a repository are packages of their own: by the owners' commands, else by manifests."""

import json
import re
from collections.abc import Set
from pathlib import PurePosixPath

from honk.verify.base import Listing, Needs, Verifier, path_matcher
from honk.verify.ecosystems.registry import ECOSYSTEMS

MAX_PACKAGES = 100
"""So many packages are looked at; honk.toml can name others."""
MAX_DEPTH = 5
"""Manifests below so many folders are not looked for."""

_NOT_PACKAGES = re.compile(
    r"(?:^|/)(?:\.[^/]*|node_modules|vendor|third[_-]party|examples?|fixtures?|testdata|test[-_]?data|tests?|__tests__"
    r"|templates?|samples?|demos?|bench(?:marks?)?|e2e|playgrounds?|docs?|dist|build|target|snapshots?|testing"
    r"|spec)(?:/|$)"
)
is_manifest = path_matcher(glob for ecosystem in ECOSYSTEMS for glob in ecosystem.manifests)
"""Whether a path is a file that says what must be installed."""


def folders(listing: Listing, owners: Set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages' folders ("" is the top), and sentences on limits that were reached.

    `owners` are the folders in which the owners' commands run: where these exist, they are the packages. Otherwise the
    top folder where it holds a project, and the members of its workspace that the top does not check; else all folders
    with a manifest.
    """
    if owners:
        return _limited(["", *sorted(owners - {""})])
    top = _is_project(listing)
    members = workspace_members(listing)
    if top and not members:
        return ("",), ()
    if top:
        return _limited(["", *members])
    found, deep = _with_manifests(listing)
    packages, notices = _limited(found)
    if deep:
        notices = (*notices, f"Manifests deeper than {MAX_DEPTH} folders were not looked at ({deep[0]}, …).")
    return packages or ("",), notices


def _limited(found: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if len(found) <= MAX_PACKAGES:
        return tuple(found), ()
    return tuple(found[:MAX_PACKAGES]), (
        f"{len(found)} packages: only the first {MAX_PACKAGES} are checked. Name the others in honk.toml.",
    )


def _is_project(listing: Listing) -> bool:
    return any(ecosystem.verifiers(listing) or ecosystem.setup(listing, Needs()) for ecosystem in ECOSYSTEMS)


def _with_manifests(listing: Listing) -> tuple[list[str], list[str]]:
    """The outermost folders with a manifest, and those that lie too deep."""
    found = {str(PurePosixPath(path).parent) for path in listing.paths if is_manifest(path) and "/" in path}
    usual = sorted(folder for folder in found if not _NOT_PACKAGES.search(folder))
    outermost = [folder for folder in usual if not any(folder.startswith(f"{other}/") for other in usual)]
    deep = [folder for folder in outermost if folder.count("/") >= MAX_DEPTH]
    return [folder for folder in outermost if folder.count("/") < MAX_DEPTH], deep


def workspace_members(listing: Listing) -> list[str]:
    """The members of an npm, pnpm or yarn workspace that has no script of its own to check them."""
    patterns = _node_patterns(listing)
    if not patterns or any(verifier.kind == "test" for verifier in _node_verifiers(listing)):
        return []
    return [folder for folder in _package_folders(listing) if _matches(folder, patterns)]


def _node_verifiers(listing: Listing) -> tuple[Verifier, ...]:
    return tuple(each for ecosystem in ECOSYSTEMS if ecosystem.name == "Node" for each in ecosystem.verifiers(listing))


def _package_folders(listing: Listing) -> list[str]:
    found = (path.rpartition("/")[0] for path in listing.paths if path.endswith("/package.json"))
    return sorted(folder for folder in found if "node_modules" not in folder)


def _node_patterns(listing: Listing) -> list[str]:
    if "pnpm-workspace.yaml" in listing.paths:
        text = listing.text("pnpm-workspace.yaml").partition("packages:")[2]
        return re.findall(r"(?m)^\s*-\s*['\"]?([^'\"\n#]+?)['\"]?\s*$", text)
    try:
        package = json.loads(listing.text("package.json") or "{}")
    except (ValueError, RecursionError):  # the ecosystem's `unreadable` says so
        return []
    workspaces = package.get("workspaces") if isinstance(package, dict) else None
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages")
    return [item for item in workspaces if isinstance(item, str)] if isinstance(workspaces, list) else []


def _matches(folder: str, patterns: list[str]) -> bool:
    path = PurePosixPath(folder)
    wanted = any(_match(path, pattern) for pattern in patterns if not pattern.startswith("!"))
    return wanted and not any(_match(path, pattern[1:]) for pattern in patterns if pattern.startswith("!"))


def _match(path: PurePosixPath, pattern: str) -> bool:
    pattern = pattern.removeprefix("./").rstrip("/")
    if pattern.endswith("/**"):
        return str(path).startswith(pattern[:-2])
    return path.match(pattern) and len(path.parts) == len(PurePosixPath(pattern).parts)


def installed_by_workspace(listing: Listing, folder: str) -> frozenset[str]:
    """The ecosystems for which the workspace at the top installs what this folder needs."""
    if not folder:
        return frozenset()
    return frozenset({"Node"}) if _matches(folder, _node_patterns(listing)) else frozenset()
