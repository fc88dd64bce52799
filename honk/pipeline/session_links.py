"""Signed, expiring links to what a session made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from honk.previews import signed_links
from honk.previews.signed_links import Grant


@dataclass(frozen=True)
class Links:
    """`base` is where people reach this house (no slash at the end), `key` signs, `hours` is how long a link works."""

    base: str
    key: bytes = field(repr=False)
    hours: float
    clock: Callable[[], float]

    def preview(self, session: str) -> str:
        """Where the session's running app is."""
        return f"{self.base}/p/{signed_links.sign(self.key, Grant('preview', session, self._expires()))}/"

    def file(self, session: str, sha256: str) -> str:
        """Where one of its artifacts or pictures is."""
        return f"{self.base}/f/{signed_links.sign(self.key, Grant('file', session, self._expires(), sha256))}"

    def install(self, session: str, sha256: str) -> str:
        """The page from which a phone installs one of its apps."""
        return f"{self.file(session, sha256)}/install"

    def session(self, session: str) -> str:
        """The session's page. Not signed: the console asks who is there."""
        return f"{self.base}/sessions/{session}"

    def shared(self, session: str) -> str:
        """The session's page, where others than this machine can reach it; otherwise empty."""
        host = urlsplit(self.base).hostname or ""
        return "" if host in ("", "localhost", "::1") or host.startswith("127.") else self.session(session)

    def _expires(self) -> int:
        return int(self.clock() + self.hours * 3600)
