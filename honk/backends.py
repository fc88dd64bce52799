"""The backends of each kind, by their names in settings. To add one: a file in its package and a line here.

A factory takes the settings (a forge the store as well) and returns the backend without starting anything.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from honk.agents.base import Agent
from honk.agents.claude import ClaudeAgent
from honk.agents.command import CommandAgent
from honk.forges.base import Forge
from honk.integrations.github.setup import from_settings as github
from honk.integrations.local.forge import LocalForge
from honk.sandboxes.base import Sandbox
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.sandboxes.none import NoSandbox
from honk.sandboxes.podman import Podman
from honk.settings import Settings
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
