"""Every backend of every family on one screen. To add one: a file in its family, a line here.

A factory takes what the composition root knows (`honk.wiring.Parts`) and returns the backend.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from honk.agents.base import Agent
from honk.agents.claude import Claude
from honk.forges.base import Forge
from honk.forges.local import LocalForge
from honk.sandboxes.base import Sandbox
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.sandboxes.none import Unsafe
from honk.sandboxes.podman import Podman
from honk.settings import Settings
from honk.store.store import Store
from honk.workspaces.base import Workspaces
from honk.workspaces.copy import CopyWorkspaces
from honk.workspaces.overlay import OverlayWorkspaces


@dataclass(frozen=True)
class Parts:
    """What a backend may be made from."""

    settings: Settings
    store: Store

    @property
    def readonly(self) -> tuple[Path, ...]:
        """Directories of this machine that sandboxes may read."""
        return tuple(Path(each) for each in self.settings.file.sandbox.readonly)

    @property
    def sandboxes(self) -> Path:
        """Where sandboxes keep what belongs to a job: private and short."""
        return self.settings.run / "s"


SANDBOXES: Mapping[str, Callable[[Parts], Sandbox]] = {
    "bubblewrap": lambda parts: Bubblewrap(parts.sandboxes, parts.readonly),
    "podman": lambda parts: Podman(
        parts.sandboxes, parts.readonly, parts.settings.file.sandbox.image, parts.settings.file.sandbox.runtime
    ),
    "unsafe-none": lambda parts: Unsafe(parts.sandboxes, parts.readonly),
}
"""`[sandbox] backend`; `auto` takes the first that works here, never the unsafe one."""

WORKSPACES: Mapping[str, Callable[[Parts], Workspaces]] = {
    "overlay": lambda parts: OverlayWorkspaces(parts.settings.home / "sessions"),
    "copy": lambda parts: CopyWorkspaces(parts.settings.home / "sessions"),
}
"""`[workspace] backend`; `auto` takes the first that works here."""

AGENTS: Mapping[str, Callable[[Parts], Agent]] = {
    "claude": lambda parts: Claude(),
}
"""`[agent] kind` in a repository's honk.toml."""

FORGES: Mapping[str, Callable[[Parts], Forge]] = {
    "local": lambda parts: LocalForge(parts.store.pulls, link=lambda repo, number: f"local:{repo}#{number}"),
}
"""Where a repository's pull requests are."""
