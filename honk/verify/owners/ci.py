"""The commands of a repository's CI: which files there are, and their scripts as steps."""

import re

from honk.verify.base import Listing
from honk.verify.owners import github_actions, other_ci, shell_script
from honk.verify.owners.ci_script import Script
from honk.verify.owners.expressions import UNKNOWN
from honk.verify.owners.step import LeftOut, OwnersStep
from honk.verify.owners.yaml_files import UnreadableYaml

MAX_FILES = 40
"""So many CI files are read; `notices` says when there are more."""

_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_SEVERAL = re.compile(r"\.(?:woodpecker|builds)/[^/]+\.ya?ml")
_NOISE = re.compile(
    r"\w*(?:COLOR|CACHE|TOKEN|SECRET|PASSWORD|VERSION|_HOME|_KEY|_URL|DEBUG|VERBOS|RETR|TERM|TRACE|NODE_AUTH)\w*|CI|PATH"
    r"|GIT_\w+|GITHUB_\w+|PIP_\w+|PYTHONUNBUFFERED|CARGO_(?:INCREMENTAL|NET\w*|PROFILE\w*)|RUSTC_WRAPPER|SCCACHE\w*"
    r"|PRE_COMMIT\w*|HATCH\w*|UV_\w+|FF_\w+|DOCKER\w*|COVERAGE\w*|CIBW\w*|CODECOV\w*|COVERALLS\w*|NOX\w*"
)


def files(listing: Listing) -> list[str]:
    """The CI files, sorted."""
    found = [path for path in listing.paths if _WORKFLOW.fullmatch(path) or _SEVERAL.fullmatch(path)]
    return sorted(found) + [path for path in other_ci.READERS if path in listing.paths]


def jobs(listing: Listing) -> list[list[OwnersStep | LeftOut]]:
    """The statements of each job (and variant of its matrix), in order; LeftOut those that do not run for a change."""
    found: list[list[OwnersStep | LeftOut]] = []
    for path in files(listing)[:MAX_FILES]:
        try:
            read = _scripts(listing, path)
        except UnreadableYaml:  # `unreadable` says so
            continue
        found += [_job(listing, scripts) for scripts in read]
    return found


def _job(listing: Listing, scripts: list[Script]) -> list[OwnersStep | LeftOut]:
    found: list[OwnersStep | LeftOut] = []
    before: list[OwnersStep] = []
    for script in scripts:
        for step in _statements(listing, script, tuple(before)):
            if script.left_out:
                found.append(LeftOut(step, script.left_out))
            elif UNKNOWN in step.text:
                found.append(LeftOut(step, "depends on a value that is known in the owners' CI only"))
            else:
                found.append(step)
                before.append(step)
    return found


def unreadable(listing: Listing) -> tuple[str, ...]:
    """A sentence for each CI file that cannot be parsed, and one where there are too many."""
    found = []
    names = files(listing)
    for path in names[:MAX_FILES]:
        try:
            _scripts(listing, path)
        except UnreadableYaml as error:
            found.append(f"{path} cannot be read ({error}): which checks it runs is not known.")
    if len(names) > MAX_FILES:
        found.append(f"{len(names)} CI files: only the first {MAX_FILES} were read for checks.")
    return tuple(found)


def _scripts(listing: Listing, path: str) -> list[list[Script]]:
    if path.startswith(".github/"):
        return github_actions.scripts(listing, path)
    return other_ci.READERS.get(path, other_ci.lists)(listing, path)


def _statements(listing: Listing, script: Script, before: tuple[OwnersStep, ...]) -> list[OwnersStep]:
    where = ", ".join(
        part
        for part in (f"job {script.job}" if script.job else "", f"step {script.name}" if script.name else "")
        if part
    )
    top = shell_script.inside("", script.folder)
    found: list[OwnersStep] = []
    given = dict(script.env)
    for statement in shell_script.split(script.text):
        env = {key: value for key, value in {**given, **dict(statement.env)}.items() if not _NOISE.fullmatch(key)}
        known = tuple((key, value) for key, value in env.items() if UNKNOWN not in value)
        text = _with_variables(statement.text, {**given, **dict(statement.env)})
        words = _with_words(statement.words, text)
        folder = shell_script.inside(top, statement.folder)
        found.append(OwnersStep(text, words, script.source, where, folder, known, (*before, *found)))
    return found


def _with_words(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    return shell_script.words(text) if words else ()


def _with_variables(text: str, env: dict[str, str]) -> str:
    """`text` with the variables that the CI file itself sets."""

    def value(match: re.Match[str]) -> str:
        known = env.get(match[1] or match[2])
        return match[0] if known is None or re.search(r"[\s$`'\"]", known) else known

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)
