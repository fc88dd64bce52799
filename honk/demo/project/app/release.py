"""Which Wavelength this is."""

from pathlib import Path

VERSION = "1.4.0"


def commit() -> str:
    """The commit that was deployed, as the deploy wrote it down; `development` everywhere else."""
    note = Path(__file__).resolve().parent.parent / "RELEASE"
    return note.read_text(encoding="utf-8").strip() if note.exists() else "development"
