"""The two distributions: what each wheel holds, compared with what git tracks."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(("project", "package"), [(".", "honk"), ("simulators", "honk_simulators")])
def test_a_wheel_holds_every_tracked_file_of_its_package_and_no_other(
    project: str, package: str, tmp_path: Path
) -> None:
    tracked = _git("ls-files", "--", f"{project}/{package}")
    source = tmp_path / "source"
    for name in [*tracked, f"{project}/pyproject.toml", f"{project}/README.md"]:
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    program = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    argv = (sys.executable, "-c", program, str(tmp_path))
    subprocess.run(argv, cwd=source / project, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == {name.removeprefix("simulators/") for name in tracked if (ROOT / name).exists()}


def _git(*args: str) -> list[str]:
    return subprocess.run(("git", *args), cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
