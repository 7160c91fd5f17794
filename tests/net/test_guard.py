from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.net.guard import is_public

# Source: IANA special-purpose registries, read for this test and not taken from the code.
PRIVATE = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29", "198.18.0.0/15", "224.0.0.0/4"),
    *("240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32"),
    *("::/128", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64"),
    *("2001::/32", "2001:db8::/32", "2002::/16", "64:ff9b::/96", "64:ff9b:1::/48"),
]


@st.composite
def private_addresses(draw: st.DrawFn) -> str:
    network = ip_network(draw(st.sampled_from(PRIVATE)))
    return str(network[draw(st.integers(0, network.num_addresses - 1))])


@given(private_addresses())
def test_no_address_of_a_private_network_is_public(address: str) -> None:
    assert not is_public(address)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::ffff:0:0", "::", "64:ff9b::", "2002::"]))
def test_no_ipv6_address_that_carries_an_ipv4_one_is_public(number: int, prefix: str) -> None:
    shift = 80 if prefix == "2002::" else 0
    assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) | number << shift)))


@given(st.integers(0, 2**32 - 1))
def test_public_ipv4_address_is_global_for_python_too(number: int) -> None:
    address = IPv4Address(number)
    assert not is_public(str(address)) or address.is_global


@given(st.integers(0, 2**128 - 1))
def test_public_ipv6_address_is_global_unicast(number: int) -> None:
    address = IPv6Address(number)
    assert not is_public(str(address)) or address in ip_network("2000::/3")


@given(st.text())
def test_what_is_no_address_is_not_public(text: str) -> None:
    if not text.strip("0123456789abcdefABCDEF:."):
        return
    assert not is_public(text)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001::200e"]
)
def test_addresses_of_the_web_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "fe80::1%lo"]
)
def test_metadata_services_of_clouds_are_not_public(address: str) -> None:
    assert not is_public(address)
