"""The small values: trees, verdicts, diffs, changes, errors."""

import subprocess
from pathlib import Path

import pytest

from honk.core import errors, mounted_tree, verdict
from honk.core.change import Diffstat, FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.job import Result
from honk.core.mounted_tree import Overlay, Plain
from honk.core.verdict import Finding, Verdict


def overlay(*lower: str) -> Overlay:
    return Overlay(tuple(map(Path, lower)), Path("/s/upper"), Path("/s/work"), Path("/s/at"))


def test_a_plain_tree_needs_no_mount() -> None:
    plain = Plain(Path("/s"))
    assert mounted_tree.mounted(plain, ("git", "status")) == ("git", "status")
    assert mounted_tree.location(plain) == Path("/s")


def test_an_overlay_is_mounted_for_one_process_alone() -> None:
    argv = mounted_tree.mounted(overlay("/top", "/bottom"), ("git", "status"))
    assert argv[:5] == ("unshare", "--user", "--map-root-user", "--mount", "--propagation")
    assert "nosuid,nodev,userxattr,lowerdir=/top:/bottom,upperdir=/s/upper,workdir=/s/work" in argv
    assert argv[-3:] == ("/s/at", "git", "status")
    assert mounted_tree.location(overlay("/top")) == Path("/s/at")


def test_paths_cannot_smuggle_mount_options_in() -> None:
    assert mounted_tree.mount_options(overlay("/a:b,c\\d")) == (
        "nosuid,nodev,userxattr,lowerdir=/a\\:b\\,c\\\\d,upperdir=/s/upper,workdir=/s/work"
    )


def test_the_script_of_the_mount_passes_every_argument_on(tmp_path: Path) -> None:
    argv = mounted_tree.mounted(overlay("/top"), ("printf", "%s|", "a b", "", "$x", "-n"))
    script = argv[argv.index("sh") + 2]
    without_mount = script.replace("mount -t overlay", "true -t overlay")
    ran = subprocess.run(["sh", "-c", without_mount, *argv[argv.index("mounted") :]], capture_output=True, check=True)
    assert ran.stdout == b"a b||$x|-n|"


@pytest.mark.parametrize(
    ("ok", "base_ok", "blames"),
    [(True, None, False), (True, False, False), (False, None, True), (False, True, True), (False, False, False)],
)
def test_what_was_red_before_is_not_blamed(ok: bool, base_ok: bool | None, blames: bool) -> None:
    one = Verdict("test", ok, 1.0, "pytest", "honk.toml", base_ok=base_ok)
    assert one.blames is blames
    assert verdict.green((one,)) is not blames


def test_a_flag_does_not_block() -> None:
    flag, block = (Finding("r", "p", 1, severity, "why") for severity in ("flag", "block"))  # type: ignore[arg-type]
    assert not verdict.blocked(())
    assert not verdict.blocked((flag,))
    assert verdict.blocked((flag, block))


def test_a_result_is_good_only_when_it_ended_by_itself() -> None:
    assert Result(0, "", 1.0).ok
    assert not Result(0, "", 1.0, stopped="time").ok
    assert not Result(1, "", 1.0).ok


def test_a_diff_knows_its_size() -> None:
    lines = (DiffLine(" ", 1, "a"), DiffLine("-", 2, "b"), DiffLine("+", 2, "c"), DiffLine("+", 3, "d"))
    diff = Diff(
        (FileDiff(FileChange("x", "modified", 2, 1), "100644", lines), FileDiff(FileChange("y", "added", 5), "100644"))
    )
    assert [line.text for line in diff.files[0].added] == ["c", "d"]
    assert [line.text for line in diff.files[0].removed] == ["b"]
    assert diff.stat == Diffstat((FileChange("x", "modified", 2, 1), FileChange("y", "added", 5)))
    assert (diff.stat.added, diff.stat.deleted) == (7, 1)


def test_every_error_has_its_exit_status() -> None:
    kinds = (errors.WorkFailed, errors.UsageError, errors.Unavailable)
    assert [kind("x").exit_status for kind in kinds] == [1, 2, 3]
    busy = errors.Overloaded("x", retry_after=2.5)
    assert (busy.exit_status, busy.retry_after, str(busy)) == (3, 2.5, "x")
