"""Detection over the projects of tests/projects: what their owners run, and nothing else.

`python -m tests.verify.test_projects` prints the figures. Each file holds a project's files and, under `expect`, the
owners' commands in the form that only checks. A command in a package is written `FOLDER: COMMAND`.
"""

import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from honk.core.honk_toml import HonkToml
from honk.verify.base import KINDS, Listing
from honk.verify.detect import Detection, inspect

PROJECTS = sorted((Path(__file__).parent.parent / "projects").glob("*.toml"))


OURS = (
    (r" (--no-fix|--silent)(?= |$)", ""),
    (r"\bpython3 (?=-m pytest|manage)", "python "),
    (r"\bcargo (check|test) -q", r"cargo \1"),
)


def detection(project: dict) -> Detection:
    files = {path: text.lstrip("\n").encode() for path, text in project["files"].items()}
    return inspect(Listing(frozenset(files), files.__getitem__), HonkToml())


def plain(command: str) -> str:
    """The command without what Honk adds for its own reading."""
    command = re.sub(r"""^cd ('[^']*'|\S+) && PATH="\$PWD/\.venv/bin:\$PATH" && """, r"\1: ", command)
    for ours, theirs in OURS:
        command = re.sub(ours, theirs, command)
    return command


def found(project: dict) -> dict[str, list[str]]:
    verifiers = detection(project).verifiers
    return {kind: sorted(plain(each.command) for each in verifiers if each.kind == kind) for kind in KINDS}


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_the_owners_commands_are_found(path: Path) -> None:
    project = tomllib.loads(path.read_text())
    expect = project["expect"]
    assert found(project) == {kind: sorted(expect.get(kind, [])) for kind in KINDS}
    here = detection(project)
    if "setup" in expect:
        assert [plain(command) for command in here.setup.commands] == expect["setup"]
    if "left_out" in expect:
        assert sorted(each.step.text for each in here.left_out) == sorted(expect["left_out"])
    if "notices" in expect:
        assert len(here.notices) == expect["notices"], here.notices


def figures() -> Counter[str]:
    """How many of the owners' commands are found (`right`) or `missing`, and how many others are found (`wrong`)."""
    count: Counter[str] = Counter()
    for path in PROJECTS:
        project = tomllib.loads(path.read_text())
        for kind, commands in found(project).items():
            wanted = Counter(project["expect"].get(kind, []))
            count["right"] += (wanted & Counter(commands)).total()
            count["missing"] += (wanted - Counter(commands)).total()
            count["wrong"] += (Counter(commands) - wanted).total()
    return count


def test_figures_over_all_projects(record_testsuite_property: Callable[[str, object], None]) -> None:
    count = figures()
    record_testsuite_property("detection", dict(count))
    assert count["right"] >= 0.95 * count.total()
    assert len(PROJECTS) >= 40


if __name__ == "__main__":
    sys.stdout.write(f"{len(PROJECTS)} projects: {dict(figures())}\n")
