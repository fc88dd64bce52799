"""The measurement as a whole: which lines, which tool chains, the command, and the result."""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from honk.core import diff
from honk.core.diff import EXECUTABLE, Diff, DiffCoverage, FileDiff
from honk.verify import test_files
from honk.verify.coverage.base import FileLines, NotMeasured, ProgramFile, ToolChain
from honk.verify.coverage.java import JAVA
from honk.verify.coverage.native import GO, RUST, C
from honk.verify.coverage.node import NODE
from honk.verify.coverage.python import PYTHON
from honk.verify.syntax import languages

TOOL_CHAINS: tuple[ToolChain, ...] = (PYTHON, NODE, C, RUST, GO, JAVA)

MAX_FILES = 200
"""Of more changed program files than this the coverage is not measured."""

_REGULAR = ("100644", EXECUTABLE)


@dataclass(frozen=True)
class Measurement:
    """What is known of each changed program file, by its path."""

    lines: Mapping[str, FileLines]
    not_measured: Mapping[str, str]

    @property
    def summary(self) -> DiffCoverage:
        missed = {path: set(each.executable - each.executed) for path, each in self.lines.items()}
        ranges, more = diff.ranges(missed)
        reasons: dict[str, list[str]] = defaultdict(list)
        for path, why in self.not_measured.items():
            reasons[why].append(path)
        executed = sum(len(each.executed & each.executable) for each in self.lines.values())
        return DiffCoverage(executed, ranges, more, tuple(_sentence(paths, why) for why, paths in reasons.items()))

    @property
    def missed(self) -> bool:
        """Some changed lines are executed by no test."""
        return any(each.executable - each.executed for each in self.lines.values())


def none(paths: Iterable[str], why: str) -> Measurement:
    """Nothing is known, for one reason."""
    return Measurement({}, dict.fromkeys(paths, why))


def changed_files(difference: Diff) -> dict[str, FileDiff]:
    """The files of the program in which a change adds lines, as far as a language of code has them."""
    return {
        file.change.path: file
        for file in difference.files
        if file.mode in _REGULAR
        and any(line.text.strip() for line in file.added)
        and (languages.of(file.change.path) or tool_chain(file.change.path))
        and not test_files.is_test_or_support(file.change.path)
    }


def changed_lines(text: str, file: FileDiff) -> frozenset[int]:
    """The new lines of a file; of Rust those before its first module of tests."""
    end = text.find("#[cfg(test)]") if file.change.path.endswith(".rs") else -1
    last = text.count("\n", 0, end) if end >= 0 else text.count("\n") + 1
    return frozenset(line.number for line in file.added if line.number <= last)


def tool_chain(path: str) -> ToolChain | None:
    """The tool chain that measures the file."""
    return next((each for each in TOOL_CHAINS if path.endswith(each.suffixes)), None)


def command(chains: Iterable[ToolChain], test: str, folder: str) -> str:
    """The shell command that runs the test command between what the tool chains need. `folder` is the name of the
    folder of results in the home directory."""
    used = tuple(chains)
    before = [each.before for each in used]
    after = [f"(\n{each.after}\n) >/dev/null 2>&1" for each in used if each.after]
    rows = [f'export HONK_COVERAGE="$HOME/{folder}"', *before, f"sh -c {shlex.quote(test)}", "status=$?", *after]
    return "\n".join([*rows, "exit $status"])


def read(chains: Iterable[ToolChain], folder: Path, changed: tuple[ProgramFile, ...]) -> Measurement:
    """The results in `folder`, which the repository's code may have written as it likes."""
    lines: dict[str, FileLines] = {}
    unknown: dict[str, str] = {}
    for chain in chains:
        wanted = tuple(file for file in changed if tool_chain(file.path) is chain)
        try:
            found = chain.read(folder, wanted)
        except NotMeasured as error:
            found = {file.path: error for file in wanted}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            found = {file.path: NotMeasured("its result cannot be read") for file in wanted}
        for path, each in found.items():
            if isinstance(each, NotMeasured):
                unknown[path] = str(each)
            else:
                lines[path] = each
    return Measurement(lines, unknown)


def _sentence(paths: list[str], why: str) -> str:
    named = ", ".join(f"`{path}`" for path in sorted(paths)[:3]) + (
        f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    )
    return f"It is not measured whether tests execute the changed lines of {named}, because {why}."
