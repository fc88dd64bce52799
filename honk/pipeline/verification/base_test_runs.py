"""The tests of the base, run over the changed program."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from honk.core.diff import Diff
from honk.core.verdict import Finding, Verdict
from honk.git import mirror as mirrors
from honk.pipeline.repo_config import Plan
from honk.pipeline.verification import base_test_tree
from honk.pipeline.verification.base_test_tree import BaseTestTree
from honk.verify import base_tests, guard_policy
from honk.verify.base_tests import BrokenTest
from honk.verify.failure_blocks import TestFileNames
from honk.verify.syntax import languages

MAX_ROUNDS = 3
"""So often the tests are run again without the files that cannot run any more; each time at least one is left out."""

RunTests = Callable[[str, frozenset[str]], Awaitable[tuple[Verdict, ...]]]
"""Runs the verifiers of these names over a tree object. It may return a verdict `setup` that failed instead."""

OnBase = Callable[[frozenset[str]], Awaitable[Mapping[str, Verdict]]]
"""The verdicts of these verifiers on the base, by name."""


@dataclass(frozen=True)
class TestedChange:
    """What the tests are run over: the tree `now`, made from `plan.commit`; `verdicts` are those of `now` with its own
    tests, `request` the words that asked for it, empty where they are not known."""

    mirror: Path
    plan: Plan
    now: str
    difference: Diff
    verdicts: tuple[Verdict, ...]
    request: str = ""


async def check(change: TestedChange, run: RunTests, on_base: OnBase) -> tuple[Finding, ...]:
    """What the tests of the base say of the change. Nothing is run where the change touches no test, and for verifiers
    that the change already breaks."""
    tests = {verifier.name for verifier in change.plan.verifiers if verifier.kind == "test"}
    judged = frozenset(verdict.name for verdict in change.verdicts if verdict.name in tests and not verdict.blames)
    if not judged:
        return ()
    built = await base_test_tree.build(
        change.mirror, change.plan.commit, change.now, change.difference, change.plan.verifiers
    )
    found = [base_tests.not_known(path, _NOT_SEPARATED) for path in built.not_separated]
    if built.tree != change.now:
        found += await _run(change, built, judged, run, on_base)
    found.sort(key=lambda each: each.reason.endswith(base_tests.WANTED))  # what the limit cuts off first
    return guard_policy.judged(found[: base_tests.MAX_FINDINGS], change.plan.file.policy)


async def _run(
    change: TestedChange, built: BaseTestTree, names: frozenset[str], run: RunTests, on_base: OnBase
) -> list[Finding]:
    files = await _test_files(change, built)
    found: list[Finding] = []
    for _ in range(MAX_ROUNDS):
        failed = [verdict for verdict in await run(built.tree, names) if verdict.state in ("failed", "unknown")]
        before = await on_base(frozenset(verdict.name for verdict in failed))
        judged = [(verdict, _new_in(change, verdict, before.get(verdict.name), files)) for verdict in failed]
        stuck = {each.path: each for _, broken in judged for each in broken if not each.loads}
        if not stuck or not stuck.keys() <= built.files:
            return found + await _told(change, built, judged, before, already=bool(found))
        found += [
            _cannot_run(change, built, path, (), await _name(change, each, built)) for path, each in stuck.items()
        ]
        built = await base_test_tree.without(change.mirror, built, stuck)
        names = frozenset(verdict.name for verdict in failed)
        if not built.files:
            return found
    return [*found, base_tests.not_known(sorted(built.files)[0], "too many of their files cannot run any more")]


def _new_in(
    change: TestedChange, over: Verdict, before: Verdict | None, files: TestFileNames
) -> tuple[BrokenTest, ...]:
    """The tests that fail over the change only as the base has them: not on the base itself, and not as changed."""
    now = next(verdict for verdict in change.verdicts if verdict.name == over.name) if over.name != "setup" else None
    known = [failure.id for verdict in (before, now) if verdict for failure in verdict.failures]
    return base_tests.broken_in(over, files, frozenset(known))


async def _told(
    change: TestedChange,
    built: BaseTestTree,
    judged: list[tuple[Verdict, tuple[BrokenTest, ...]]],
    before: Mapping[str, Verdict],
    already: bool,
) -> list[Finding]:
    found: list[Finding] = []
    async with mirrors.opened(change.mirror, change.now) as files:
        for over, broken in judged:
            base = before.get(over.name)
            if base and not base.ok and not base.failures:
                why = "fails on the base as well" if base.state == "failed" else "has no known result on the base"
                found.append(base_tests.not_known(over.source, f"{over.name} {why}"))
                continue
            ran_nothing = already and over.state == "unknown"  # no test is left that can be loaded
            if not broken and not ran_nothing and not (base and not base.ok):
                found.append(base_tests.not_known(over.source, f"{over.name} failed: {_line(over.excerpt)}"))
            seen: dict[str, list[BrokenTest]] = {}
            for each in (each for each in broken if not each.missing):
                seen.setdefault(each.path, []).append(each)
            for path, failing in seen.items():
                for each in failing[: base_tests.MAX_IN_FILE]:
                    line = base_tests.place(_decoded(await files.read(path)), each.name)
                    found.append(base_tests.expectation_changed(each, line, change.request))
                found += base_tests.others(path, failing[base_tests.MAX_IN_FILE :])
            lacking: dict[tuple[str, str], list[str]] = {}
            for each in broken:
                if each.missing:
                    lacking.setdefault((each.path, each.missing), []).append(each.name)
            found += [_cannot_run(change, built, path, tests, name) for (path, name), tests in lacking.items()]
    return list(dict.fromkeys(found))


async def _test_files(change: TestedChange, built: BaseTestTree) -> TestFileNames:
    """The files of tests on the base, and what was put back."""
    paths = await mirrors.paths(change.mirror, change.plan.commit)
    return TestFileNames(sorted({path for path in paths if languages.is_test(path)} | built.files))


async def _name(change: TestedChange, broken: BrokenTest, built: BaseTestTree) -> str:
    """The name that the file lacks; what the change removes from the program, where the runner does not say it."""
    if broken.missing:
        return broken.missing
    async with mirrors.opened(change.mirror, change.plan.commit) as files:
        used = set(re.findall(r"\w+", _decoded(await files.read(broken.path))))
    return next(iter(sorted(used & built.names.removed)), "")


def _cannot_run(change: TestedChange, built: BaseTestTree, path: str, tests: Iterable[str], name: str) -> Finding:
    last = re.split(r"[./:]+", name.removesuffix(".js"))[-1]
    return base_tests.cannot_run(path, tests, name, last in built.names.removed, change.request)


def _decoded(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")


def _line(text: str) -> str:
    return next((line.strip()[:160] for line in text.splitlines() if line.strip()), "it printed nothing")


_NOT_SEPARATED = "its tests stand in the program's file, and Honk cannot tell them apart there"
