"""The guard on a corpus of changes, good and bad: each says exactly which findings it must bring."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from honk.core import repofile
from honk.verify import guard

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
def test_corpus(case, build):
    before, after = ({k: _real(v) for k, v in case[side].items()} for side in ("before", "after"))
    diff = build(before, after, case.get("links", ()))
    findings = guard.read(diff, repofile.parse(case.get("repofile", "")))
    assert sorted(f"{each.severity} {each.rule}" for each in findings) == sorted(case["expect"]), findings


def _real(text: str) -> str:
    """Secrets are written with a cut in them, so that no scanner takes this repository for leaky."""
    return text.replace("<cut>", "")
