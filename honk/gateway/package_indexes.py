"""The package indexes that pip and npm on this machine are configured for, as these programs report them."""

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from honk import process
from honk.core.errors import Unavailable

_SECONDS = 30.0
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"https?://[^\s'\"\\,]+")
_PIP_KEYS = re.compile(r"^[\w:-]+\.(?:index-url|extra-index-url|find-links)=", re.MULTILINE)
_PIP_DEFAULT = (
    "from pip._internal.models.index import PyPI as p; print(p.simple_url, 'https://' + p.file_storage_domain)"
)


async def index_hosts(variables: Mapping[str, str] | None = None) -> frozenset[str]:
    """The hosts of the configured indexes as `host:port`; empty without pip and npm, or with only local directories.

    `variables` are those of the environment that configure these programs (`settings.INDEX_PREFIXES`).
    """
    env = process.environment(variables)
    pip, npm = await asyncio.gather(_pip(env), _npm(env))
    return hosts_of([*pip, *npm])


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """`host:port` of each http or https URL; others (files) and malformed ones are left out."""
    found = set()
    for url in urls:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            continue
        if parts.hostname and port and parts.scheme in _PORTS:
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            found.add(f"{host}:{port}")
    return frozenset(found)


def pip_urls(listing: str) -> list[str]:
    return [url for line in listing.splitlines() if _PIP_KEYS.match(line) for url in _URL.findall(line)]


def pip_has_index(listing: str) -> bool:
    """Whether that configuration names an index (or none at all), so that pip's default does not apply."""
    return any(re.match(r"[\w:-]+\.(?:index-url|no-index)=", line) for line in listing.splitlines())


def npm_urls(listing: str) -> list[str]:
    """The URLs of registries, also those of single scopes, in the output of `npm config list --json`."""
    try:
        values = json.loads(listing)
    except ValueError:
        return []
    items = values.items() if isinstance(values, dict) else ()
    return [str(value) for key, value in items if key == "registry" or key.endswith(":registry")]


async def _pip(env: Mapping[str, str]) -> list[str]:
    listing = await _output((sys.executable, "-I", "-m", "pip", "config", "list"), env)
    default = "" if pip_has_index(listing) else await _output((sys.executable, "-I", "-c", _PIP_DEFAULT), env)
    return [*pip_urls(listing), *default.split()]


async def _npm(env: Mapping[str, str]) -> list[str]:
    return npm_urls(await _output(("npm", "config", "list", "--json"), env))


async def _output(argv: tuple[str, ...], env: Mapping[str, str]) -> str:
    """The output of a program; empty when it is missing or fails."""
    try:
        done = await process.run(argv, env=env, timeout=_SECONDS)
    except Unavailable:
        return ""
    return done.text if done.ok else ""
