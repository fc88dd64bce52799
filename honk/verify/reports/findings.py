"""Findings of linters, type checkers, compilers and formatters, by file, rule and text.

Line numbers are no part of a finding's id: a finding that only moved stays the same one. Equal findings are counted.
"""

import re

from honk.core.verdict import Failure
from honk.verify.reports.report import Report

_PATH = r"(?=[^:()]*[./])(?P<path>[^\s:(\[][^:()]*?)"
_POSITION = re.compile(
    rf" *+(?:\[ERROR\] |e: )?(?:file://)?{_PATH}"
    r"(?::\d+(?:[:.]\d+)?(?:-\d+(?::\d+)?)?(?::| -| ) *|\(\d+(?:,\d+)*\): *|:\[\d+,\d+\] *)(?P<text>\S.*)$"
)
_HARMLESS = re.compile(r"(?:warning|note|info|information|help|hint)\b", re.IGNORECASE)
_SEVERITY = re.compile(r"(?:fatal )?error[:\s]+", re.IGNORECASE)
_INDENTED = re.compile(r" +\d+:\d+ +(?P<severity>error|warning|✖|⚠) +(?P<text>\S.*)$")
_HEADED = re.compile(r"(?P<text>(?:error(?:\[\w+\])?: |[A-Z]{1,5}\d{2,5}\b|unformatted: )\S?.*)$")
_ARROW = re.compile(r" *--> (?P<path>.+?):\d+(?::\d+)?$")
_FILE = re.compile(
    r"(?:would reformat:? |\[(?:warn|error)\] |Diff in |diff (?:-\w+ )*(?:a/)?)"
    r"(?P<path>\S[^:]*?)(?:[: ].*)?$",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:Found (?P<found>\d+) errors?|✖ \d+ problems? \((?P<eslint>\d+) errors?|(?P<pyright>\d+) errors?, \d+ warnings?"
    r"|(?P<javac>\d+) errors?$|error: could not compile .* due to (?P<rust>\d+) previous errors?)"
)
_STOPPED = re.compile(
    r"error: could not compile|\d+ errors?$|\[ERROR\] COMPILATION ERROR"
    r"|.*errors? prevented further checking|make(?:\[\d+\])?: \*\*\* |.*too many errors"
)
_HEADER = re.compile(r"(?P<path>[^\s:]\S*\.\w+)$")
_NUMBERS = re.compile(r"\b\d+\b")
_ONE_OF = ("found", "eslint", "pyright", "javac", "rust")


def read_findings(lines: list[str], root: str) -> Report | None:
    """The errors of every checker in the output; None where there is none. Warnings are no failures.

    `root` is the folder of the project, which is taken off the paths.
    """
    found: list[Failure] = []
    failed = None
    header = heading = cut = ""
    for line in lines:
        if total := _TOTAL.match(line):
            groups = total.groupdict()
            failed = (failed or 0) + next((int(groups[name]) for name in _ONE_OF if groups[name]), 0)
        if _STOPPED.match(line):
            cut = "A checker stopped before it had read every file."
        elif match := _INDENTED.match(line):
            if match["severity"] in ("error", "✖"):
                found.append(_finding(header, match["text"], root))
        elif (match := _ARROW.match(line)) and heading:
            found.append(_finding(match["path"], heading, root))
            heading = ""
        elif match := _POSITION.match(line):
            if not _HARMLESS.match(match["text"]):
                found.append(_finding(match["path"], match["text"], root))
        elif (match := _FILE.match(line)) and not line.startswith("[warn] Code style"):
            found.append(_finding(match["path"], "format", root))
            heading = ""
        elif match := _HEADED.match(line):
            heading = match["text"]
        elif match := _HEADER.match(line):
            header = match["path"]
    return Report(None, failed, tuple(found), cut) if found or failed else None


def _finding(path: str, text: str, root: str) -> Failure:
    path = path.strip().removeprefix(f"{root}/").removeprefix("./")
    text = " ".join(_SEVERITY.sub("", text, count=1).split())
    return Failure(f"{path}: {_NUMBERS.sub('N', text)}"[:400], text)
