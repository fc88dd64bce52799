"""Files kept by their content."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from honk_simulators.clock import Clock

from honk.core.errors import Unavailable, UsageError
from honk.storage.blobs import Blobs
from honk.storage.store import Store


@pytest.fixture
def blobs(kept: Store, tmp_path: Path) -> Blobs:
    return kept.blobs(tmp_path / "blobs")


def files(blobs_root: Path) -> list[Path]:
    return [path for path in blobs_root.rglob("*") if path.is_file()]


async def test_content_is_kept_once_under_its_hash(blobs: Blobs, tmp_path: Path) -> None:
    content = os.urandom(3 << 20)
    (tmp_path / "build.apk").write_bytes(content)
    name = await blobs.put(tmp_path / "build.apk", kind="artifact")
    assert name == hashlib.sha256(content).hexdigest() == await blobs.put(content)
    assert blobs.path(name) == tmp_path / "blobs" / name[:2] / name[2:]
    assert blobs.path(name).stat().st_size == 3 << 20 and blobs.read(name) == content
    assert files(tmp_path / "blobs") == [blobs.path(name)]
    assert blobs.path(name).stat().st_mode & 0o077 == 0
    assert blobs.read(await blobs.put(b"")) == b""


async def test_the_same_content_at_once_is_kept_once(blobs: Blobs, tmp_path: Path) -> None:
    assert len(set(await asyncio.gather(*(blobs.put(b"x" * 100_000) for _ in range(16))))) == 1
    assert len(files(tmp_path / "blobs")) == 1


@pytest.mark.parametrize("name", ["", "0" * 64, "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n"])
async def test_what_is_not_kept_is_not_found(blobs: Blobs, name: str) -> None:
    with pytest.raises(UsageError, match="No file is kept"):
        blobs.path(name)


async def test_damage_is_noticed(blobs: Blobs) -> None:
    name = await blobs.put(b"as it was")
    blobs.path(name).write_bytes(b"as it is!")
    with pytest.raises(Unavailable, match="damaged"):
        blobs.read(name)
    assert await blobs.put(b"as it was") == name
    assert blobs.read(name) == b"as it was", "putting it again mends it"


async def test_links_and_pipes_are_not_followed(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "absent", "."):
        with pytest.raises(UsageError, match="cannot be kept"):
            await blobs.put(tmp_path / name)
    assert files(tmp_path / "blobs") == []


async def test_a_sweep_takes_what_is_old_and_not_wanted(blobs: Blobs, clock: Clock) -> None:
    old, wanted, touched = await blobs.put(b"old"), await blobs.put(b"wanted"), await blobs.put(b"touched")
    clock.now += 100
    new = await blobs.put(b"new")
    await blobs.put(b"touched")
    assert await blobs.sweep(keep={wanted}, older_than=50) == 3
    assert [blobs.path(name).stat().st_size for name in (wanted, touched, new)] == [6, 7, 3]
    with pytest.raises(UsageError, match="swept away"):
        blobs.read(old)
    assert await blobs.sweep(keep={wanted}, older_than=50) == 0


async def test_a_sweep_takes_what_a_crash_left(blobs: Blobs, clock: Clock, tmp_path: Path) -> None:
    await blobs.put(b"x")
    left = tmp_path / "blobs" / "incoming" / "half"
    left.write_bytes(b"half of it")
    os.utime(left, (clock.now - 100, clock.now - 100))
    assert await blobs.sweep(keep=(), older_than=50) == 10
    assert not left.exists()


async def test_a_sweep_beside_writers_loses_nothing(blobs: Blobs, clock: Clock, tmp_path: Path) -> None:
    done = asyncio.Event()

    async def sweep() -> None:
        while not done.is_set():
            clock.now += 10
            await blobs.sweep(keep=(), older_than=10_000_000)
            await blobs.sweep(keep=(), older_than=5)

    sweeper = asyncio.create_task(sweep())
    try:
        for _ in range(40):
            name = await blobs.put(b"the same")
            assert name == hashlib.sha256(b"the same").hexdigest()
    finally:
        done.set()
        await sweeper
    there = len(files(tmp_path / "blobs"))
    assert await blobs.sweep(keep=(), older_than=-1) == there * 8, "a row has its file, and a file has its row"
    assert files(tmp_path / "blobs") == []
