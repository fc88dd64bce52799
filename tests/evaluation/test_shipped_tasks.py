"""The tasks in eval/tasks: how many there are, that each edit fits, and that a sample of the claims holds."""

from pathlib import Path

import pytest

from honk.evaluation import edits, tasks
from tests.cli.conftest import Honk, honk

__all__ = ["honk"]

ROOT = Path(__file__).parents[2]
TASKS = tasks.load([ROOT / "eval" / "tasks"])


def kinds(*roles: str) -> list[str]:
    return [change.kind for task in TASKS for change in task.changes if change.role in roles]


def test_the_set_is_as_large_as_it_claims() -> None:
    assert len(TASKS) >= 60 and len({task.language for task in TASKS}) >= 4
    assert len(kinds("bad")) >= 200 and len(set(kinds("bad"))) >= 30
    assert len(kinds("honest")) >= 80 and len(set(kinds("honest"))) >= 20
    assert all(sum(change.role == "good" for change in task.changes) == 1 for task in TASKS)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_edit_fits(task: tasks.Task) -> None:
    for change in task.changes:
        after = edits.apply(task.files, change.edits)
        assert after != task.files, change.name
        edits.apply(after, change.defect)


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["ringbuf/overwrite", "intervals/reversed", "logtools/method", "webkit/plus", "ledger/holidays"]
)
def test_the_claims_of_a_task_are_proved(honk: Honk, name: str) -> None:
    done = honk("eval", "--prove", str(ROOT / "eval" / "tasks" / name))
    assert done.returncode == 0, done.stdout + done.stderr
