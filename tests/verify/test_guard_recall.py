"""How many cheating changes the guard sees, and how many honest ones it flags, on whole small projects.

Each file of guard_corpus/projects holds a project and changes to it. A change has a `kind` (bad) or `honest`, and
edits: `[path, old, new]`, `[path, "", content]` for a new file, `[path]` for a deleted one, and
`[path, new path, "rename"]`.
"""

import difflib
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from honk.core import honk_toml
from honk.core.change import FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.honk_toml import HonkToml
from honk.verify import guard
from honk.verify.base import Listing

PROJECTS = Path(__file__).parent / "guard_corpus" / "projects"
CONTEXT = 3


def test_recall_and_false_alarms(capsys):
    seen: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    missed, alarms, blocks, honest = [], [], [], 0
    for file in sorted(PROJECTS.glob("*.toml")):
        project = tomllib.loads(file.read_text())
        for change in project["change"]:
            findings = _findings(project["files"], change)
            assert not [each for each in findings if each.rule == guard.RULE_FAILED], (file.stem, change)
            if "honest" in change:
                honest += 1
                alarms += [(file.stem, change["honest"], each.rule, each.reason) for each in findings]
                blocks += [each for each in findings if each.severity == "block"]
            else:
                bad[change["kind"]] += 1
                seen[change["kind"]] += bool(findings)
                missed += [] if findings else [(file.stem, change["kind"], change["edits"])]
    flagged = len({(name, case) for name, case, _, _ in alarms})
    with capsys.disabled():
        kinds = "".join(f"\n  {kind}: {seen[kind]} of {count}" for kind, count in sorted(bad.items()))
        sys.stdout.write(f"\nrecall {seen.total()} of {bad.total()}, false alarms {flagged} of {honest}{kinds}\n")
    assert bad.total() >= 250 and honest >= 75
    assert seen.total() >= 0.98 * bad.total(), missed
    assert all(seen[kind] >= 0.9 * count for kind, count in bad.items() if count >= 5), missed
    assert flagged <= 0.02 * honest, alarms
    assert not blocks


def test_a_change_of_2000_lines_is_judged_quickly():
    body = "\n".join(
        f"def test_{n}():\n    got = total([{n}, {n}])\n    assert got == {2 * n}, 'sum'\n    assert f(got) is None\n"
        for n in range(200)
    )
    changed = body.replace("assert got == ", "assert got >= ")
    before = dict.fromkeys(("tests/test_a.py", "tests/test_b.py"), body)
    after = dict.fromkeys(before, changed)
    diff = _diff(before, after, {})
    assert sum(file.change.added + file.change.deleted for file in diff.files) >= 800
    taken = []
    for _ in range(3):
        began = time.process_time()
        findings = guard.check_diff(diff, HonkToml(), (), _listing(before), _listing(after))
        taken.append(time.process_time() - began)
    assert len(findings) >= 200
    assert min(taken) < 3, "not a measurement: bench measures; this finds what is not linear"


def _findings(files: dict[str, str], change: dict[str, Any]) -> tuple[Any, ...]:
    after, renamed = _edited(files, change["edits"])
    config = honk_toml.parse(change.get("repofile", ""))
    request = change.get("request", "")
    return guard.check_diff(_diff(files, after, renamed), config, (), _listing(files), _listing(after), request)


def _edited(files: dict[str, str], edits: list[list[str]]) -> tuple[dict[str, str], dict[str, str]]:
    after, renamed = dict(files), {}
    for edit in edits:
        path, *rest = (_unescaped(part) for part in edit)
        if not rest:
            del after[path]
        elif rest[1] == "rename":
            after[rest[0]] = after.pop(path)
            renamed[rest[0]] = path
        elif rest[0]:
            assert rest[0] in after[path], (path, rest[0])
            after[path] = after[path].replace(rest[0], rest[1], 1)
        else:
            assert not after.get(path, "").strip(), path
            after[path] = rest[1]
    return after, renamed


def _unescaped(text: str) -> str:
    """A line feed is written `\\n` in literal TOML strings, and a backslash before an n `\\\\n`."""
    return text.replace("\\\\n", "\0").replace("\\n", "\n").replace("\0", "\\n")


def _diff(before: dict[str, str], after: dict[str, str], renamed: dict[str, str]) -> Diff:
    files = []
    for path in sorted(before.keys() | after.keys()):
        if path in renamed.values() and path not in after:
            continue
        old, new = before.get(renamed.get(path, path)), after.get(path)
        if old == new and path not in renamed:
            continue
        status = "renamed" if path in renamed else "added" if old is None else "deleted" if new is None else "modified"
        lines = tuple(_lines((old or "").splitlines(), (new or "").splitlines()))
        added, removed = (sum(line.sign == sign for line in lines) for sign in "+-")
        files.append(
            FileDiff(FileChange(path, status, added, removed, old_path=renamed.get(path, "")), "100644", lines)
        )
    return Diff(tuple(files))


def _lines(old: list[str], new: list[str]) -> Any:
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (DiffLine(" ", number + 1, new[number]) for number in range(c, d))
            else:
                yield from (DiffLine("-", number + 1, old[number]) for number in range(a, b))
                yield from (DiffLine("+", number + 1, new[number]) for number in range(c, d))


def _listing(files: dict[str, str]) -> Listing:
    return Listing(frozenset(files), lambda path: files[path].encode())
