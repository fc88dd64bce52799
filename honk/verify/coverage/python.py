"""Python: a recorder that every Python process of the test run loads, whatever runs the tests."""

import json
from collections import defaultdict
from pathlib import Path

from honk.verify.coverage.base import FileLines, Lines, NotMeasured, ProgramFile, ToolChain, result

SELECTION = Path(__file__).with_name("pytest_selection.py")
"""A plugin of pytest that runs only some tests, for runs over faults."""

_RECORDER = Path(__file__).with_name("python_recorder.py")


def prepared(changed: tuple[ProgramFile, ...], tests: frozenset[str]) -> dict[str, str]:
    """The recorder, and what it has to look for."""
    wanted = {"files": {file.path: sorted(file.changed) for file in changed}, "tests": sorted(tests)}
    return {"python/sitecustomize.py": _RECORDER.read_text(), "python/changed.json": json.dumps(wanted)}


def read(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    """What the recorders wrote. A file that no test loads has no executed line, where the tests were seen."""
    rows = [line.split("\t") for line in result(folder, "python/log").splitlines()]
    facts: dict[str, list[list[str]]] = defaultdict(list)
    for kind, *fields in rows:
        facts[kind].append(fields)
    if not facts["start"]:
        raise NotMeasured("the tests start no Python that loads Honk's recorder by PYTHONPATH")
    if facts["other"]:
        raise NotMeasured("the tests trace the program themselves, which leaves no place for a second tracer")
    loaded = {fields[0] for fields in facts["loaded"]}
    copies = {fields[0] for fields in facts["copy"]} - loaded
    executable = {name: frozenset(map(int, lines.split())) for name, lines in facts["can"]}
    tests: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, line, test in facts["hit"]:
        tests[name][int(line)].add(test)
    found: dict[str, FileLines | NotMeasured] = {}
    for file in changed:
        if file.path not in executable:
            found[file.path] = NotMeasured("the project's Python cannot compile it")
        elif file.path in copies:
            found[file.path] = NotMeasured("the tests load an installed copy of it")
        elif file.path not in loaded and not facts["test"]:
            found[file.path] = NotMeasured("the files of tests were not seen while they ran")
        else:
            by_line = {line: frozenset(names) for line, names in tests[file.path].items()}
            executed = frozenset(by_line) & file.changed
            found[file.path] = FileLines(executable[file.path] | executed, executed, by_line)
    return found


PYTHON = ToolChain(
    "Python",
    (".py",),
    'export HONK_COVERAGE_ROOT="$(pwd -P)" PYTHONPATH="$HONK_COVERAGE/python${PYTHONPATH:+:$PYTHONPATH}"',
    read,
    prepared=prepared,
)
