"""A separate origin for each session's preview.

A preview is unreviewed code that runs in a person's browser. Browsers isolate by scheme, host and port, so no preview
shares all three with Honk's console or another preview. There are two ways with the same interface:

    PortOrigins      a range of ports beside the server's, one leased to each session: works with any address of the
                     server (localhost, a LAN address on a phone), without names or certificates
    HostnameOrigins  `<session>.preview.example.com`, for a server with a wildcard name: isolates cookies as well
"""

import contextlib
import errno
import re
import socket
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from honk.core.errors import UsageError

_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")

NO_SESSION = ""
"""The result for a preview origin that belongs to no session at present."""


class Origins(Protocol):
    """Maps origins to sessions and back."""

    def session(self, scope: Scope) -> str | None:
        """The session of the request's origin; NO_SESSION when it has none now, None for Honk's own origin."""

    def url(self, session: str, scope: Scope) -> str:
        """The session's origin (`http://host:port`, no slash) as the client that sent this request can reach it."""

    def fresh(self, session: str) -> bool:
        """True once after `session` got an origin on which a browser may still hold data of another session."""


class PortOrigins:
    """One port for each session, leased on first use; when all are leased, the least recently used lease is replaced.

    `ports` must be ports on which this process serves (see `listen`). Their host name is the one that the client used
    for the server itself.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._leases: OrderedDict[int, str] = OrderedDict((port, NO_SESSION) for port in ports)
        self._fresh: set[str] = set()

    def session(self, scope: Scope) -> str | None:
        """By the port on which the request arrived, not by its Host header."""
        server = scope.get("server")
        return self._leases.get(server[1]) if server else None

    def url(self, session: str, scope: Scope) -> str:
        """Lease a port if the session has none."""
        port = next((port for port, holder in self._leases.items() if holder == session), None)
        if port is None:
            port = next(iter(self._leases))
            self._leases[port] = session
            self._fresh.add(session)
        self._leases.move_to_end(port)
        return f"{scope.get('scheme', 'http')}://{host_name(scope)}:{port}"

    def fresh(self, session: str) -> bool:
        """A leased port may have belonged to another session before."""
        if session not in self._fresh:
            return False
        self._fresh.discard(session)
        return True


class HostnameOrigins:
    """A host name for each session. `pattern` is `https://*.preview.example.com`, with a port where it needs one."""

    def __init__(self, pattern: str) -> None:
        parts = urlsplit(pattern)
        if parts.scheme not in ("http", "https") or not parts.netloc.startswith("*.") or parts.path not in ("", "/"):
            raise UsageError(
                f"`preview_url` must look like https://*.preview.example.com, a name for each preview, not {pattern!r}."
            )
        self._scheme, self._suffix, self._netloc = parts.scheme, (parts.hostname or "")[1:], parts.netloc[1:]

    def session(self, scope: Scope) -> str | None:
        """By the Host header: the first label of a name under the pattern."""
        name = host_name(scope).lower()
        if not name.endswith(self._suffix):
            return None
        return name.removesuffix(self._suffix)

    def url(self, session: str, scope: Scope) -> str:
        """The same for every client."""
        return f"{self._scheme}://{session}{self._netloc}"

    def fresh(self, session: str) -> bool:
        """False: a name is never given to another session."""
        return False


def host_name(scope: Scope) -> str:
    """The host in the Host header, without the port; `localhost` when it is missing or malformed."""
    match = _HOST.fullmatch(Headers(scope=scope).get("host", ""))
    return match["name"] if match else "localhost"


def listen(host: str, first: int, count: int) -> list[socket.socket]:
    """Up to `count` listening sockets on `host`, from port `first` upwards; ports in use are skipped.

    `first` 0 takes any free ports. The server serves them beside its main socket; `PortOrigins` gets their numbers.
    Raises UsageError when no port is free.
    """
    found: list[socket.socket] = []
    candidates = [0] * count if first == 0 else range(first, min(first + 4 * count, 65536))
    with contextlib.ExitStack() as opened:
        for port in candidates:
            if len(found) == count:
                break
            try:
                listener = socket.create_server((host, port), family=_family(host))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise UsageError(f"Previews cannot be served on {host}: {error.strerror}.") from error
                continue
            found.append(opened.enter_context(listener))
        if not found:
            raise UsageError(f"No port from {first} upwards is free for previews; set another `preview_port`.")
        opened.pop_all()  # success: keep them open
    return found


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
