"""Archives of workflows, well-formed and malicious ones."""

import asyncio
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from honk.core.errors import WorkFailed
from honk.previews import zip_artifacts
from honk.previews.artifacts import ArtifactLimits

Pack = Callable[..., Path]


class Kept:
    """Stores contents in the order in which they arrive."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def __call__(self, content: bytes | Path, kind: str = "") -> str:
        self.contents.append(await asyncio.to_thread(content.read_bytes) if isinstance(content, Path) else content)
        return f"sha-{len(self.contents)}"


@pytest.fixture
def put() -> Kept:
    return Kept()


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    def packed(*files: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
        place = tmp_path / "built.zip"
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, data in files:
                opened.writestr(name, data)
        return place

    return packed


async def test_files_are_unpacked_unchanged(pack: Pack, put: Kept) -> None:
    place = pack(("release/app.apk", b"new"), ("notes.txt", b"text"), ("deep/", b""))
    found = await zip_artifacts.unpack(place, (), put)
    assert [(each.name, each.sha256, each.size) for each in found.artifacts] == [
        ("release/app.apk", "sha-1", 3),
        ("notes.txt", "sha-2", 4),
    ]
    assert put.contents == [b"new", b"text"] and not found.note


async def test_patterns_choose_by_name(pack: Pack, put: Kept) -> None:
    place = pack(("outputs/app.apk", b"new"), ("outputs/app.aab", b"old"))
    assert [each.name for each in (await zip_artifacts.unpack(place, ("build/**/*.apk",), put)).artifacts] == [
        "outputs/app.apk"
    ]
    none = await zip_artifacts.unpack(place, ("*.ipa",), put)
    assert not none.artifacts and "no file that matches `*.ipa`" in none.note


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\windows\\x", "a\\..\\b"])
async def test_unsafe_paths_are_left_out(pack: Pack, put: Kept, name: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = name
    found = await zip_artifacts.unpack(pack((info, b"evil"), ("app.apk", b"new")), (), put)
    assert [each.name for each in found.artifacts] == ["app.apk"]
    assert "a path outside the archive" in found.note


async def test_links_are_left_out(pack: Pack, put: Kept) -> None:
    link = zipfile.ZipInfo("app.apk")
    link.external_attr = 0o120777 << 16
    found = await zip_artifacts.unpack(pack((link, b"/etc/passwd")), (), put)
    assert not found.artifacts and "`app.apk` is not a regular file" in found.note


async def test_files_over_the_limits_are_left_out(pack: Pack, put: Kept) -> None:
    place = pack(("bomb", b"\0" * 50_000_000), ("one", b"1"), ("two", b"2"), ("three", b"3"))
    found = await zip_artifacts.unpack(place, (), put, ArtifactLimits(files=2, bytes=1 << 20))
    assert [each.name for each in found.artifacts] == ["one", "two"]
    assert "`bomb` would exceed the 1 MB" in found.note and "1 more files match" in found.note


async def test_a_damaged_file_is_left_out_alone(pack: Pack, put: Kept) -> None:
    stored = zipfile.ZipInfo("broken")
    place = pack((stored, b"contents of it"), ("good", b"fine"))
    place.write_bytes(place.read_bytes().replace(b"contents of it", b"CONTENTS of it"))
    found = await zip_artifacts.unpack(place, (), put)
    assert [each.name for each in found.artifacts] == ["good"]
    assert "`broken` cannot be unpacked" in found.note


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18])
async def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, put: Kept, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(WorkFailed):
        await zip_artifacts.unpack(tmp_path / "x.zip", (), put)


async def test_a_huge_table_is_not_read(pack: Pack, put: Kept) -> None:
    place = pack(*((f"file-{number}", b"") for number in range(50)))
    with pytest.raises(WorkFailed, match="too many files"):
        await zip_artifacts.unpack(place, (), put, ArtifactLimits(entries=10))
