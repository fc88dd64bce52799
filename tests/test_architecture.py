"""The shape that the code keeps: small modules and functions, one file per class name, few files per folder."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = {
    path.relative_to(ROOT): path.read_text()
    for top in ("honk", "simulators")
    for path in sorted((ROOT / top).rglob("*.py"))
    if "demo/project" not in path.as_posix() and "demo/scripts" not in path.as_posix()
}
TREES = {path: ast.parse(text) for path, text in MODULES.items()}
PACKAGES = sorted({path.parent for path in MODULES if (ROOT / path.parent / "__init__.py").exists()})

LARGEST_MODULE = 400
USUAL_MODULE = 250
"""Nine modules in ten are at most this long."""
LONGEST_FUNCTION = 60
FILES_IN_A_FOLDER = 20
LARGER_FOLDERS = {"honk/core": 27, "honk/integrations/github/conversation": 24}
"""They may shrink, and must not grow."""
README_LINES = 40


def length(path: Path) -> int:
    return MODULES[path].count("\n")


def functions() -> Iterator[tuple[str, int]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_a_class_name_stands_in_one_file() -> None:
    found = defaultdict(set)
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].add(str(path))
    assert {name: sorted(paths) for name, paths in found.items() if len(paths) > 1} == {}


def test_modules_are_small() -> None:
    assert {str(path): length(path) for path in MODULES if length(path) > LARGEST_MODULE} == {}
    sizes = sorted(map(length, MODULES))
    assert sizes[len(sizes) * 9 // 10] <= USUAL_MODULE


def test_functions_are_short() -> None:
    assert [(name, lines) for name, lines in functions() if lines > LONGEST_FUNCTION] == []


def test_folders_hold_few_files() -> None:
    files: dict[str, int] = defaultdict(int)
    for path in MODULES:
        files[str(path.parent)] += path.name != "__init__.py"
    most = {folder: LARGER_FOLDERS.get(folder, FILES_IN_A_FOLDER) for folder in files}
    assert {folder: count for folder, count in files.items() if count > most[folder]} == {}


def test_each_package_has_a_short_readme() -> None:
    """A package is a folder directly below `honk` or `honk_simulators`."""
    packages = [path for path in PACKAGES if path.parent.name in ("honk", "honk_simulators")]
    missing = [str(path) for path in packages if not (ROOT / path / "README.md").exists()]
    assert missing == []
    lines = {str(path): len((ROOT / path / "README.md").read_text().splitlines()) for path in packages}
    assert {path: count for path, count in lines.items() if count > README_LINES} == {}


METAPHORS = "house|room|door|wire|bell|town|street|ladder|purse|ears|walls?|footing|patience|desk"
"""Words that name nothing of this field (or something else), and stood for concepts of ours once."""


def test_modules_and_classes_are_not_named_by_metaphors() -> None:
    pattern = re.compile(rf"(?:^|_)(?:{METAPHORS})(?:s?_|s?$)", re.IGNORECASE)
    classes = {node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name) for name in classes] + [path.stem for path in MODULES]
    assert sorted(word for word in words if pattern.search(word)) == []


RECORDERS = ("honk/service.py", "honk/commands/", "honk/pipeline/", "honk/storage/")
"""Everybody else asks `HonkClient`."""
RECORDING = {"start", "reply", "record"}
"""Methods of `Store` that write to a session's log, and so set its phase."""


def _records_events(node: ast.AST) -> bool:
    """A call `….store.record(…)`, or of a name that holds a store."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in RECORDING:
        return False
    store = node.func.value
    name = store.attr if isinstance(store, ast.Attribute) else store.id if isinstance(store, ast.Name) else ""
    return name in ("store", "stores", "ctx")


def test_only_commands_and_the_pipeline_record_events() -> None:
    found = {str(path) for path, tree in TREES.items() for node in ast.walk(tree) if _records_events(node)}
    assert {path for path in found if not path.startswith(RECORDERS)} == set()
    assert {"honk/service.py", "honk/commands/merge.py", "honk/pipeline/stages/merge.py"} <= found


def test_a_command_is_one_file_and_one_row_of_each_table() -> None:
    """No class has a method of a command's name, so that a new command changes no interface."""
    commands = {path.stem for path in MODULES if path.parent == Path("honk/commands")} - {"__init__", "base", "table"}
    methods = {
        f"{path}: {each.name}"
        for path, tree in TREES.items()
        if path in (Path("honk/client.py"), Path("honk/service.py"), Path("honk/web/remote_client.py"))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for each in node.body
        if isinstance(each, ast.AsyncFunctionDef) and each.name in commands
    }
    assert commands and methods == set()


SLOW_FILE_CALLS = {
    *("TemporaryDirectory", "rmtree", "copytree", "copyfile", "copy2", "walk", "rglob", "fsync"),
    *("read_text", "read_bytes", "write_text", "write_bytes"),
}
"""Calls whose time grows with a file or a directory; `asyncio.to_thread` and `files.temporary_directory` take them off
the event loop."""
ALONE_ON_THE_LOOP = (
    *("honk/cli", "honk/demo", "honk/evaluation", "honk/sandboxes/conformance"),
    "honk/pipeline/verification/local_",
)
"""Commands and conformance tests: nothing else waits for their event loop."""


def calls_of(function: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """The calls in the function's own body, without the functions inside it."""
    nodes: list[ast.AST] = list(function.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        nodes += ast.iter_child_nodes(node)


def test_the_event_loop_never_waits_for_large_files() -> None:
    slow = [
        f"{path}:{call.lineno} {ast.unparse(call)}"
        for path, tree in TREES.items()
        if path.parts[0] == "honk" and not path.as_posix().startswith(ALONE_ON_THE_LOOP)
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for call in calls_of(function)
        if isinstance(call.func, ast.Attribute) and call.func.attr in SLOW_FILE_CALLS
    ]
    assert slow == []
