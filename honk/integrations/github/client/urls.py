"""Addresses of repositories, in all forms in which people write them. Pure."""

import re
from urllib.parse import urlsplit

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?"


def web_url(api: str) -> str:
    """The web address that belongs to the root of a REST API: `https://github.com` for `https://api.github.com`,
    `https://host` for an enterprise server's `https://host/api/v3`. Without a slash at the end."""
    parts = urlsplit(api)
    host = parts.netloc.lower()
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        return f"{parts.scheme}://{host.removeprefix('api.')}"
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/').removesuffix('/api/v3')}"


def origin(url: str) -> str:
    """`https://host[:port]` of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def parse(url: str, api: str) -> tuple[str, str] | None:
    """Owner and name, where `url` is of this GitHub: https, ssh, `git@host:owner/name`, `host/owner/name` or
    `owner/name`. None for anything else. A password in it is ignored."""
    parts = urlsplit(web_url(api))
    hosts = {parts.netloc.lower(), (parts.hostname or "").lower()}
    text = url.strip()
    if scp := re.fullmatch(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)", text):
        return _path(scp[2]) if scp[1].lower() in hosts else None
    if "://" in text:
        given = urlsplit(text)
        if given.scheme not in ("https", "http", "ssh", "git+ssh") or given.query or given.fragment:
            return None
        return _path(given.path) if _host(given.netloc, given.scheme) in hosts else None
    host, _, rest = text.partition("/")
    if host.lower() in hosts:
        return _path(rest)
    return _path(text) if is_short(text) else None


def is_short(url: str) -> bool:
    """Whether it is just `owner/name`: an address on GitHub, or a directory here."""
    return re.fullmatch(rf"{_NAME}/[A-Za-z0-9._-]+", url.strip()) is not None


def _host(netloc: str, scheme: str) -> str:
    host = netloc.rpartition("@")[2].lower()
    return host.partition(":")[0] if scheme.endswith("ssh") else host


def _path(path: str) -> tuple[str, str] | None:
    parts = path.strip("/").split("/")
    if len(parts) != 2:
        return None
    owner, name = parts[0], parts[1].removesuffix(".git")
    if not re.fullmatch(_NAME, owner) or not re.fullmatch(r"[A-Za-z0-9._-]+", name) or name in (".", ".."):
        return None
    return owner, name
