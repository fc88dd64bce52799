"""Makes tasks from the merged changes of a repository: base = parent, hidden checks = the tests of the change."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from honk.core.errors import UsageError
from honk.evaluation import edits, working_copy
from honk.evaluation.edits import Files
from honk.evaluation.working_copy import git
from honk.pipeline import repo_config
from honk.verify.test_files import is_test_or_support

_MERGE_TITLE = re.compile(r"Merge (pull request|branch|remote-tracking branch) ")
_NUMBER = re.compile(r" \([#!]\d+\)$")


@dataclass(frozen=True)
class Imported:
    """A commit of the default branch. `problem` says why it gives no task; empty when `folder` was written."""

    commit: str
    subject: str
    folder: Path | None = None
    problem: str = ""


async def import_last(repo: Path, last: int, into: Path, check: str, language: str) -> AsyncIterator[Imported]:
    """A task folder for each of the last commits on the checked-out branch's first parents that have tests.

    Without `check`, the set-up and the checks are those that Honk finds in the base of each commit.
    """
    directory = Path((await git(repo, "rev-parse", "--path-format=absolute", "--git-common-dir")).strip())
    for commit in (await git(repo, "log", "--first-parent", f"-{last}", "--format=%H")).split():
        parents = (await git(repo, "rev-list", "--parents", "-1", commit)).split()[1:]
        request = await _request(repo, commit, parents)
        if not parents:
            yield Imported(commit, request, problem="it is the first commit, or its parent is not in this clone")
            continue
        before = await working_copy.read(directory, parents[0])
        after = await working_copy.read(directory, commit)
        changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
        tests = [path for path in changed if is_test_or_support(path)]
        try:
            text = _changes(before, after, changed)
            settings = await _settings(directory, parents[0], check)
        except UsageError as error:
            yield Imported(commit, request, problem=str(error))
            continue
        if not any(path in after for path in tests):
            yield Imported(commit, request, problem="it changes no tests, so nothing could tell right from wrong")
        elif len(tests) == len(changed):
            yield Imported(commit, request, problem="it changes tests only, so there is no program to judge")
        else:
            folder = into / commit[:12]
            settings |= {"language": language, "request": request}
            toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
            working_copy.write(folder / "files", before)
            working_copy.write(folder / "hidden", {path: after[path] for path in tests if path in after})
            working_copy.write(folder, {"task.toml": toml.encode(), "changes.txt": text.encode()})
            yield Imported(commit, request, folder)


async def _request(repo: Path, commit: str, parents: list[str]) -> str:
    """What the change is about: the title of the pull request, of the only merged commit, or of the commit itself."""
    subject, _, body = (await git(repo, "log", "-1", "--format=%s%n%b", commit)).strip().partition("\n")
    if _MERGE_TITLE.match(subject):
        if title := body.strip().partition("\n")[0]:
            return title
        merged = (await git(repo, "log", "--no-merges", "--reverse", "--format=%s", f"{parents[0]}..{commit}")).strip()
        return "; ".join(merged.splitlines()) or subject
    return _NUMBER.sub("", subject)


async def _settings(repository: Path, base: str, check: str) -> dict[str, object]:
    """The commands of the task. Raises UsageError where there is no check."""
    plan = await repo_config.read(repository, base)
    check = check or " && ".join(verifier.command for verifier in plan.verifiers if verifier.kind == "test")
    if not check:
        raise UsageError("Honk finds no tests in its base; name the command with --check")
    return {"check": check, "hidden": check, "setup": list(plan.setup.commands)}


def _changes(before: Files, after: Files, changed: list[str]) -> str:
    """The change as changes.txt. Raises UsageError for a file that the format cannot hold."""
    lines = ["## good merged-change: The change that was merged"]
    for path in changed:
        if path not in after:
            lines.append(f"@@ {path} deleted")
            continue
        whole = [f"@@ {path} new", *(f"+{line}" for line in after[path].decode(errors="replace").split("\n")[:-1])]
        if " " in path or edits.apply({}, edits.parse(whole)) != {path: after[path]}:
            raise UsageError(f"it changes `{path}`, which is binary, has no last line end, or has a space in its name")
        lines += whole
    return "\n".join(lines) + "\n"
