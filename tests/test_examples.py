from pathlib import Path

import pytest

from examples import one_session


async def test_one_session_is_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await one_session.main(tmp_path) == "<h1>Hello</h1>\n"
    printed = capsys.readouterr().out.split()
    assert printed[0] == "Asked" and "Verified" in printed and printed.index("Proposed") < printed.index("Merged")
