"""The parts that need no sandbox: output, diagnostics, command lines, the unsafe backend's link."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.sandboxes import base, diagnostics, podman, seccomp
from honk.sandboxes.diagnostics import HostRestrictions
from honk.sandboxes.host_files import HostFiles
from honk.sandboxes.none import NoSandbox
from honk.sandboxes.output import JobOutput
from honk.sandboxes.podman import PodmanConfig
from tests.sandboxes.conftest import Jobs


@given(st.lists(st.binary(max_size=50)), st.integers(2, 60))
def test_output_keeps_head_and_tail(chunks: list[bytes], limit: int) -> None:
    output, whole = JobOutput(limit), b"".join(chunks)
    for chunk in chunks:
        output.take(chunk)
    if len(whole) <= limit // 2 * 2:
        assert output.text() == whole.decode(errors="replace")
    else:
        half = limit // 2
        cut = f"\n[… {len(whole) - 2 * half} bytes cut …]\n".encode()
        assert output.text() == (whole[:half] + cut + whole[-half:]).decode(errors="replace")


@pytest.mark.parametrize(
    ("said", "facts", "part"),
    [
        ("The program `bwrap` is not installed; …", HostRestrictions(), "sudo apt-get install bubblewrap"),
        (
            "bwrap: No permissions",
            HostRestrictions(clone_forbidden=True),
            "sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        ("bwrap: No permissions", HostRestrictions(none_allowed=True), "sysctl -w user.max_user_namespaces=15000"),
        (
            "bwrap: setting up uid map",
            HostRestrictions(apparmor=True),
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("bwrap: Operation not permitted", HostRestrictions(container=True), "--security-opt seccomp=unconfined"),
        ("bwrap: something new.", HostRestrictions(), "(bwrap: something new)"),
    ],
)
def test_diagnostics_name_the_remedy(said: str, facts: HostRestrictions, part: str) -> None:
    sentence = diagnostics.explain_bubblewrap(said, facts)
    assert part in sentence.replace("here: bwrap: something new", "here (bwrap: something new)")
    assert sentence.endswith(".") and "\n" not in sentence


def test_an_unknown_machine_has_no_filter() -> None:
    assert seccomp.program("sparc") == b""
    assert all(len(seccomp.program(machine)) % 8 == 0 for machine in ("x86_64", "aarch64"))


async def test_without_a_sandbox_the_workspace_is_linked(place: Path, job: Jobs) -> None:
    unsafe = NoSandbox(place / "run", link=place / "workspace")
    (place / "elsewhere").mkdir()
    other = Jobs(place / "elsewhere")
    first = job("sh", "-c", f"pwd -P; echo > {place}/workspace/made; echo $HONK_WORKSPACE")
    async with unsafe.start(first) as running, unsafe.start(other("pwd")) as second:
        assert unsafe.workspace(first) == place / "workspace"
        assert (await second.wait()).output == f"{other.tree}\n"
        assert (await running.wait()).output == f"{job.tree}\n{place}/workspace\n"
    assert (job.tree / "made").exists()
    assert not (place / "workspace").is_symlink()


async def test_an_existing_workspace_directory_is_not_replaced(place: Path, job: Jobs) -> None:
    (place / "workspace").mkdir()
    unsafe = NoSandbox(place / "run", link=place / "workspace")
    result = await base.run(unsafe, job("sh", "-c", "pwd; echo $HONK_WORKSPACE"))
    assert result.output == f"{job.tree}\n" * 2
    assert (place / "workspace").is_dir()


def test_the_configured_runtime_reaches_podman(place: Path, job: Jobs) -> None:
    host = HostFiles((Path("/usr"),), (), (), (), (), "/usr/bin/python3", "/bin")
    config = PodmanConfig(host, Path("/e"), "", "/opt/runsc", root=True, hybrid=False)
    line = " ".join(podman.argv(job("true"), place, config))
    assert line.startswith("podman --runtime /opt/runsc --runtime-flag network=none --runtime-flag host-uds=open ")
    assert " run --rm " in line
    plain = podman.argv(job("true"), place, replace(config, oci=""))
    assert plain[:2] == ("podman", "run")
