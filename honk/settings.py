"""What the person who installs Honk can set. Read once, in the composition root; everything below gets values.

`settings.toml` beside this module is the annotated example, the documentation and, by a test, the schema.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from honk.core import schema
from honk.core.errors import UsageError

FILENAME = "settings.toml"

LONGEST_TEMPORARY = 30
"""Characters of a temporary directory below which sockets still fit."""

INDEX_PREFIXES = ("PIP_", "NPM_CONFIG_", "npm_config_")
"""Variables of the environment that say which package indexes this machine's clients use."""


@dataclass(frozen=True)
class Server:
    """Where people and previews are served."""

    host: str = "127.0.0.1"
    port: int = 8484
    preview_port: int = 8485
    preview_ports: int = 8
    public_url: str = ""
    preview_url: str = ""
    link_hours: float = 24.0


@dataclass(frozen=True)
class Worker:
    """How much one process does at once."""

    turns: int = 4
    previews: int = 8


@dataclass(frozen=True)
class SandboxSettings:
    """Which wall, and how far one may go inside it."""

    backend: Literal["auto", "bubblewrap", "podman", "unsafe-none"] = "auto"
    image: str = ""
    runtime: str = ""
    readonly: tuple[str, ...] = ()
    memory_mb: int = 4096
    processes: int = 1024
    disk_mb: int = 8192
    output_mb: int = 8
    command_minutes: float = 30.0


@dataclass(frozen=True)
class WorkspaceSettings:
    """How forks are made and how much is kept warm."""

    backend: Literal["auto", "overlay", "copy"] = "auto"
    keep_gb: float = 20.0


@dataclass(frozen=True)
class ModelSettings:
    """How long an overloaded service is waited for, and what is kept of the talk with it."""

    patience_seconds: float = 300.0
    record: bool = False


@dataclass(frozen=True)
class AgentSettings:
    """How agents are treated whatever a repository says."""

    silence_seconds: float = 900.0


@dataclass(frozen=True)
class People:
    """Who uses this machine. `writers` are the ids of others who may write to its repositories."""

    name: str = ""
    email: str = ""
    writers: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """The settings file."""

    server: Server = field(default_factory=Server)
    worker: Worker = field(default_factory=Worker)
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    agent: AgentSettings = field(default_factory=AgentSettings)
    people: People = field(default_factory=People)


@dataclass(frozen=True)
class Credential:
    """How the gateway reaches the model. Kept out of every repr."""

    base_url: str
    api_key: str = field(repr=False, default="")
    auth_token: str = field(repr=False, default="")

    def __bool__(self) -> bool:
        """There is something to authenticate with."""
        return bool(self.api_key or self.auth_token)


@dataclass(frozen=True)
class Proxies:
    """This machine's own proxies: the URL of the one for http and for https (empty: none), and the hosts and domains
    that are reached without. A URL may hold a password, so it is kept out of every repr."""

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
    model: Credential
    file: File
    proxies: Proxies = field(default_factory=Proxies)
    indexes: Mapping[str, str] = field(repr=False, default_factory=dict)

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
        model=Credential(
            base_url=_address(environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"),
            api_key=environ.get("ANTHROPIC_API_KEY", ""),
            auth_token=environ.get("ANTHROPIC_AUTH_TOKEN", ""),
        ),
        file=_file(file),
        proxies=_proxies(environ),
        indexes={name: value for name, value in environ.items() if name.startswith(INDEX_PREFIXES)},
    )


def _file(path: Path) -> File:
    try:
        return schema.read(File, path.read_text(encoding="utf-8"), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return File()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read ({why}); mend it or move it away.") from error


def _address(url: str) -> str:
    """Where the model's service is."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"ANTHROPIC_BASE_URL is no address ({url}); write http://host:port or https://host.")
    return url.rstrip("/")


def _proxies(environ: Mapping[str, str]) -> Proxies:
    """As most programs read them: lower case first, because a web server may set the upper-case HTTP_PROXY."""

    def said(name: str) -> str:
        return environ.get(f"{name}_proxy") or environ.get(f"{name.upper()}_PROXY") or ""

    names = (name.strip().lower().lstrip("*").lstrip(".") or name.strip() for name in said("no").split(","))
    return Proxies(said("http"), said("https"), tuple(name for name in names if name))
