"""A fresh copy of the sample project for every test."""

from pathlib import Path

import pytest

from honk.demo import seed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return seed.materialise(tmp_path / "wavelength")
