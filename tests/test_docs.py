"""The pages hold: generated ones are current, links lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += [*(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md"), *(ROOT / "honk").rglob("README.md")]
PAGES += [*(ROOT / "simulators").rglob("README.md")]


@pytest.mark.parametrize(
    ("script", "made", "name"),
    [("glossary", "page", "docs/glossary.md"), ("architecture", "picture", "docs/architecture.svg")],
)
def test_a_generated_page_is_current(script: str, made: str, name: str) -> None:
    text = runpy.run_path(str(ROOT / "scripts" / script))[made]()
    assert (ROOT / name).read_text().strip() == text.strip(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path) -> None:
    """Paths in backticks that begin with a folder of this repository or of `honk`."""
    folders = {path.name for path in (ROOT, ROOT / "honk") for path in path.iterdir() if path.is_dir()}
    named = re.findall(r"`([a-z_]+/[\w/.-]+)`", page.read_text())
    missing = [
        name
        for name in named
        if "NAME" not in name
        and name.split("/")[0] in folders
        and not any((at / name).exists() for at in (ROOT, ROOT / "honk", page.parent))
    ]
    assert missing == []


def test_messages_in_troubleshooting_stand_in_the_code() -> None:
    """First column of the tables; rows that begin with a backtick or `a ` describe what is seen and quote nothing."""
    code = "".join(path.read_text() for path in (ROOT / "honk").rglob("*.py"))
    code = re.sub(r"\{[^{}]*\}", "", re.sub(r'"\s*\n\s*f?"', "", code))
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "troubleshooting.md").read_text(), re.M)
    quoted = [part.strip(" .") for row in rows if not row.startswith(("`", "a ")) for part in re.split("[…·`]", row)]
    assert len(quoted) > 50
    assert [part for part in quoted if len(part) > 8 and part not in code] == []
