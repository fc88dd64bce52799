"""Makes tasks from the merged changes of a repository: base = parent, hidden checks = the tests of the change."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from honk.evaluation import working_copy
from honk.evaluation.working_copy import git

_TEST = re.compile(r"(^|/)(tests?|spec|__tests__)/|(^|/)test_[^/]+$|[._-](test|spec)\.[^/]+$|Tests?\.java$")


@dataclass(frozen=True)
class Imported:
    """A commit of the default branch. `problem` says why it gives no task; empty when `folder` was written."""

    commit: str
    subject: str
    folder: Path | None = None
    problem: str = ""


async def import_last(repo: Path, last: int, into: Path, check: str, language: str) -> AsyncIterator[Imported]:
    """A task folder for each of the last commits on the checked-out branch's first parents that have tests."""
    for line in (await git(repo, "log", "--first-parent", f"-{last}", "--format=%H %s")).splitlines():
        commit, _, subject = line.partition(" ")
        parents = (await git(repo, "rev-list", "--parents", "-1", commit)).split()[1:]
        if not parents:
            yield Imported(commit, subject, problem="it is the first commit and has no base")
            continue
        listed = await git(repo, "diff", "--no-renames", "--name-status", parents[0], commit)
        changed = [tuple(each.split("\t", 1)) for each in listed.splitlines()]
        tests = [path for state, path in changed if state != "D" and _TEST.search(path)]
        if not tests:
            yield Imported(commit, subject, problem="it changes no tests, so nothing could tell right from wrong")
        elif len(tests) == len(changed):
            yield Imported(commit, subject, problem="it changes tests only, so there is no program to judge")
        else:
            folder = into / commit[:12]
            await _write(repo, folder, parents[0], commit, changed, tests)
            settings = {"language": language, "check": check, "hidden": check, "request": subject}
            toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
            working_copy.write(folder, {"task.toml": toml.encode()})
            yield Imported(commit, subject, folder)


async def _write(
    repo: Path, folder: Path, base: str, commit: str, changed: list[tuple[str, ...]], tests: list[str]
) -> None:
    listed = (await git(repo, "ls-tree", "-r", "-z", "--name-only", base)).split("\0")
    files = {path: (await git(repo, "show", f"{base}:{path}")).encode() for path in listed if path}
    hidden = {path: (await git(repo, "show", f"{commit}:{path}")).encode() for path in tests}
    lines = ["## good merged-change: The change that was merged"]
    for state, path in changed:
        if state == "D":
            lines.append(f"@@ {path} deleted")
        else:
            text = await git(repo, "show", f"{commit}:{path}")
            lines += [f"@@ {path} new", *(f"+{line}" for line in text.splitlines())]
    working_copy.write(folder / "files", files)
    working_copy.write(folder / "hidden", hidden)
    working_copy.write(folder, {"changes.txt": ("\n".join(lines) + "\n").encode()})
