import ssl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honk.gateway import client_hello
from honk.gateway.client_hello import NotTls


def said(server_name: str | None) -> bytes:
    """A real ClientHello of OpenSSL."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


HELLO = said("pypi.example")


def test_the_server_name_is_found() -> None:
    hello = client_hello.client_hello(HELLO)
    assert hello is not None
    assert hello.server_name == "pypi.example"
    assert client_hello.client_hello(said(None)) == client_hello.ClientHello("")


@given(st.integers(0, len(HELLO) - 1))
@example(5)
def test_an_incomplete_hello_is_none(end: int) -> None:
    assert client_hello.client_hello(HELLO[:end]) is None


@given(st.integers(1, 200), st.binary(max_size=20))
def test_a_hello_may_span_records(size: int, more: bytes) -> None:
    body = HELLO[5:]
    records = (body[at : at + size] for at in range(0, len(body), size))
    spread = b"".join(b"\x16\x03\x01" + len(record).to_bytes(2) + record for record in records)
    hello = client_hello.client_hello(spread + more)
    assert hello is not None
    assert hello.server_name == "pypi.example"


@given(st.binary(max_size=300))
@example(b"GET / HTTP/1.1\r\n\r\n")
@example(b"SSH-2.0-OpenSSH\r\n")
@example(b"\x16\x03\x01\x00\x00")
def test_other_bytes_raise_not_tls(data: bytes) -> None:
    try:
        hello = client_hello.client_hello(data)
    except NotTls:
        return
    assert hello is None or data[0] == 22


@given(st.integers(5, len(HELLO) - 1), st.integers(0, 255))
def test_a_damaged_hello_raises_only_not_tls(at: int, byte: int) -> None:
    try:
        client_hello.client_hello(HELLO[:at] + bytes([byte]) + HELLO[at + 1 :])
    except NotTls:
        return


def test_two_server_names_are_refused() -> None:
    def field(width: int, data: bytes) -> bytes:
        return len(data).to_bytes(width) + data

    names = field(2, b"".join(b"\0" + field(2, name) for name in (b"a.test", b"b.test")))
    body = b"\x03\x03" + bytes(32) + field(1, b"") + field(2, b"\x13\x01") + field(1, b"\0")
    body += field(2, b"\0\0" + field(2, names))
    handshake = b"\x01" + field(3, body)
    with pytest.raises(NotTls, match="more than one"):
        client_hello.client_hello(b"\x16\x03\x01" + field(2, handshake))
