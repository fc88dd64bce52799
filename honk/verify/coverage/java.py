"""Java and Kotlin: the XML report of JaCoCo, where the project has it.

Format: https://www.jacoco.org/jacoco/trunk/coverage/report.dtd; `mi` and `ci` are missed and covered instructions.
"""

import xml.parsers.expat
from collections import defaultdict
from pathlib import Path

from honk.verify.coverage.base import FileLines, Lines, NotMeasured, ProgramFile, ToolChain, result

_COLLECT = """
if [ -e pom.xml ] && grep -q jacoco pom.xml; then mvn -o -q jacoco:report; fi
number=0
for file in $(find . -name "jacoco*.xml" -path "*jacoco*" -newer "$HONK_COVERAGE/started" ! -path "./.honk/*"); do
    number=$((number + 1)); cp "$file" "$HONK_COVERAGE/jacoco-$number.xml"
done
"""
_MOST = 50


def _read(folder: Path, changed: tuple[ProgramFile, ...]) -> Lines:
    executable: dict[str, set[int]] = defaultdict(set)
    executed: dict[str, set[int]] = defaultdict(set)
    texts = [text for number in range(1, _MOST + 1) if (text := result(folder, f"jacoco-{number}.xml"))]
    if not texts:
        raise NotMeasured("the project has no JaCoCo that writes its XML report")
    for text in texts:
        for path, line, ran in _lines(text):
            executable[path].add(line)
            if ran:
                executed[path].add(line)
    found: dict[str, FileLines | NotMeasured] = {}
    for file in changed:
        named = next((path for path in executable if f"/{file.path}".endswith(f"/{path}")), "")
        if named:
            found[file.path] = FileLines(file.changed & executable[named], file.changed & executed[named])
        else:
            found[file.path] = NotMeasured("JaCoCo's report does not name it")
    return found


def _lines(text: str) -> list[tuple[str, int, bool]]:
    """Each line of a report: `package/File.java`, its number, and whether it ran."""
    found: list[tuple[str, int, bool]] = []
    at = {"package": "", "sourcefile": ""}

    def start(tag: str, values: dict[str, str]) -> None:
        if tag in at:
            at[tag] = values["name"]
        elif tag == "line":
            path = "/".join(filter(None, (at["package"], at["sourcefile"])))
            found.append((path, int(values["nr"]), int(values["ci"]) > 0))

    def refuse(*_: object) -> None:
        raise ValueError("a JaCoCo report declares no entity")

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        raise NotMeasured("JaCoCo's report cannot be read") from error
    return found


JAVA = ToolChain("Java", (".java", ".kt"), ': > "$HONK_COVERAGE/started"', _read, after=_COLLECT)
