"""Which header fields a proxy must not pass on: RFC 9110 section 7.6.1."""

from collections.abc import Iterable

_ALWAYS = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
    }
)


def hop_by_hop(connection: Iterable[str]) -> frozenset[str]:
    """The hop-by-hop fields, in lower case, of a message whose Connection fields have the values `connection`.

    Transfer-Encoding is left to the caller: whether it is dropped depends on how the body is sent on.
    """
    return _ALWAYS | {token.strip().lower() for value in connection for token in value.split(",")}
