"""A repository and what hangs on it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.checks import CheckRun, CheckSuite, CommitStatus, DeploymentRecord
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.workflows import Run, Workflow

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True)
class Protection:
    """What a branch asks for before it moves. `checks` are names of check runs or contexts of statuses, `deployments`
    environments, `methods` ways to merge; where there are none all are allowed."""

    reviews: int | None = None
    checks: tuple[str, ...] = ()
    strict: bool = False
    enforce_admins: bool = False
    dismiss_stale: bool = False
    code_owners: bool = False
    conversations: bool = False
    linear: bool = False
    force_pushes: bool = False
    deletions: bool = False
    creations: bool = True
    updates: bool = True
    signatures: bool = False
    last_push: bool = False
    deployments: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleSet:
    """What branches with certain names ask for, of one repository or of all of an organisation.

    `branches` are patterns as GitHub writes them, without `refs/heads/`; `bypass` are ids of accounts (of an App's own
    one too) for which it does not hold. Administrators are not among them by themselves.
    """

    asks: Protection
    branches: tuple[str, ...] = ("~DEFAULT_BRANCH",)
    bypass: frozenset[int] = frozenset()
    name: str = "rules"
    id: int = 0


@dataclass(eq=False)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str
    description: str | None = None


@dataclass(eq=False)
class RepositoryWebhook:
    """Where events of a repository go to."""

    id: int
    url: str
    secret: str = field(repr=False)
    events: list[str]
    created_at: str
    active: bool = True


@dataclass(eq=False)
class Repository:
    """A repository. `git_dir` is its bare directory; `roles` are of people by id, the owner's is admin.

    `parent` is set for a fork; `allow_drafts` is what its owner pays for. `size` is that of all its objects in
    kB, `numbers` counts issues and pull requests together.
    """

    id: int
    owner: GitHubAccount
    name: str
    git_dir: Path
    created_at: str
    private: bool = False
    description: str = ""
    topics: list[str] = field(default_factory=list)
    default_branch: str = "main"
    archived: bool = False
    deleted: bool = False
    pushed_at: str = ""
    size: int = 0
    parent: "Repository | None" = None
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    allow_auto_merge: bool = False
    allow_drafts: bool = True
    delete_branch_on_merge: bool = False
    merge_queue: bool = False
    roles: dict[int, Role] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    rulesets: list[RuleSet] = field(default_factory=list)
    labels: dict[str, Label] = field(default_factory=dict)
    hooks: dict[int, RepositoryWebhook] = field(default_factory=dict)
    issues: dict[int, IssueRecord] = field(default_factory=dict)
    suites: dict[int, CheckSuite] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[CommitStatus] = field(default_factory=list)
    deployments: dict[int, DeploymentRecord] = field(default_factory=dict)
    workflows: list[Workflow] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    queue: list[IssueRecord] = field(default_factory=list)
    numbers: int = 0

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    def number(self) -> int:
        """The next number for an issue or a pull request."""
        self.numbers += 1
        return self.numbers

    def role(self, account: GitHubAccount | None) -> Role:
        """What `account` is here; anybody may read what is public."""
        least: Role = "none" if self.private else "read"
        if account is None:
            return least
        return "admin" if account is self.owner else self.roles.get(account.id, least)


def covers(role: Role, needed: Role) -> bool:
    """Whether `role` may do what `needed` may."""
    return ROLES.index(role) >= ROLES.index(needed)
