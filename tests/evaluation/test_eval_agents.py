"""`honk eval --agent`: agents on tasks through all of Honk, as a person runs it."""

import asyncio
import json
from pathlib import Path
from typing import Any

from honk.testing import model
from honk.testing.script import Step, ToolCall
from tests.cli.conftest import Honk, honk

__all__ = ["honk"]

RIGHT = """from functools import reduce
from operator import add


def total(numbers):
    return reduce(add, numbers, 0)
"""
FIX = (
    Step("I read it.", (ToolCall("Read", {"file_path": "/workspace/total.py"}),)),
    Step("I fix it.", (ToolCall("Write", {"file_path": "/workspace/total.py", "content": RIGHT}),)),
    Step("The total of no numbers is 0 now."),
)


def rows(output: str) -> dict[str, Any]:
    return {row["name"]: row for row in json.loads(output)["figures"]}


def test_known_changes_go_through_all_of_honk(honk: Honk, project: Path, tmp_path: Path) -> None:
    page, kept = tmp_path / "page.html", tmp_path / "kept.jsonl"
    args = ("eval", str(project), "--agent", "known:good", "--agent", "known:bad", "--repeat", "3")
    done = honk(*args, "--json", "--page", str(page), "--resume", str(kept))
    assert done.returncode == 0, done.stderr
    figures = rows(done.stdout)
    assert (figures["solved: agent known:good"]["value"], figures["solved: agent known:good"]["n"]) == (1.0, 1)
    assert figures["false alarms: agent known:good"]["value"] == 0.0
    assert figures["solved: agent known:bad"]["value"] == 0.0
    assert figures["guard recall: agent known:bad"]["value"] == 1.0  # the skipped test is found
    assert figures["green but wrong: agent known:bad"]["n"] == 0
    assert figures["time: agent known:good"]["value"] > 0 and figures["time: agent known:good"]["low"] is None
    bad = next(run for run in json.loads(done.stdout)["runs"] if run["agent"] == "known:bad")
    assert bad["change"] == "bad skip-added" and bad["hidden_ok"] is False and bad["findings"]
    assert "known:good" in page.read_text() and "Agents side by side" in page.read_text()
    assert rows(honk(*args, "--json", "--resume", str(kept)).stdout) == figures  # taken over, time and all


async def test_claude_code_and_a_known_change_side_by_side(honk: Honk, project: Path) -> None:
    async with model.serve({"The total of no numbers is 0.": FIX}, key="scripted") as scripted:
        done = await asyncio.to_thread(
            lambda: honk(
                *("eval", str(project), "--agent", "claude", "--model", "small", "--model", "large"),
                *("--agent", "known:good", "--json"),
                ANTHROPIC_BASE_URL=scripted.url,
                ANTHROPIC_API_KEY="scripted",
            )
        )
    assert done.returncode == 0, done.stderr
    figures = rows(done.stdout)
    for agent in ("claude:small", "claude:large", "known:good"):
        assert figures[f"solved: agent {agent}"]["value"] == 1.0, done.stdout
    assert figures["cost: agent claude:small"]["value"] > 0 and figures["cost: agent known:good"]["value"] == 0


def test_a_run_without_a_key_says_nothing_of_the_agent(honk: Honk, project: Path) -> None:
    done = honk("eval", str(project), "--agent", "claude", "--json")
    assert done.returncode == 3, done.stderr
    data = json.loads(done.stdout)
    assert data["figures"] == []
    assert "1 runs broke" in data["not_run"][0] and "ANTHROPIC_API_KEY" in data["not_run"][0]


def test_an_unknown_agent_is_wrong_usage(honk: Honk, project: Path) -> None:
    done = honk("eval", str(project), "--agent", "clod")
    assert done.returncode == 2 and "The agents are: known, claude, command." in done.stderr
    done = honk("eval", str(project), "--agent", "known")
    assert done.returncode == 2 and "known:good" in done.stderr
