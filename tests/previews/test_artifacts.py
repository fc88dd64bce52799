import os

import pytest

from honk import process
from honk.core.errors import UsageError
from honk.core.mounted_tree import Overlay, Plain, mounted
from honk.previews import artifacts
from honk.previews.artifacts import ArtifactLimits


def fill(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


FILES = {
    "build/app.apk": "apk",
    "build/deep/er/app.apk": "deep",
    "build/.hidden.apk": "hidden",
    "build/notes.txt": "text",
    ".git/x.apk": "git",
    "app.apk": "top",
    "café/song one\n.apk": "odd",
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("build/*.apk", ["build/app.apk"]),
        ("**/*.apk", ["app.apk", "build/app.apk", "build/deep/er/app.apk", "café/song one�.apk"]),
        ("build/**", ["build/app.apk", "build/deep/er/app.apk", "build/notes.txt"]),
        ("**/er/**/app.apk", ["build/deep/er/app.apk"]),
        ("build/.*.apk", ["build/.hidden.apk"]),
        ("./build//[a-m]*", ["build/app.apk"]),
        ("*/*/*/*", ["build/deep/er/app.apk"]),
        ("caf?/*", ["café/song one�.apk"]),
        ("build", []),
        ("app.apk/x", []),
    ],
)
async def test_patterns_match_as_in_a_shell(tmp_path, blobs, pattern, expected):
    found = await artifacts.collect(Plain(fill(tmp_path, FILES)), [pattern], blobs)
    assert [artifact.name for artifact in found.artifacts] == expected
    assert bool(found.note) == (not expected)


async def test_files_are_kept_by_content_once_each(tmp_path, blobs):
    found = await artifacts.collect(Plain(fill(tmp_path, FILES)), ["build/*.apk", "**/app.apk"], blobs)
    assert [(one.name, one.size) for one in found.artifacts] == [
        ("app.apk", 3),
        ("build/app.apk", 3),
        ("build/deep/er/app.apk", 4),
    ]
    assert blobs.kept[found.artifacts[0].sha256] == b"top"


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../x", "build/../../x", "", ".", "/", "a\0b"])
async def test_a_pattern_that_leads_outside_is_refused(tmp_path, blobs, pattern):
    with pytest.raises(UsageError, match="preview.artifacts"):
        await artifacts.collect(Plain(tmp_path), [pattern], blobs)


async def test_nothing_but_regular_files_inside_the_tree_is_taken(tmp_path, blobs):
    outside = fill(tmp_path / "outside", {"secret": "s3cret", "dir/secret": "s3cret"})
    tree = fill(tmp_path / "tree", {"out/good": "good"})
    (tree / "out/link").symlink_to(outside / "secret")
    (tree / "out/absolute").symlink_to("/etc/passwd")
    (tree / "out/dir").symlink_to(outside / "dir")
    (tree / "linked").symlink_to(outside)
    os.mkfifo(tree / "out/pipe")
    os.mknod(tree / "out/socket", 0o140600)
    found = await artifacts.collect(Plain(tree), ["**", "out/dir/*", "linked/*"], blobs)
    assert [one.name for one in found.artifacts] == ["out/good"]
    assert list(blobs.kept.values()) == [b"good"]
    assert "`linked`, `out/absolute`, `out/dir` and 1 more is a symbolic link" in found.note


async def test_a_root_that_is_a_link_is_followed(tmp_path, blobs):
    (tmp_path / "home").symlink_to(fill(tmp_path / "disk", {"tree/a": "a"}))
    assert (await artifacts.collect(Plain(tmp_path / "home" / "tree"), ["a"], blobs)).artifacts


async def test_what_exceeds_the_limits_is_named(tmp_path, blobs):
    tree = Plain(fill(tmp_path, {f"out/{n:02}": "x" * 100 for n in range(20)}))
    found = await artifacts.collect(tree, ["out/*"], blobs, ArtifactLimits(files=5))
    assert len(found.artifacts) == 5 and "20 files match; the first 5 were kept" in found.note
    found = await artifacts.collect(tree, ["out/*"], blobs, ArtifactLimits(bytes=250))
    assert len(found.artifacts) == 2 and "15 more" in found.note
    found = await artifacts.collect(tree, ["out/*"], blobs, ArtifactLimits(entries=4))
    assert len(found.artifacts) == 3 and "narrower" in found.note


async def test_a_huge_sparse_file_costs_nothing(tmp_path, blobs):
    with (tmp_path / "huge.bin").open("wb") as stream:
        stream.truncate(1 << 40)
    found = await artifacts.collect(Plain(tmp_path), ["*.bin"], blobs)
    assert found.artifacts == () and "`huge.bin` would exceed the 512 MB" in found.note


async def test_a_very_deep_tree_is_read(tmp_path, blobs):
    where = os.open(tmp_path, os.O_RDONLY)
    for _ in range(200):
        os.mkdir("d", dir_fd=where)
        below = os.open("d", os.O_RDONLY, dir_fd=where)
        os.close(where)
        where = below
    os.close(where)
    fill(tmp_path, {"app.apk": "apk"})
    found = await artifacts.collect(Plain(tmp_path), ["**/*.apk"], blobs)
    assert [one.name for one in found.artifacts] == ["app.apk"]


async def test_an_overlay_is_read_as_the_kernel_shows_it(tmp_path, blobs):
    lower = fill(tmp_path / "lower", {"out/kept": "lower", "out/gone": "gone", "out/changed": "old"})
    for name in ("upper", "work", "at"):
        (tmp_path / name).mkdir()
    tree = Overlay((lower,), tmp_path / "upper", tmp_path / "work", tmp_path / "at")
    script = "rm out/gone && echo -n new > out/changed && echo -n made > out/made && ln -s /etc/passwd out/link"
    done = await process.run(mounted(tree, ("sh", "-c", f"cd {tree.at} && {script}")))
    assert done.ok, done.stderr
    found = await artifacts.collect(tree, ["out/*"], blobs)
    assert {one.name: blobs.kept[one.sha256] for one in found.artifacts} == {
        "out/changed": b"new",
        "out/kept": b"lower",
        "out/made": b"made",
    }
    assert "out/link" in found.note and not any(tree.at.iterdir())
