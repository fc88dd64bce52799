"""Why this machine cannot start a sandbox, and the command that changes that, in one sentence."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FORBIDDEN = ("not permitted", "ermission denied", "namespace")


@dataclass(frozen=True)
class HostRestrictions:
    """Settings of the host that stop ordinary processes from making namespaces."""

    container: bool = False
    clone_forbidden: bool = False
    apparmor: bool = False
    none_allowed: bool = False


def host_restrictions() -> HostRestrictions:
    return HostRestrictions(
        container=Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        clone_forbidden=_setting("kernel/unprivileged_userns_clone") == "0",
        apparmor=_setting("kernel/apparmor_restrict_unprivileged_userns") == "1",
        none_allowed=_setting("user/max_user_namespaces") == "0",
    )


def explain_bubblewrap(error: str, host: HostRestrictions) -> str:
    """The reason and the remedy, from the `error` that bubblewrap printed."""
    if "is not installed" in error or "not found" in error:
        return "bubblewrap is not installed; run `sudo apt-get install bubblewrap`."
    if host.clone_forbidden:
        return _forbidden("sudo sysctl -w kernel.unprivileged_userns_clone=1")
    if host.none_allowed:
        return _forbidden("sudo sysctl -w user.max_user_namespaces=15000")
    if host.apparmor:
        return _forbidden("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
    if host.container and any(word in error for word in _FORBIDDEN):
        return (
            f"This container forbids the namespaces that a sandbox needs ({_last_line(error)}); start it with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
            "systempaths=unconfined`, or with `--privileged`."
        )
    return f"The sandbox does not start here: {_last_line(error)}."


def _forbidden(command: str) -> str:
    return (
        f"This machine forbids user namespaces, which a sandbox needs; run `{command}` "
        "(put the setting into /etc/sysctl.d to keep it after a restart)."
    )


def _last_line(error: str) -> str:
    lines = error.strip().splitlines() or ["it printed nothing"]
    return lines[-1].rstrip(".")


def _setting(name: str) -> str:
    with suppress(OSError):
        return Path("/proc/sys", name).read_text().strip()
    return ""


def explain_podman(error: str, oci: str) -> str:
    """The reason and the remedy for podman, whose runtime is `oci` (empty for its default)."""
    if "`explain_podman` is not installed" in error or "podman: not found" in error:
        return "podman is not installed; run `sudo apt-get install podman`."
    if oci and (f'"{oci}"' in error or f"{oci}: " in error) and "not found" in error:
        return f"podman does not find the runtime `{oci}`; install it, or choose another."
    if "subuid" in error or "newuidmap" in error:
        return (
            "podman has no range of user ids for this user; run `sudo apt-get install uidmap` and "
            "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER`."
        )
    return f"podman does not start here: {_last_line(error)}. Bubblewrap, the default sandbox, needs less."
