"""The scripted work on the five requests, played with the rules of the real tools but without a model."""

import itertools
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from honk.core import honk_toml
from honk.demo import requests, script, seed
from honk.demo.script import Script, Step, ToolCall

NAMES = [request.name for request in requests.REQUESTS]

# What is on the request's page afterwards, and was not before.
SHOWN = {
    "about-this-song": "About this song",
    "prompted-playlists": "Made from your words",
    "page-match": "Chapter 5 · What the Ledger Knew</p>",
    "ai-credits": "AI was used",
    "empty-playlist": "No tracks yet",
}


class Player:
    """Does what Claude Code's tools would, in a directory that stands for /workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: set[Path] = set()
        self.verdicts: list[bool] = []

    def play(self, steps: Script, *, check: bool = True) -> None:
        for call in (call for step in steps for call in step.calls):
            if call.name == script.VERIFY:
                self.verdicts.append(not check or not self.red())
            elif call.name == "Bash":
                if check:
                    self.shell(str(call.input["command"]))
            else:
                self.file(call)

    def file(self, call: ToolCall) -> None:
        path = self.root / Path(str(call.input["file_path"])).relative_to(script.WORKSPACE)
        match call.name:
            case "Read":
                path.read_text()
            case "Write":
                assert not path.exists() or path in self.read, f"{path} was not read before it was overwritten"
                path.write_text(str(call.input["content"]))
            case "Edit":
                old, new, text = str(call.input["old_string"]), str(call.input["new_string"]), path.read_text()
                assert path in self.read, f"{path} was not read before it was edited"
                assert old != new
                assert text.count(old) == 1, f"{path} has this {text.count(old)} times: {old}"
                path.write_text(text.replace(old, new))
        self.read.add(path)

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        command = command.replace(script.WORKSPACE, str(self.root))
        return subprocess.run(["sh", "-c", command], cwd=self.root, env=env, capture_output=True, text=True, timeout=60)

    def red(self) -> list[str]:
        """The output of every verifier of the project that fails."""
        verify = honk_toml.parse((self.root / "honk.toml").read_text()).verify
        ran = [self.shell(command) for command in (verify.format, verify.lint, verify.test) if command]
        return [done.stdout + done.stderr for done in ran if done.returncode]


def page(root: Path, address: str) -> str:
    """What a browser gets from the app as it is in this directory."""
    command = [sys.executable, "-B", "-m", "app", "--port", "0"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout
            home = server.stdout.readline().split()[-1].decode().rstrip("/")
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(home + address, timeout=5) as got:
                return str(got.read().decode())
        except urllib.error.HTTPError as refused:
            with refused:
                return f"{refused.code}"
        finally:
            server.terminate()


@pytest.mark.parametrize("name", NAMES)
def test_a_script_fails_first_then_succeeds_and_is_seen_on_the_page(project: Path, name: str) -> None:
    request = requests.find(name)
    assert SHOWN[name] not in page(project, request.page)
    player = Player(project)
    player.play(request.script)
    assert player.verdicts == [False, True], player.red()
    assert SHOWN[name] in page(project, request.page)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_works_after_all_the_others(project: Path, name: str) -> None:
    for other in NAMES:
        if other != name:
            Player(project).play(requests.find(other).script, check=False)
    player = Player(project)
    player.play(requests.find(name).script)
    assert player.verdicts == [False, True], player.red()


def test_every_order_of_the_requests_leads_to_the_same_project(tmp_path: Path) -> None:
    outcomes = set()
    for number, order in enumerate(itertools.permutations(NAMES)):
        root = seed.materialise(tmp_path / str(number))
        for name in order:
            Player(root).play(requests.find(name).script, check=False)
        files = sorted(path for path in root.rglob("*") if path.is_file())
        outcomes.add("".join(f"{path.relative_to(root)}\n{path.read_text()}" for path in files))
        shutil.rmtree(root)
    assert len(outcomes) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_script_adds_tests_and_leaves_the_rules_alone(project: Path, name: str) -> None:
    kept = {path.name: path.read_text() for path in (project / "honk.toml", project / "tools/check.py")}
    tests = {path: path.read_text().count("def test_") for path in project.glob("tests/*.py")}
    Player(project).play(requests.find(name).script, check=False)
    after = {path: path.read_text().count("def test_") for path in project.glob("tests/*.py")}
    assert sum(after.values()) > sum(tests.values())
    assert all(after[path] >= tests[path] for path in tests)
    assert kept == {path.name: path.read_text() for path in (project / "honk.toml", project / "tools/check.py")}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_talks_like_an_agent(name: str) -> None:
    steps = requests.find(name).script
    assert not steps[-1].calls
    assert all(step.calls for step in steps[:-1])
    assert all(step.text for step in steps if [call.name for call in step.calls] != [script.VERIFY])
    assert all(len(step.calls) == 1 for step in steps if any(call.name == script.VERIFY for call in step.calls))


class TestParse:
    def test_prose_and_blocks_make_steps(self) -> None:
        steps = script.parse("Look.\n\n```read\na.py\nb.py\n```\n---\n```verify\n```\n---\nDone:\n\n- a\n")
        assert steps == (
            Step("Look.", tuple(ToolCall("Read", {"file_path": f"/workspace/{name}"}) for name in ("a.py", "b.py"))),
            Step("", (ToolCall(script.VERIFY, {}),)),
            Step("Done:\n\n- a"),
        )

    def test_an_edit_keeps_the_lines_as_they_are(self) -> None:
        (step,) = script.parse("```edit a.py\n    old\n```\n```with\n    new\n\n    more\n```\n")
        change = {"file_path": "/workspace/a.py", "old_string": "    old", "new_string": "    new\n\n    more"}
        assert step.calls == (ToolCall("Edit", change),)

    def test_longer_fences_hold_shorter_ones(self) -> None:
        (step,) = script.parse("````write a.md\n```sh\nls\n```\n---\n````\n")
        assert step.calls[0].input["content"] == "```sh\nls\n```\n---\n"

    @pytest.mark.parametrize("text", ["```dance a.py\n```\n", "```edit a.py\nold\n```\n", "```with\nnew\n```\n"])
    def test_what_no_tool_does_is_refused(self, text: str) -> None:
        with pytest.raises(script.Unplayable, match="cannot play"):
            script.parse(text)
