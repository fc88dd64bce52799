"""The backends of each kind by their names in settings, and the choice that settings make.

To add one: a file in its package and a line here.

A factory takes the settings (a forge the store as well) and returns the backend without starting anything.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from honk.agents.base import Agent
from honk.agents.claude import ClaudeAgent
from honk.agents.command import CommandAgent
from honk.core.job import JobLimits
from honk.forges.base import Forge
from honk.gateway.gateway import Gateway, connected
from honk.integrations.github.setup import from_settings as github
from honk.integrations.local.forge import LocalForge
from honk.sandboxes.base import Sandbox
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.sandboxes.none import NoSandbox
from honk.sandboxes.podman import Podman
from honk.settings import SandboxSettings, Settings
from honk.storage.store import Store
from honk.workspaces.base import Workspaces
from honk.workspaces.copy import CopyWorkspaces
from honk.workspaces.overlay import OverlayWorkspaces


def _readonly(settings: Settings) -> tuple[Path, ...]:
    return tuple(Path(each) for each in settings.file.sandbox.readonly)


def _runtime_directory(settings: Settings) -> Path:
    """The directory of the jobs' files: private, and with a short path."""
    return settings.run / "s"


SANDBOXES: Mapping[str, Callable[[Settings], Sandbox]] = {
    "bubblewrap": lambda settings: Bubblewrap(_runtime_directory(settings), _readonly(settings)),
    "podman": lambda settings: Podman(
        _runtime_directory(settings), _readonly(settings), settings.file.sandbox.image, settings.file.sandbox.runtime
    ),
    "unsafe-none": lambda settings: NoSandbox(_runtime_directory(settings), _readonly(settings)),
}
"""`[sandbox] backend`; `auto` takes the first that works on this machine, never the unsafe one."""

WORKSPACES: Mapping[str, Callable[[Settings], Workspaces]] = {
    "overlay": lambda settings: OverlayWorkspaces(settings.home / "sessions"),
    "copy": lambda settings: CopyWorkspaces(settings.home / "sessions"),
}
"""`[workspace] backend`; `auto` takes the first that works on this machine."""

AGENTS: Mapping[str, Callable[[Settings], Agent]] = {
    "claude": lambda settings: ClaudeAgent(silence=settings.file.agent.silence_seconds),
    "command": lambda settings: CommandAgent(settings.file.agent.command),
}
"""`[agent] kind` in a repository's honk.toml."""

FORGES: Mapping[str, Callable[[Settings, Store], Forge]] = {
    "github": github.make,
    "local": lambda settings, store: LocalForge(
        store.pulls, lambda repo, number: f"local:{repo}#{number}", frozenset(settings.file.people.writers)
    ),
}
"""Where a repository's pull requests are. The first forge that accepts an address has it; the local one accepts all."""

SAFE_SANDBOXES = ("bubblewrap", "podman")
"""Sandboxes that `auto` may choose."""


class _Backend(Protocol):
    async def problem(self) -> str:
        """Empty when the backend works on this machine."""


B = TypeVar("B", bound=_Backend)


async def sandbox(settings: Settings) -> Sandbox:
    """The sandbox that the settings name; `auto`: the first safe one that works here."""
    return await _choose(SANDBOXES, settings, settings.file.sandbox.backend, SAFE_SANDBOXES)


async def workspaces(settings: Settings) -> Workspaces:
    """The workspaces that the settings name; `auto`: the first kind that works here."""
    return await _choose(WORKSPACES, settings, settings.file.workspace.backend, WORKSPACES)


async def _choose(
    registry: Mapping[str, Callable[[Settings], B]], settings: Settings, wanted: str, candidates: Iterable[str]
) -> B:
    """The backend `wanted`; for `auto` the first candidate that works here, and the very first when none does: its
    problem is then shown to people."""
    if wanted != "auto":
        return registry[wanted](settings)
    made = [registry[name](settings) for name in candidates]
    for backend in made:
        if not await backend.problem():
            return backend
    return made[0]


def limits(configured: SandboxSettings) -> JobLimits:
    """The most that one sandbox may use."""
    return replace(
        JobLimits(),
        memory_mb=configured.memory_mb,
        processes=configured.processes,
        disk_mb=configured.disk_mb,
        output_bytes=configured.output_mb * 1_000_000,
        seconds=configured.command_minutes * 60,
    )


def gateway(settings: Settings) -> AbstractAsyncContextManager[Gateway]:
    """The gateway, on this machine's way to the model's service."""
    proxy = settings.proxies.to(settings.model.base_url)
    return connected(settings.model, proxy=proxy, patience=settings.file.model.patience_seconds)
