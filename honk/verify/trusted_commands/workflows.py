"""What CI runs: the commands of its configuration, and the local actions that it uses."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from honk.core import path_patterns
from honk.verify.base import Listing
from honk.verify.syntax.settings import parsed

CI = path_patterns.listed(
    """
    .github/workflows/** .github/actions/** .gitlab-ci.yml .gitlab/ci/** .circleci/** .travis.yml .buildkite/**
    .woodpecker/** .woodpecker.yml
    .drone.yml .ci/** Jenkinsfile azure-pipelines*.yml bitbucket-pipelines.yml .pre-commit-config.yaml appveyor.yml
    .appveyor.yml .cirrus.yml
    cloudbuild.yaml lefthook.yml .lefthook.yml .husky/** buildspec.yml
    """
)

_MAY_BE_CI = re.compile(
    r"(?:^|/)\.(?:git(?:hub|lab)|circleci|travis|buildkite|woodpecker|drone|ci/|pre-commit|cirrus|husky)"
    r"|Jenkinsfile|pipelines|appveyor|cloudbuild|lefthook|buildspec"
)
"""Of a large repository's paths, only these few are compared with CI."""

MAX_WORKFLOWS = 60
"""At most so many files of CI configuration are followed."""

_COMMANDS = re.compile(
    r"(?:run|script|commands?|(?:before|after)_script|(?:before_)?install|(?:test|build)_script|bash|pwsh|cmds?|entry)$"
)
_MAX_DEPTH = 30


def ci_files(base: Listing) -> list[str]:
    """The base's CI configuration."""
    return sorted(path for path in base.paths if _MAY_BE_CI.search(path) and path_patterns.matches(path, CI))


def ci_commands(base: Listing, path: str) -> Iterator[tuple[str, str]]:
    """The commands of a CI configuration with the folder in which each runs."""
    data = parsed(path, base.text(path))
    if data is None:
        yield from ((line, "") for line in base.text(path).splitlines())
    else:
        yield from _commands(data, "", 0)


def _commands(data: Any, folder: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, list):
        for each in data:
            yield from _commands(each, folder, depth + 1)
    elif isinstance(data, dict):
        settings = [data, *(each for each in (data.get("defaults"),) if isinstance(each, dict))]
        runs = [each["run"] for each in settings if isinstance(each.get("run"), dict)]
        for each in (*settings, *runs):
            folder = str(each.get("working-directory") or each.get("working_directory") or folder).removeprefix("./")
        for key, value in data.items():
            if _COMMANDS.match(str(key)):
                values = value if isinstance(value, list) else [value]
                yield from ((each, folder) for each in values if isinstance(each, str))
            if not isinstance(value, str):
                yield from _commands(value, folder, depth + 1)


def local_actions(base: Listing, path: str) -> Iterator[str]:
    """Actions and reusable workflows of the repository itself that the configuration uses, and the programs of an
    action."""
    folder = posixpath.dirname(path)
    for key, value in _texts(parsed(path, base.text(path)), 0):
        if key in ("uses", "local") and value.startswith(("./", "/")):
            inside = posixpath.normpath(value.lstrip("/"))
            names = [inside, f"{inside}/action.yml", f"{inside}/action.yaml", f"{inside}/Dockerfile"]
        elif key in ("main", "pre", "post", "image") and posixpath.basename(path).startswith("action."):
            names = [posixpath.normpath(posixpath.join(folder, value))]
        else:
            continue
        yield from (name for name in names if name in base.paths)


def _texts(data: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MAX_DEPTH:
        return
    for key, value in data.items() if isinstance(data, dict) else (("", each) for each in data or ()):
        if isinstance(value, str):
            yield str(key), value
        elif isinstance(value, dict | list):
            yield from _texts(value, depth + 1)
