"""The guard on a corpus of changes, good and bad: each says exactly which findings it must bring."""

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from honk.core import honk_toml
from honk.core.change import FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.honk_toml import HonkToml
from honk.verify import guard
from honk.verify.base import Listing

CORPUS = Path(__file__).parent / "guard_corpus"


def cases() -> list[Any]:
    found = []
    for file in sorted(CORPUS.glob("*.toml")):
        for case in tomllib.loads(file.read_text())["case"]:
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    return found


def test_the_corpus_is_not_lost():
    assert len(cases()) >= 100
    assert sum(not case.values[0]["expect"] for case in cases()) >= 25


@pytest.mark.parametrize("case", cases())
async def test_corpus(case, build):
    before, after = ({k: _real(v) for k, v in case[side].items()} for side in ("before", "after"))
    diff = await build(before, after, case.get("links", ()))
    config = honk_toml.parse(case.get("repofile", ""))
    findings = guard.check_diff(diff, config, (), listing(before), listing(after), case.get("request", ""))
    assert sorted(f"{each.severity} {each.rule}" for each in findings) == sorted(case["expect"]), findings


def test_a_huge_change_is_read_in_part_and_says_so():
    def file(path: str, text: str) -> FileDiff:
        lines = tuple(DiffLine("+", number, line) for number, line in enumerate(text.split("\n"), 1))
        return FileDiff(FileChange(path, "added", len(lines)), "100644", lines)

    hostile = "\n".join("    assert " + "x or " * 240 for _ in range(1_000)) + "\n" * 100_000
    started = time.process_time()
    findings = guard.check_diff(
        Diff((file("tests/test_a.py", hostile), file("tests/test_b.py", "x = 1\n"))), HonkToml()
    )
    assert [(each.rule, each.path) for each in findings] == [
        ("huge-change", "tests/test_a.py"),
        ("huge-change", "tests/test_b.py"),
    ]
    assert time.process_time() - started < 60, "not a measurement: what is not linear takes hours here"


async def test_no_reason_repeats_a_secret(build):
    secret = _real("ghp_<cut>wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx")
    after = {"app.py": f"token = '{secret}'\n"}
    (found,) = guard.check_diff(await build({}, after), HonkToml(), (), listing({}), listing(after))
    assert "GitHub" in found.reason and secret[4:12] not in str(found) and found.line == 1


async def test_findings_come_worst_first_and_once_a_place(build):
    before = {"tests/test_a.py": "def test_a():\n    assert f() == 1\n", "CODEOWNERS": "a\n"}
    after = {"tests/test_a.py": "def test_a():\n    assert True\n", "CODEOWNERS": "b\n"}
    findings = guard.check_diff(await build(before, after), HonkToml(), (), listing(before), listing(after))
    assert [each.severity for each in findings] == ["block", "flag"]
    assert guard.check_diff(Diff(), HonkToml()) == ()


def listing(files: dict[str, str]) -> Listing:
    return Listing(frozenset(files), lambda path: files[path].encode())


def _real(text: str) -> str:
    """Secrets are written with a cut in them, so that no scanner takes this repository for leaky."""
    return text.replace("<cut>", "")
