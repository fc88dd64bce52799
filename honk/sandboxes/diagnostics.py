"""Why a machine cannot start a sandbox, and the command that changes it: one sentence, made from facts."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FORBIDDEN = ("not permitted", "ermission denied", "namespace")


@dataclass(frozen=True)
class HostRestrictions:
    """What decides whether ordinary processes may make namespaces here."""

    container: bool = False
    clone_forbidden: bool = False
    apparmor: bool = False
    none_allowed: bool = False


def host_restrictions() -> HostRestrictions:
    """The facts of this machine."""
    return HostRestrictions(
        container=Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        clone_forbidden=_setting("kernel/unprivileged_userns_clone") == "0",
        apparmor=_setting("kernel/apparmor_restrict_unprivileged_userns") == "1",
        none_allowed=_setting("user/max_user_namespaces") == "0",
    )


def explain_bubblewrap(said: str, known: HostRestrictions) -> str:
    """The reason and the remedy, given what the failing program `said`."""
    if "is not installed" in said or "not found" in said:
        return "bubblewrap is not installed; run `sudo apt-get install bubblewrap`."
    if known.clone_forbidden:
        return _forbidden("sudo sysctl -w kernel.unprivileged_userns_clone=1")
    if known.none_allowed:
        return _forbidden("sudo sysctl -w user.max_user_namespaces=15000")
    if known.apparmor:
        return _forbidden("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
    if known.container and any(word in said for word in _FORBIDDEN):
        return (
            f"This container forbids the namespaces that a sandbox is made of ({_last_line(said)}); start it with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
            "systempaths=unconfined`, or with `--privileged`."
        )
    return f"The sandbox does not start here: {_last_line(said)}."


def _forbidden(command: str) -> str:
    return (
        f"This machine forbids user namespaces, which a sandbox is made of; run `{command}` "
        "(and put the setting into /etc/sysctl.d to keep it)."
    )


def _last_line(said: str) -> str:
    lines = said.strip().splitlines() or ["it said nothing"]
    return lines[-1].rstrip(".")


def _setting(name: str) -> str:
    with suppress(OSError):
        return Path("/proc/sys", name).read_text().strip()
    return ""


def explain_podman(said: str, oci: str) -> str:
    """The same for podman, whose runtime is `oci` (empty for its default)."""
    if "`explain_podman` is not installed" in said or "podman: not found" in said:
        return "podman is not installed; run `sudo apt-get install podman`."
    if oci and (f'"{oci}"' in said or f"{oci}: " in said) and "not found" in said:
        return f"podman finds no runtime `{oci}`; install it, or choose another."
    if "subuid" in said or "newuidmap" in said:
        return (
            "podman has no range of user ids for this user; run `sudo apt-get install uidmap` and "
            "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER`."
        )
    return f"podman does not start here: {_last_line(said)}. Bubblewrap, the default sandbox, needs less."
