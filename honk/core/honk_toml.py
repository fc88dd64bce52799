"""`honk.toml`: what a repository tells Honk about itself. Pure: text in, frozen values out.

Every section is optional, and every key of it. An unknown key, a wrong type or a value that is not understood is
refused with its line, never ignored: a misspelt `protected` must not switch a protection off.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from honk.core import host_rules, path_patterns, toml_schema
from honk.core.errors import UsageError
from honk.core.verdict import KINDS

FILENAME = "honk.toml"

MergeRule = Literal["requester", "anyone", "approved", "nobody"]

_PAGE = re.compile(r"/\S*")
_HEALTH = re.compile(r"(?:https?://[^\s/?#]|\$\{\w+\})\S*")


def _page_refusal(path: str) -> str:
    return (
        ""
        if _PAGE.fullmatch(path) and path.isprintable()
        else "is no path of a page; it begins with `/` and holds no spaces"
    )


def _health_refusal(url: str) -> str:
    if not url or (_HEALTH.fullmatch(url) and url.isprintable()):
        return ""
    return "is no address; write http://host:port/path or https://host/path"


def _artifact_refusal(pattern: str) -> str:
    if pattern.startswith("/"):
        return "leads out of the repository; patterns are relative to its top folder"
    return path_patterns.refusal(pattern)


def _kind_refusal(kind: str) -> str:
    if kind in KINDS:
        return ""
    near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.4)
    meant = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(KINDS)}"
    return f"is no kind of verifier; {meant}"


Page = Annotated[str, _page_refusal]
Pages = Annotated[tuple[str, ...], _page_refusal]
Hosts = Annotated[tuple[str, ...], host_rules.refusal]


@dataclass(frozen=True)
class Setup:
    """`run`: commands that make a fresh checkout ready, in order. None: detect them; empty: there are none."""

    run: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Verify:
    """The verifiers' commands. None: detect; the empty string: this project has none of that kind.

    `reruns`: how often a failed test command is run again on the same files, five times at
    most, to find out what is flaky.
    `coverage`: whether the tests run once more to say which changed lines they execute.
    `mutations`: over how many small faults in the changed lines they run then; 0: none.
    """

    format: str | None = None
    lint: str | None = None
    build: str | None = None
    test: str | None = None
    reruns: int = 1
    coverage: bool = True
    mutations: int = 8


@dataclass(frozen=True)
class PreviewSettings:
    """How to run the new version. `serve` listens on $PORT; `ready` is the path that answers when it does.

    `build` makes `artifacts` (glob patterns); `workflow` names the forge's own workflow that does it elsewhere.
    """

    serve: str = ""
    ready: Page = "/"
    screenshots: Pages = ()
    build: str = ""
    artifacts: Annotated[tuple[str, ...], _artifact_refusal] = ()
    workflow: str = ""


@dataclass(frozen=True)
class Deploy:
    """How a merged commit goes live. `watch` is for how many seconds `health` must stay good.

    Without `run` the forge's own deployment of the commit is followed; `workflow` names the workflow that does it.
    """

    run: str = ""
    health: Annotated[str, _health_refusal] = ""
    rollback: str = ""
    watch: float = 10.0
    timeout: float = 900.0
    workflow: str = ""


@dataclass(frozen=True)
class PolicySettings:
    """Who may merge, how many approvals by others it takes, and which paths only a person may change.

    `protected` holds gitignore patterns, see `path_patterns`. `require` names the kinds of verifiers that must have run
    and passed; a result that is unknown or flaky is no pass. `guard` gives rules of the guard another severity
    (`block`, `flag` or `off`), by their ids; `allow` accepts findings: `"rule path" = "reason"` (docs/guard.md).
    """

    merge: MergeRule = "requester"
    approvals: int = 0
    protected: Annotated[tuple[str, ...], path_patterns.refusal] = ()
    require: Annotated[tuple[str, ...], _kind_refusal] = ()
    guard: dict[str, str] = field(default_factory=dict)
    allow: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EgressSettings:
    """Hosts that may be reached: while setting up the base branch, and while the agent works. `*` is any."""

    setup: Hosts = ("*",)
    work: Hosts = ()


@dataclass(frozen=True)
class AgentSettings:
    """Which agent, which model (empty: the agent's own choice), and how far it may go."""

    kind: str = "claude"
    model: str = ""
    max_usd: float = 5.0
    max_minutes: float = 30.0
    max_rounds: int = 3


@dataclass(frozen=True)
class JudgeSettings:
    """The model that reads each change before it is proposed and says whether it is what was asked. Empty: no judge."""

    model: str = ""


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
    judge: JudgeSettings = field(default_factory=JudgeSettings)


def parse(text: str) -> HonkToml:
    """The file's content as values. Raises UsageError that names the line, the key and the nearest right one."""
    return toml_schema.read(HonkToml, text, FILENAME)


def decode(content: bytes) -> str:
    """The file's bytes as text. Raises UsageError where they are not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{FILENAME}, line {line}: it is not UTF-8 text.") from error


def unmatched_notices(text: str, unmatched: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each protected pattern of the file `text` that matches no file."""
    found = []
    for pattern in unmatched:
        line = toml_schema.line_of(text, "policy.protected", pattern)
        place = f"{FILENAME}, line {line}" if line else FILENAME
        found.append(f"{place}: the protected pattern `{pattern}` matches no file, so it protects nothing yet.")
    return tuple(found)
