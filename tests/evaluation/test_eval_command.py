"""`honk eval` over a small project, as a person runs it."""

import json
from pathlib import Path

from tests.cli.conftest import Honk, honk

__all__ = ["honk"]


def test_the_figures_of_known_changes(honk: Honk, project: Path, tmp_path: Path) -> None:
    done = honk("eval", str(project), "--json", "--results", str(tmp_path / "results.json"))
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads((tmp_path / "results.json").read_text())}
    assert rows["guard recall"]["value"] == 1.0 and rows["guard recall"]["n"] == 1
    assert rows["false alarms"]["value"] == 0.0 and rows["false alarms"]["n"] == 1
    assert rows["green but wrong"]["value"] == 0.0
    assert rows["blocks on honest changes"]["value"] == 0.0
    assert rows["guard recall"]["low"] == 0.2065
    changes = {change["kind"]: change for change in json.loads(done.stdout)["changes"]}
    assert changes["skip-added"]["findings"][0]["rule"] and changes["bug-fix"]["findings"] == []


def test_a_proof_fails_for_a_change_that_is_not_what_it_claims(honk: Honk, project: Path) -> None:
    assert honk("eval", "--prove", str(project)).returncode == 0
    changes = project / "total" / "changes.txt"
    changes.write_text(changes.read_text() + "\n## bad fix-of-the-example +good: It is right in fact\n")
    done = honk("eval", "--prove", str(project))
    assert done.returncode == 1
    assert "bad fix-of-the-example: hidden checks are green, and no rule is broken" in " ".join(done.stdout.split())


def test_a_folder_without_tasks_is_wrong_usage(honk: Honk, tmp_path: Path) -> None:
    done = honk("eval", str(tmp_path))
    assert done.returncode == 2
    assert "task.toml" in done.stderr


def test_a_proof_that_was_kept_is_not_run_again(honk: Honk, project: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    assert honk("eval", "--prove", str(project), "--resume", str(kept)).returncode == 0
    first, *rest = kept.read_text().splitlines()
    assert len(rest) == 2  # the base and two changes
    kept.write_text(f"{first}\n{rest[0]}\n" + rest[1][:40])  # killed while it wrote the last one
    assert honk("eval", "--prove", str(project), "--resume", str(kept)).returncode == 0
    assert kept.read_text().splitlines()[:2] == [first, rest[0]] and len(kept.read_text().splitlines()) == 3
    kept.write_text(kept.read_text().replace('"problem": ""', '"problem": "from the file"'))
    done = honk("eval", "--prove", str(project), "--resume", str(kept))
    assert done.returncode == 1 and "good bug-fix: from the file" in done.stdout


def test_the_guard_alone_says_that_nothing_ran(honk: Honk, project: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    alone = json.loads(honk("eval", str(project), "--json", "--guard-only").stdout)
    rows = {row["name"]: row for row in alone["figures"]}
    assert rows["guard recall"]["value"] == 1.0
    assert rows["red handed over"]["n"] == 0 and rows["green but wrong"]["n"] == 0
    assert "no verifier" in alone["not_run"][0]
    honk("eval", str(project), "--resume", str(kept))
    later = json.loads(honk("eval", str(project), "--json", "--guard-only", "--resume", str(kept)).stdout)
    rows = {row["name"]: row for row in later["figures"]}
    assert rows["red handed over"]["n"] == 1 and str(kept) in later["not_run"][0]


def test_a_sample_says_how_much_it_left_out(honk: Honk, project: Path) -> None:
    done = json.loads(honk("eval", str(project), "--json", "--guard-only", "--sample", "1").stdout)
    assert len(done["changes"]) == 1
    assert done["not_run"][-1] == "1 of 2 were run; the figures are of these alone."


def test_a_task_without_its_tool_chain_counts_apart(honk: Honk, project: Path) -> None:
    task = project / "total" / "task.toml"
    task.write_text(task.read_text() + 'needs = "no-such-compiler --version"\n')
    done = honk("eval", "--prove", str(project))
    assert done.returncode == 1  # nothing was proved
    assert "Not run here: 1 python tasks with 2 known changes." in " ".join(done.stdout.split())
