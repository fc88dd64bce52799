"""PostgreSQL's driver is an extra: without it SQLite works, and a PostgreSQL URL is refused with what to install."""

import sys
from pathlib import Path

import pytest

from honk.core.errors import UsageError
from honk.storage import store


async def test_a_missing_driver_is_named_with_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"pip install 'honk\[postgres\]'"):
        async with store.open("postgresql://honk@localhost/honk"):
            pass
    async with store.open(f"sqlite:///{tmp_path / 'honk.db'}") as opened:
        assert await opened.repos() == ()
