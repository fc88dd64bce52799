"""Records which changed lines a Python process executes. Honk never imports this file: it is laid out as
`sitecustomize.py` on PYTHONPATH of a test run, so that every Python process of that run loads it at its start.

It writes one line for each fact, at once, because a process may end without a word:

    start               this process records
    loaded FILE         a changed file was loaded
    test FILE           a file of tests was loaded
    copy FILE           a copy of a changed file was loaded from elsewhere
    other               another tracer took the place of this one
    can FILE LINES      the changed lines that can be executed
    hit FILE LINE TEST  a line was executed, by the test that pytest names

Fields are separated by tabs. Runs on Python 3.6 and later, so it uses the syntax of that version.
"""

import atexit
import json
import os
import sys
import threading
from types import CodeType, FrameType

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_MAX_TESTS = 40
_MAX_HITS = 100000


class _Recorder:
    def __init__(self) -> None:
        with open(os.path.join(_FOLDER, "changed.json")) as file:
            wanted = json.load(file)
        self.root = os.environ["HONK_COVERAGE_ROOT"]
        self.log = os.path.join(_FOLDER, "log")
        self.lines: dict[str, set[int]] = {name: set(lines) for name, lines in wanted["files"].items()}
        self.tests = set(wanted["tests"])
        self.tails = {
            name.partition("/")[2] if name.startswith(("src/", "lib/")) else name: name for name in self.lines
        }
        self.places: dict[str, str] = {}
        self.seen: dict[tuple[str, int], set[str]] = {}
        self.calls: dict[tuple[str, int], int] = {}
        self.open, self.write, self.close = os.open, os.write, os.close  # a test may replace those of the module

    def tell(self, *fields: object) -> None:
        text = "\t".join(str(field).replace("\n", " ").replace("\t", " ") for field in fields) + "\n"
        try:
            handle = self.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                self.write(handle, text.encode("utf-8", "replace"))
            finally:
                self.close(handle)
        except OSError:
            pass

    def place(self, filename: str) -> str:
        """The name of the changed file, empty for any other."""
        if filename not in self.places:
            self.places[filename] = self._look_up(filename)
        return self.places[filename]

    def _look_up(self, filename: str) -> str:
        if filename.startswith("<"):
            return ""
        path = os.path.realpath(os.path.join(self.root, filename))
        name = os.path.relpath(path, self.root)
        if name in self.lines:
            self.tell("loaded", name)
            return name
        if name in self.tests:
            self.tell("test", name)
        else:
            for tail, wanted in self.tails.items():
                if path.endswith("/" + tail) and ("/site-packages/" in path or "/build/" in path):
                    self.tell("copy", wanted)
        return ""

    def hit(self, name: str, line: int) -> bool:
        """Whether the line is to be watched on."""
        if line not in self.lines[name]:
            return False
        key = (name, line)
        self.calls[key] = self.calls.get(key, 0) + 1
        tests = self.seen.setdefault(key, set())
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
        if test not in tests:
            tests.add(test)
            self.tell("hit", name, line, test)
        if len(tests) >= _MAX_TESTS or self.calls[key] >= _MAX_HITS:
            self.tell("hit", name, line, "")  # more tests may execute it
            return False
        return True

    def list_executable(self) -> None:
        """Say once, for all processes, which lines have code."""
        import dis

        try:
            os.close(os.open(os.path.join(_FOLDER, "listed"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError:
            return
        for name, lines in self.lines.items():
            try:
                with open(os.path.join(self.root, name), "rb") as file:
                    waiting = [compile(file.read(), name, "exec", dont_inherit=True)]
            except (OSError, SyntaxError, ValueError):
                continue
            found: set[int] = set()
            while waiting:
                code = waiting.pop()
                found.update(line for _, line in dis.findlinestarts(code) if line is not None)
                waiting.extend(each for each in code.co_consts if isinstance(each, CodeType))
            self.tell("can", name, " ".join(str(line) for line in sorted(found & lines)))


def _trace(recorder: _Recorder) -> None:
    def in_file(name: str) -> object:
        def local(frame: FrameType, event: str, _argument: object) -> object:
            if event == "line":
                recorder.hit(name, frame.f_lineno)
            return local

        return local

    locals_of: dict[str, object] = {}

    def calls(frame: FrameType, _event: str, _argument: object) -> object:
        name = recorder.place(frame.f_code.co_filename)
        if not name:
            return None
        if name not in locals_of:
            locals_of[name] = in_file(name)
        return locals_of[name]

    def at_end() -> None:
        if sys.gettrace() is not calls:
            recorder.tell("other")

    atexit.register(at_end)
    threading.settrace(calls)  # type: ignore[arg-type]
    sys.settrace(calls)  # type: ignore[arg-type]


def _monitor(recorder: _Recorder) -> None:
    monitoring = sys.monitoring  # type: ignore[attr-defined]
    tool = next((number for number in (4, 3, 5, 2, 0, 1) if monitoring.get_tool(number) is None), None)
    if tool is None:
        recorder.tell("other")
        return
    monitoring.use_tool_id(tool, "honk")

    def started(code: CodeType, _offset: int) -> object:
        if recorder.place(code.co_filename):
            monitoring.set_local_events(tool, code, monitoring.events.LINE)
        return monitoring.DISABLE

    def line(code: CodeType, number: int) -> object:
        return None if recorder.hit(recorder.place(code.co_filename), number) else monitoring.DISABLE

    monitoring.register_callback(tool, monitoring.events.PY_START, started)
    monitoring.register_callback(tool, monitoring.events.LINE, line)
    monitoring.set_events(tool, monitoring.events.PY_START)


def _load_shadowed() -> None:
    """Load the `sitecustomize` that this one hides."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("sitecustomize", [path for path in sys.path if os.path.abspath(path) != _FOLDER])
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        spec.loader.exec_module(module_from_spec(spec))


def _start() -> None:
    if "HONK_COVERAGE_ROOT" in os.environ and os.path.exists(os.path.join(_FOLDER, "changed.json")):
        recorder = _Recorder()
        recorder.tell("start")
        recorder.list_executable()
        if hasattr(sys, "monitoring"):
            _monitor(recorder)
        else:
            _trace(recorder)
    _load_shadowed()


_start()
