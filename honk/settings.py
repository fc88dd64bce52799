"""The settings of an installation: the file settings.toml, and credentials from the environment.

They are read once, in the composition root. `settings.toml` beside this module is the annotated example and the
documentation; a test compares it with the classes here.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from honk import files
from honk.core import toml_schema
from honk.core.errors import UsageError

FILENAME = "settings.toml"

GITHUB_APP = "github-app.json"
"""The file, in HONK_HOME, of the App that `honk github setup` made: mode 0600, because it holds the private key."""

LONGEST_TEMPORARY = 30
"""The longest temporary directory, in characters, in which the paths of sockets still fit."""

INDEX_PREFIXES = ("PIP_", "NPM_CONFIG_", "npm_config_")
"""Prefixes of the variables that configure the package indexes of pip and npm."""


_ACCOUNT = re.compile(r"local:\d+|github:\d+|slack:[A-Z0-9]+/[A-Z0-9]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _account_refusal(name: str) -> str:
    known = "slack:TEAM/USER, github:NUMBER or local:NUMBER"
    return "" if _ACCOUNT.fullmatch(name) else f"is no account; write {known}"


def _person_refusal(name: str) -> str:
    return "" if _EMAIL.fullmatch(name) else _account_refusal(name)


def _path_refusal(path: str) -> str:
    return "" if path.startswith("/") else "is no absolute path"


@dataclass(frozen=True)
class ServerSettings:
    """`[server]`: addresses of the console and of previews."""

    host: str = "127.0.0.1"
    port: int = 8484
    preview_port: int = 8485
    preview_ports: int = 8
    public_url: str = ""
    preview_url: str = ""
    link_hours: float = 24.0


@dataclass(frozen=True)
class WorkerSettings:
    """`[worker]`: how much one process does at once."""

    turns: int = 4
    previews: int = 8


@dataclass(frozen=True)
class SandboxSettings:
    """`[sandbox]`: the backend and the limits of a job."""

    backend: Literal["auto", "bubblewrap", "podman", "unsafe-none"] = "auto"
    image: str = ""
    runtime: str = ""
    readonly: Annotated[tuple[str, ...], _path_refusal] = ()
    memory_mb: int = 4096
    processes: int = 1024
    disk_mb: int = 8192
    output_mb: int = 8
    command_minutes: float = 30.0


@dataclass(frozen=True)
class WorkspaceSettings:
    """`[workspace]`: the backend, and how much is kept."""

    backend: Literal["auto", "overlay", "copy"] = "auto"
    keep_gb: float = 20.0


@dataclass(frozen=True)
class RetentionSettings:
    """`[retention]`: how many days things are kept that nobody needs any more."""

    session_days: float = 1.0
    waiting_days: float = 14.0
    file_days: float = 30.0
    log_mb: float = 20.0
    transcript_days: float = 90.0
    mirror_days: float = 90.0
    mirrors_gb: float = 50.0


@dataclass(frozen=True)
class ModelSettings:
    """`[model]`: how long to wait for an overloaded service, and whether exchanges are recorded."""

    patience_seconds: float = 300.0
    record: bool = False


@dataclass(frozen=True)
class AgentHostSettings:
    """`[agent]`: settings of agents that a repository cannot change."""

    silence_seconds: float = 900.0
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeopleSettings:
    """`[people]`: the person who uses this machine, and others.

    `writers` are the ids of others who may write to its repositories. `accounts` maps ids, or confirmed e-mail
    addresses, to the account of the same person elsewhere.
    """

    name: str = ""
    email: str = ""
    writers: Annotated[tuple[str, ...], _account_refusal] = ()
    accounts: Annotated[Mapping[str, str], _person_refusal, _account_refusal] = field(default_factory=dict)


@dataclass(frozen=True)
class SlackSettings:
    """`[slack]`: how Honk behaves in Slack."""

    transport: Literal["auto", "socket", "http"] = "auto"
    reaction: str = "honk"
    acknowledge: str = "eyes"
    context_messages: int = 30
    largest_file_mb: int = 20
    quote_private: bool = False
    guests: bool = False
    external: bool = False


@dataclass(frozen=True)
class GitHubSettings:
    """`[github]`: how Honk behaves on GitHub."""

    label: str = "honk"
    mention: str = "honk"
    poll_seconds: float = 60.0
    ci_minutes: float = 60.0
    ci_rounds: int = 2
    deploy_seconds: float = 30.0
    merge_method: Literal["auto", "merge", "squash", "rebase"] = "auto"
    partial_mb: float = 1000.0


@dataclass(frozen=True)
class SettingsFile:
    """The whole settings file."""

    server: ServerSettings = field(default_factory=ServerSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    agent: AgentHostSettings = field(default_factory=AgentHostSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    slack: SlackSettings = field(default_factory=SlackSettings)
    github: GitHubSettings = field(default_factory=GitHubSettings)


@dataclass(frozen=True)
class ModelCredential:
    """The address of the model's service and its credential, which is not part of the repr."""

    base_url: str
    api_key: str = field(repr=False, default="")
    auth_token: str = field(repr=False, default="")

    def __bool__(self) -> bool:
        """Whether there is a credential."""
        return bool(self.api_key or self.auth_token)


@dataclass(frozen=True)
class SlackAccess:
    """Access to Slack, without the secrets in the repr. `url` is the root of the Web API, with a final slash."""

    url: str = "https://slack.com/api/"
    bot_token: str = field(repr=False, default="")
    app_token: str = field(repr=False, default="")
    signing_secret: str = field(repr=False, default="")


@dataclass(frozen=True)
class GitHubAccess:
    """Access to GitHub, without the secrets in the repr. `url` is the root of the REST API, without a final slash.

    A personal `token`, or an App: `app_id` with its `private_key` (PEM).
    """

    url: str = "https://api.github.com"
    token: str = field(repr=False, default="")
    app_id: str = ""
    private_key: str = field(repr=False, default="")
    webhook_secret: str = field(repr=False, default="")

    def __bool__(self) -> bool:
        """Whether there is a credential."""
        return bool(self.token or (self.app_id and self.private_key))


@dataclass(frozen=True)
class Proxies:
    """This machine's own proxies: one URL for http and one for https (empty: none), and hosts to reach without a proxy.

    A URL may contain a password, so it is not part of the repr.
    """

    http: str = field(repr=False, default="")
    https: str = field(repr=False, default="")
    none: tuple[str, ...] = ()

    def to(self, url: str) -> str:
        """The proxy through which `url` is reached, empty for the direct way."""
        parts = urlsplit(url)
        if self.direct(parts.hostname or ""):
            return ""
        return self.https if parts.scheme == "https" else self.http

    def direct(self, host: str) -> bool:
        """Whether `host` is reached without a proxy. This machine itself always is."""
        host = host.lower()
        if host == "localhost" or host == "::1" or host.startswith("127."):
            return True
        return any(name in ("*", host) or host.endswith(f".{name}") for name in self.none)


@dataclass(frozen=True)
class Settings:
    """Everything that was configured, from the file and the environment.

    `indexes` holds the variables that configure this machine's package clients.
    """

    home: Path
    database_url: str = field(repr=False)
    model: ModelCredential
    file: SettingsFile
    proxies: Proxies = field(default_factory=Proxies)
    indexes: Mapping[str, str] = field(repr=False, default_factory=dict)
    slack: SlackAccess = field(default_factory=SlackAccess)
    github: GitHubAccess = field(default_factory=GitHubAccess)

    @property
    def run(self) -> Path:
        """Where sockets live: short, because a unix socket's path may have 107 bytes, and private to this user."""
        mark = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
        temporary = tempfile.gettempdir()
        where = temporary if len(temporary) <= LONGEST_TEMPORARY else "/tmp"  # noqa: S108 - made private below it
        return Path(where) / f"honk-{os.getuid()}-{mark}"


def load(environ: Mapping[str, str]) -> Settings:
    """The settings that hold under `environ`. Raises UsageError for what cannot be understood."""
    home = (
        Path(environ.get("HONK_HOME") or Path(environ.get("HOME", "/")) / ".local/share/honk").expanduser().absolute()
    )
    file = home / FILENAME
    return Settings(
        home=home,
        database_url=environ.get("HONK_DATABASE_URL") or f"sqlite:///{home / 'honk.db'}",
        model=ModelCredential(
            base_url=_address(environ, "ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
            api_key=environ.get("ANTHROPIC_API_KEY", ""),
            auth_token=environ.get("ANTHROPIC_AUTH_TOKEN", ""),
        ),
        file=_file(file),
        proxies=_proxies(environ),
        slack=_slack(environ),
        github=_github(environ, home),
        indexes={name: value for name, value in environ.items() if name.startswith(INDEX_PREFIXES)},
    )


def _file(path: Path) -> SettingsFile:
    text = files.read_text(path, "Fix it or move it away.")
    return SettingsFile() if text is None else toml_schema.read(SettingsFile, text, str(path))


def _slack(environ: Mapping[str, str]) -> SlackAccess:
    return SlackAccess(
        url=_address(environ, "HONK_SLACK_URL", SlackAccess.url) + "/",
        bot_token=environ.get("SLACK_BOT_TOKEN", "").strip(),
        app_token=environ.get("SLACK_APP_TOKEN", "").strip(),
        signing_secret=environ.get("SLACK_SIGNING_SECRET", "").strip(),
    )


def _github(environ: Mapping[str, str], home: Path) -> GitHubAccess:
    """A private key may be given as text, or as the path of its file. Without a credential in the environment, the App
    that `honk github setup` made is used."""
    if not environ.get("GITHUB_TOKEN") and not environ.get("GITHUB_APP_ID"):
        made, url = read_app(home), environ.get("HONK_GITHUB_URL", "").rstrip("/")
        if made is not None and url in ("", made.url):
            return replace(made, webhook_secret=environ.get("GITHUB_WEBHOOK_SECRET", "").strip() or made.webhook_secret)
    key = environ.get("GITHUB_APP_PRIVATE_KEY", "").strip()
    if key and not key.startswith("-----BEGIN"):
        try:
            key = Path(key).expanduser().read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise UsageError(
                "GITHUB_APP_PRIVATE_KEY is neither a PEM key nor the path of a readable file with one."
            ) from error
    return GitHubAccess(
        url=_address(environ, "HONK_GITHUB_URL", GitHubAccess.url),
        token=environ.get("GITHUB_TOKEN", "").strip(),
        app_id=environ.get("GITHUB_APP_ID", "").strip(),
        private_key=key,
        webhook_secret=environ.get("GITHUB_WEBHOOK_SECRET", "").strip(),
    )


def read_app(home: Path) -> GitHubAccess | None:
    """The App that is kept in `home`, None when there is none.

    Raises UsageError for a file that others may read, or that is damaged.
    """
    file = home / GITHUB_APP
    kept = files.read_json(
        file, ("url", "app_id", "private_key"), "Restore it from a backup, or make another App: `honk github setup`."
    )
    if kept is None:
        return None
    if file.stat().st_mode & 0o077:
        raise UsageError(f"{file} can be read by others; run: chmod 600 {file}")
    return GitHubAccess(
        url=str(kept["url"]),
        app_id=str(kept["app_id"]),
        private_key=str(kept["private_key"]),
        webhook_secret=str(kept.get("webhook_secret") or ""),
    )


def _address(environ: Mapping[str, str], name: str, usual: str) -> str:
    """The address in the variable `name`, without a final slash. Raises UsageError for a malformed one."""
    url = environ.get(name) or usual
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{name} is not a web address ({url}); write http://host:port or https://host.")
    return url.rstrip("/")


def _proxies(environ: Mapping[str, str]) -> Proxies:
    """Read as by most programs: lower case first, because a web server may set the upper-case HTTP_PROXY."""

    def value(name: str) -> str:
        return environ.get(f"{name}_proxy") or environ.get(f"{name.upper()}_PROXY") or ""

    names = (name.strip().lower().lstrip("*").lstrip(".") or name.strip() for name in value("no").split(","))
    return Proxies(value("http"), value("https"), tuple(name for name in names if name))
