"""Which host names and addresses a sandbox may reach: pure functions, no resolver, deny by default."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from honk.core.errors import UsageError

WEB_PORTS = (80, 443)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[0-9]{1,5}")

_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        # IANA's special-purpose registries, as of 2026-11; named here because ipaddress's idea of "global" has changed
        # from one Python release to the next
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT, and some clouds' metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, for its guests only
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/8",  # unspecified, loopback, IPv4-compatible addresses
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo among others: an IPv4 address inside
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",  # link-local and site-local
        "ff00::/8",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class MalformedTarget(ValueError):
    """The text is not a host and port; the message says why, without repeating it."""


@dataclass(frozen=True)
class Target:
    """A host in its one canonical form (lower-case name, or address without brackets) and a port."""

    host: str
    port: int

    @property
    def address(self) -> Address | None:
        """The address that the host is, None when it is a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def __str__(self) -> str:
        """As it is written in an authority."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Pattern:
    """One entry of an allow-list. `host` is a name, an address, `*.domain` or `*`; `port` 0 is 80 and 443."""

    host: str
    port: int = 0

    def matches(self, target: Target) -> bool:
        """Whether this entry allows `target`."""
        if target.port not in ((self.port,) if self.port else WEB_PORTS):
            return False
        if self.host.startswith("*."):
            return target.address is None and target.host.endswith(self.host[1:])
        return self.host in ("*", target.host)


def parse_target(authority: str, default_port: int | None = None) -> Target:
    """The Target of `host:port`, as in a request's target.

    Raises MalformedTarget for whatever two readers could understand differently: user names, spaces and control bytes,
    trailing dots, non-ASCII, and addresses that are not written in full."""
    if not authority.isascii() or any(byte <= " " or byte == "\x7f" for byte in authority):
        raise MalformedTarget("the host has characters that no host name has (write an international name as xn--…)")
    if any(mark in authority for mark in "@/\\?#%"):
        raise MalformedTarget("a host and a port are expected, and nothing else")
    host, port = _split(authority)
    if not port and default_port is None:
        raise MalformedTarget("the port is missing")
    if port and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise MalformedTarget("the port is not a number from 1 to 65535")
    return Target(_host(host), int(port) if port else default_port or 0)


def parse_pattern(text: str) -> Pattern:
    """An entry of `[egress]`. Raises UsageError that says how one is written."""
    try:
        return _pattern(text)
    except MalformedTarget as error:
        raise UsageError(f"honk.toml: {text!r} {_no_entry(error)}.") from error


def is_any(text: str) -> bool:
    """Whether the entry `text` of `[egress]` allows every host, on any port."""
    return _pattern(text).host == "*"


def refusal(text: str) -> str:
    """Why `text` is no entry of `[egress]`, as the end of a sentence about it; empty when it is one."""
    try:
        _pattern(text)
    except MalformedTarget as error:
        return _no_entry(error)
    return ""


def _no_entry(error: MalformedTarget) -> str:
    shapes = '"host", "*.domain" or "*", each with an optional ":port"'
    return f"is no entry for [egress] ({error}); write {shapes}"


def _pattern(text: str) -> Pattern:
    if not text.isascii():
        raise MalformedTarget("the host has characters that no host name has (write an international name as xn--…)")
    host, port = _split(text.strip())
    if port and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise MalformedTarget("the port is not a number from 1 to 65535")
    if host == "*":
        return Pattern("*", int(port or 0))
    domain = _host(host.removeprefix("*."))
    wild = host.startswith("*.")
    if wild and Target(domain, 0).address:
        raise MalformedTarget("an address has no subdomains")
    return Pattern(f"*.{domain}" if wild else domain, int(port or 0))


def allowed(patterns: Iterable[Pattern], target: Target) -> bool:
    """Whether at least one entry allows `target`."""
    return any(pattern.matches(target) for pattern in patterns)


def is_public(address: Address) -> bool:
    """A public address: not this machine, its network or its cloud's, also when it is embedded in an IPv6 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            return False
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return address.is_global and not any(address in network for network in _NEVER)


def _split(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or ":" not in host:
            raise MalformedTarget("the brackets of an address do not fit")
        return host, rest[1:]
    host, colon, port = authority.partition(":")
    if ":" in port:
        raise MalformedTarget("an IPv6 address is written in brackets")
    if colon and not port:
        raise MalformedTarget("the port is missing after the colon")
    return host, port


def _host(text: str) -> str:
    """The canonical form. A name that ends in a number would be read as an address by some, so it must be one."""
    host = text.lower()
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise MalformedTarget("that is not an IPv6 address") from None
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise MalformedTarget("an address is written as four decimal numbers") from None
    if not _NAME.fullmatch(host):
        raise MalformedTarget("that is not a host name")
    return host
