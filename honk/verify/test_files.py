"""Which paths belong to the tests of a project: files of tests, and what supports them. Pure.

Support files are fixtures, snapshots, helpers, set-up files and the configuration of test runners. A file that holds
more than the runner's configuration (`pyproject.toml`, `package.json`, a Makefile) is no support file;
`test_sections.py` knows its parts.
"""

import re

from honk.verify.syntax import languages

_FOLDERS = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|e2e|cypress|fixtures?|__fixtures__|test[-_]?data|test[-_]?cases|testlib"
    r"|goldens?"
    r"|__snapshots__|snapshots|__mocks__|step_definitions|androidTest|integrationTest|[\w.]+[.-]Tests?)/"
)
_NAMES = re.compile(
    r"(?:^|/)(?:conftest\.py|pytest\.ini|\.pytest\.ini|pytest\.toml|tox\.ini|\.coveragerc|noxfile\.py"
    r"|jest[.-](?:config|setup|global)[\w.-]*|vitest[.-][\w.-]+|(?:test[-_.]?setup|setup[-_.]?tests?)[\w.-]*"
    r"|karma\.conf\.\w+|\.mocharc(?:\.\w+)?|mocha\.opts|playwright\.config\.\w+|cypress\.(?:config\.\w+|json)"
    r"|ava\.config\.\w+|\.taprc|\.nycrc(?:\.\w+)?|\.c8rc(?:\.\w+)?|phpunit\.xml(?:\.dist)?|\.rspec|testng[\w-]*\.xml"
    r"|junit-platform\.properties|[^/]+\.(?:snap|ambr|golden|feature)|[^/]+\.approved\.\w+)$"
)
_PROGRAM = re.compile(r"(?:^|/)(?:src/main|node_modules|vendor|\.venv)/")
_RUN_BY_NAME = re.compile(r"test|spec|check|verify|smoke|e2e", re.IGNORECASE)
_WORD = re.compile(r"[\w./-]+")


def is_test_or_support(path: str) -> bool:
    """Whether the file is a file of tests or supports tests, by its path alone."""
    ours = languages.is_test(path) or _NAMES.search(path) or _FOLDERS.search(path)
    return bool(ours) and not _PROGRAM.search(path)


def run_directly(commands: tuple[str, ...]) -> frozenset[str]:
    """The files and folders that test commands name and that are tests by that and their name: `checks/run.sh` and its
    folder `checks` of `sh checks/run.sh`."""
    words = {word.removeprefix("./").rstrip("/") for command in commands for word in _WORD.findall(command)}
    named = {word for word in words if ("/" in word or "." in word) and not word.startswith(("-", "/", "."))}
    tests = {word for word in named if _RUN_BY_NAME.search(word)}
    folders = {word.rpartition("/")[0] for word in tests}
    return frozenset(tests | {folder for folder in folders if _RUN_BY_NAME.search(folder.rpartition("/")[2])})
