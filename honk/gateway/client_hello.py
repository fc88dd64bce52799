"""The ClientHello of a TLS connection, and the server name in it. Sans-IO, RFC 8446 section 4.1.2."""

from dataclasses import dataclass

_HANDSHAKE = 22
_CLIENT_HELLO = b"\x01"
_SERVER_NAME = 0
_LONGEST_RECORD = 16_384
LONGEST_HELLO = 65_536
"""More bytes than any well-behaved client sends."""


class NotTls(ValueError):
    """The bytes do not begin with a TLS ClientHello that can be parsed."""


@dataclass(frozen=True)
class ClientHello:
    """`server_name` is lower-case, and empty when the client named none."""

    server_name: str


def client_hello(data: bytes) -> ClientHello | None:
    """The ClientHello at the beginning of `data`; None while it is incomplete. Raises NotTls."""
    handshake = bytearray()
    rest = memoryview(data)
    while rest:
        if rest[0] != _HANDSHAKE:
            raise NotTls("it does not start with a TLS handshake")
        if len(rest) < 5:
            return None
        if rest[1] != 3:
            raise NotTls("the version of TLS is unknown")
        length = int.from_bytes(rest[3:5])
        if not 0 < length <= _LONGEST_RECORD:
            raise NotTls("a record has an impossible length")
        handshake += rest[5 : 5 + length]
        if handshake[:1] not in (b"", _CLIENT_HELLO):
            raise NotTls("it does not start with a ClientHello")
        if len(handshake) >= 4 and len(handshake) >= 4 + (whole := int.from_bytes(handshake[1:4])):
            return ClientHello(_server_name(_Cursor(bytes(handshake[4 : 4 + whole]))))
        if len(handshake) > LONGEST_HELLO:
            raise NotTls("the hello is too long")
        rest = rest[5 + length :]
    return None


class _Cursor:
    """Reads length-prefixed fields from bytes, never beyond their end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise NotTls("a field is longer than the message")
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def field(self, width: int) -> "_Cursor":
        return _Cursor(self.take(self.number(width)))


def _server_name(hello: _Cursor) -> str:
    hello.take(2 + 32)  # version, random
    for width in (1, 2, 1):  # session id, cipher suites, compression methods
        hello.field(width)
    if not hello:
        return ""
    names: list[str] = []
    extensions = hello.field(2)
    while extensions:
        kind, body = extensions.number(2), extensions.field(2)
        if kind == _SERVER_NAME:
            names += _names(body.field(2))
    if len(names) > 1:
        raise NotTls("it names more than one server")
    return names[0] if names else ""


def _names(entries: _Cursor) -> list[str]:
    found = []
    while entries:
        kind, name = entries.number(1), entries.field(2)
        if kind == _SERVER_NAME:
            text = name.rest()
            try:
                found.append(text.decode("ascii").lower())
            except UnicodeDecodeError:
                raise NotTls("the server's name is not ASCII") from None
    return found
