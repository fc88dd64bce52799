"""`honk.toml`: what a repository tells Honk about itself. Pure: text in, frozen values out.

Every section is optional, and every key of it. An unknown key or a wrong type is refused, never ignored: a misspelt
`protected` must not switch a protection off.
"""

from dataclasses import dataclass, field
from typing import Literal

from honk.core import toml_schema

FILENAME = "honk.toml"

MergeRule = Literal["requester", "anyone", "approved", "nobody"]


@dataclass(frozen=True)
class Setup:
    """`run`: commands that make a fresh checkout ready, in order. None: detect them; empty: there are none."""

    run: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Verify:
    """The verifiers' commands. None: detect; the empty string: this project has none of that kind."""

    format: str | None = None
    lint: str | None = None
    build: str | None = None
    test: str | None = None


@dataclass(frozen=True)
class PreviewSettings:
    """How to run the new version. `serve` listens on $PORT; `ready` is the path that answers when it does.

    `build` makes `artifacts` (glob patterns); `workflow` names the forge's own workflow that does it elsewhere.
    """

    serve: str = ""
    ready: str = "/"
    screenshots: tuple[str, ...] = ()
    build: str = ""
    artifacts: tuple[str, ...] = ()
    workflow: str = ""


@dataclass(frozen=True)
class Deploy:
    """How a merged commit goes live. `watch` is for how many seconds `health` must stay good.

    Without `run` the forge's own deployment of the commit is followed; `workflow` names the workflow that does it.
    """

    run: str = ""
    health: str = ""
    rollback: str = ""
    watch: float = 10.0
    timeout: float = 900.0
    workflow: str = ""


@dataclass(frozen=True)
class PolicySettings:
    """Who may merge, how many approvals by others it takes, and which paths only a person may change."""

    merge: MergeRule = "requester"
    approvals: int = 0
    protected: tuple[str, ...] = ()


@dataclass(frozen=True)
class EgressSettings:
    """Hosts that may be reached: while setting up the base branch, and while the agent works. `*` is any."""

    setup: tuple[str, ...] = ("*",)
    work: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgentSettings:
    """Which agent, which model (empty: the agent's own choice), and how far it may go."""

    kind: str = "claude"
    model: str = ""
    max_usd: float = 5.0
    max_minutes: float = 30.0
    max_rounds: int = 3


@dataclass(frozen=True)
class HonkToml:
    """The whole file."""

    setup: Setup = field(default_factory=Setup)
    verify: Verify = field(default_factory=Verify)
    preview: PreviewSettings = field(default_factory=PreviewSettings)
    deploy: Deploy = field(default_factory=Deploy)
    policy: PolicySettings = field(default_factory=PolicySettings)
    egress: EgressSettings = field(default_factory=EgressSettings)
    agent: AgentSettings = field(default_factory=AgentSettings)


def parse(text: str) -> HonkToml:
    """The file's content as values. Raises UsageError that names the key and the nearest right one."""
    return toml_schema.read(HonkToml, text, FILENAME)
