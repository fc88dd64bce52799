"""What the base's tests add to the verifiers of a change, in the real sandbox."""

import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.row import Row
from bench.table import Progress
from honk import process
from honk.core.job import Job, JobLimits, Result
from honk.core.mounted_tree import Plain
from honk.core.verdict import Verdict
from honk.git import checkout, diff, external_checkout
from honk.pipeline import repo_config
from honk.pipeline.repo_config import Plan
from honk.pipeline.verification import base_test_runs
from honk.pipeline.verification.base_test_runs import TestedChange
from honk.sandboxes import base as sandboxes
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.verify.runner import run_all

ALONE = "the verifiers alone"
_PROGRAM = "def total(prices):\n    return sum(prices)\n"
_TESTS = """\
import time
import unittest

from shop import total


class Shop(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([3, 4]), 7)

    def test_that_takes_long(self):
        time.sleep(2)
"""


@dataclass(frozen=True)
class _Bench:
    mirror: Path
    plan: Plan
    place: Path
    sandbox: Bubblewrap

    async def run(self, tree: str, names: frozenset[str]) -> tuple[Verdict, ...]:
        """The verifiers `names` over a tree object, laid out for it."""

        async def in_sandbox(job: Job) -> Result:
            return await sandboxes.run(self.sandbox, job)

        with tempfile.TemporaryDirectory(dir=self.place) as directory:
            await checkout.checkout(self.mirror, tree, Path(directory, "tree"))
            job = Job(("true",), Plain(Path(directory, "tree")), Path(directory, "home"), limits=JobLimits(seconds=60))
            wanted = [verifier for verifier in self.plan.verifiers if verifier.name in names]
            return await run_all(in_sandbox, job, wanted)


async def rows(root: Path, runs: int, progress: Progress) -> list[Row]:
    """A change that edits a test, with the base's result known and unknown, and one that touches no test."""
    at, place = root / "shop", root / "p"
    (at / "tests").mkdir(parents=True)
    place.mkdir()
    (at / "shop.py").write_text(_PROGRAM)
    (at / "tests/test_shop.py").write_text(_TESTS)
    for args in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "start")):
        await process.run(("git", "-c", "user.name=Dev", "-c", "user.email=dev@invalid", "-C", str(at), *args))
    mirror = await external_checkout.link_objects(at, root)
    plan = await repo_config.read(mirror, await external_checkout.commit(at, "HEAD"))
    bench = _Bench(mirror, plan, place, Bubblewrap(root / "run"))
    (at / "shop.py").write_text(_PROGRAM.replace("sum(prices)", "round(sum(prices), 2)"))
    plain = await external_checkout.tree(mirror, at)
    (at / "tests/test_shop.py").write_text(_TESTS.replace("[3, 4]), 7", "[3.001]), 3.0"))
    edited = await external_checkout.tree(mirror, at)
    found = []
    for name, tree, first in (
        ("verifying a change that touches no test", plain, False),
        ("verifying a change of tests, base known", edited, False),
        ("verifying a change of tests, first on its base", edited, True),
    ):
        progress(f"base tests: {name}")
        pairs = [await _pair(bench, tree, first) for _ in range(runs)]
        ours, theirs = (1000 * float(median(pair[side] for pair in pairs)) for side in (0, 1))
        found.append(Row(f"{name}, with the base's tests", "ms", ours, ALONE, theirs, runs))
    return found


async def _pair(bench: _Bench, tree: str, first: bool) -> tuple[float, float]:
    """Seconds with the base's tests, and without them."""
    names = frozenset(verifier.name for verifier in bench.plan.verifiers)
    began = time.monotonic()
    verdicts = await bench.run(tree, names)
    alone = time.monotonic() - began
    known = () if first else await bench.run(bench.plan.commit, names)
    difference = await diff.read(bench.mirror, bench.plan.commit, tree)
    change = TestedChange(bench.mirror, bench.plan, tree, difference, verdicts)
    began = time.monotonic()
    if first:
        known = await bench.run(bench.plan.commit, names)
    await base_test_runs.check(change, bench.run, _looked_up(known))
    return alone + time.monotonic() - began, alone


def _looked_up(verdicts: tuple[Verdict, ...]) -> Callable[[frozenset[str]], Awaitable[Mapping[str, Verdict]]]:
    async def known(names: frozenset[str]) -> Mapping[str, Verdict]:
        return {verdict.name: verdict for verdict in verdicts if verdict.name in names}

    return known
