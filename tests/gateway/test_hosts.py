import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.core import host_rules
from honk.core.errors import UsageError
from honk.core.host_rules import MalformedTarget, Pattern, Target

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=5).map(".".join)
PORT = st.integers(1, 65535)


@given(NAME, PORT)
def test_a_name_and_a_port_are_understood(name: str, port: int) -> None:
    assert host_rules.parse_target(f"{name.upper()}:{port}") == Target(name, port)
    assert host_rules.parse_target(name, 80) == Target(name, 80)


@given(st.ip_addresses(), PORT)
def test_an_address_has_one_form(address: host_rules.Address, port: int) -> None:
    written = f"[{address.exploded}]" if address.version == 6 else str(address)
    target = host_rules.parse_target(f"{written}:{port}")
    assert target.address == address
    assert host_rules.parse_target(str(target)) == target


@given(st.text(max_size=40))
def test_accepted_targets_are_canonical(text: str) -> None:
    try:
        target = host_rules.parse_target(text, 80)
    except MalformedTarget:
        return
    assert target.host == target.host.lower()
    assert target.host.isascii()
    assert not set(target.host) & set(" @/\\?#%[]\r\n\t\0")
    assert host_rules.parse_target(str(target)) == target
    assert 0 < target.port < 65536


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":443",
        "example.com",
        "example.com:",
        "example.com:0",
        "example.com:65536",
        "example.com:+80",
        "example.com:８０",
        "example.com.:443",
        ".example.com:443",
        "a..b:443",
        "-a.com:443",
        "user@example.com:443",
        "example.com@127.0.0.1:443",
        "example.com%00.evil.test:443",
        "example.com\0.evil.test:443",
        "example.com\r\nx: y:443",
        "exa mple.com:443",
        "example.com/..:443",
        "example.com#@127.0.0.1:443",
        "example.com\\@127.0.0.1:443",
        "ехample.com:443",
        "example。com:443",
        "①②⑦.0.0.1:443",
        "2130706433:443",
        "0x7f000001:443",
        "0x7f.1:443",
        "127.1:443",
        "127.0.0.01:443",
        "0177.0.0.1:443",
        "127.0.0.1.:443",
        "1.2.3.4.5:443",
        "256.1.1.1:443",
        "example.0x:443",
        "::1:443",
        "[::1:443",
        "[::1]443",
        "[fe80::1%eth0]:443",
        "[127.0.0.1]:443",
        "[]:443",
        f"{'a' * 64}.com:443",
        f"{'a.' * 127}com:443",
    ],
)
def test_ambiguous_targets_are_refused(text: str) -> None:
    with pytest.raises(MalformedTarget) as refused:
        host_rules.parse_target(text)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "2001::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
    ],
)
def test_private_addresses_are_not_reachable(text: str) -> None:
    assert not host_rules.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_reachable(text: str) -> None:
    assert host_rules.is_public(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_embedded_private_address_is_not_public(address: ipaddress.IPv4Address) -> None:
    if host_rules.is_public(address):
        return
    for prefix in ("::ffff:", "::", "64:ff9b::", "2002:"):
        number = int(address) if prefix != "2002:" else 0
        wrapped = (
            ipaddress.IPv6Address(int(ipaddress.IPv6Address(f"{prefix}0.0.0.0")) | number)
            if prefix != "2002:"
            else ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))
        )
        assert not host_rules.is_public(wrapped)


@given(NAME, NAME)
def test_a_domain_pattern_matches_subdomains_only(sub: str, domain: str) -> None:
    pattern = host_rules.parse_pattern(f"*.{domain}")
    assert pattern.matches(Target(f"{sub}.{domain}", 443))
    assert not pattern.matches(Target(domain, 443))
    assert not pattern.matches(Target(f"{sub}x{domain}", 443)) or f"{sub}x{domain}".endswith(f".{domain}")
    assert not pattern.matches(Target(f"{domain}.{sub}z", 443))


@given(NAME, NAME)
def test_an_exact_pattern_matches_itself_only(one: str, other: str) -> None:
    assert host_rules.parse_pattern(one.upper()).matches(Target(other, 443)) is (one == other)


def test_ports_are_those_of_the_web_unless_named() -> None:
    assert [port for port in (22, 80, 443, 8443) if Pattern("*").matches(Target("a", port))] == [80, 443]
    assert host_rules.parse_pattern("a:8443").matches(Target("a", 8443))
    assert not host_rules.parse_pattern("a:8443").matches(Target("a", 443))
    assert host_rules.parse_pattern("*:22").matches(Target("a", 22))
    assert host_rules.parse_pattern("[2606:4700::1111]").matches(Target("2606:4700::1111", 443))


def test_nothing_is_allowed_by_default() -> None:
    assert not host_rules.allowed((), Target("example.com", 443))


@pytest.mark.parametrize(
    "text", ["", "**", "*.", "a.*.b", "*a", "http://a", "a/b", "a:b", "a:99999", "*.1.1.1.1", "1.2"]
)
def test_a_malformed_entry_is_explained(text: str) -> None:
    with pytest.raises(UsageError, match=r"no entry for \[egress\]"):
        host_rules.parse_pattern(text)
