"""Who there is: people, organisations, Apps with their installations, and the tokens that act for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

AccountKind = Literal["User", "Organization", "Bot"]
TokenKind = Literal["anonymous", "classic", "fine-grained", "installation", "user-to-server", "app", "session"]
"""`app` is an App by its own signature, `session` a person in the browser."""

Permissions = Mapping[str, str]
"""What an App or a fine-grained token may do: area to read, write or admin."""

LEVELS = ("read", "write", "admin")


@dataclass(eq=False)
class GitHubAccount:
    """A person, an organisation or an App's own account. `members` and `rulesets` (RuleSet) are an organisation's."""

    id: int
    login: str
    name: str
    email: str
    kind: AccountKind
    created_at: str
    members: set[int] = field(default_factory=set)
    rulesets: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class GitHubApp:
    """A GitHub App. `public_key` and `private_key` are PEM; `bot` is the account that it acts as."""

    id: int
    slug: str
    name: str
    owner: GitHubAccount
    bot: GitHubAccount
    client_id: str
    client_secret: str = field(repr=False)
    permissions: dict[str, str]
    events: list[str]
    created_at: str
    private_key: str = field(default="", repr=False)
    public_key: str = ""
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    external_url: str = "https://honk.example"
    description: str = ""
    setup_url: str = ""
    hook_active: bool = True
    device_flow: bool = True


@dataclass(eq=False)
class Installation:
    """An App installed on an account. `repositories` are ids, None for all of the account."""

    id: int
    app: GitHubApp
    account: GitHubAccount
    permissions: dict[str, str]
    events: list[str]
    repositories: set[int] | None
    created_at: str
    suspended_at: str | None = None


@dataclass(eq=False)
class Token:
    """Who asks, and what they may.

    `scopes` are a classic token's. `permissions` and `repositories` (ids) narrow every other kind, None does not.
    `expires_at` is in seconds since the epoch.
    """

    value: str = field(repr=False)
    kind: TokenKind
    account: GitHubAccount | None
    scopes: frozenset[str] = frozenset()
    permissions: Permissions | None = None
    repositories: frozenset[int] | None = None
    expires_at: float | None = None
    revoked: bool = False
    app: GitHubApp | None = None
    installation: Installation | None = None


@dataclass(eq=False)
class Device:
    """A sign-in that waits for a person to type `user_code`. Times are in seconds since the epoch."""

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    app: GitHubApp
    expires_at: float
    interval: int
    polled_at: float = 0.0
    account: GitHubAccount | None = None
    denied: bool = False
    used: bool = False


ANONYMOUS = Token("", "anonymous", None)


def enough(granted: str | None, level: str) -> bool:
    """Whether a permission of this level (None: not granted) covers `level`."""
    return granted is not None and LEVELS.index(granted) >= LEVELS.index(level)
