"""
Tests for L{sslpool.config.networks}.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.networks import Networks, addressOf, isMask, network


class NetworkTests(SynchronousTestCase):
    """
    What an operator writes.
    """

    def test_forms(self) -> None:
        """
        Addresses, lengths and masks; what is mapped to IPv6 is IPv4.
        """
        for text, found in (
            ("192.0.2.7", "192.0.2.7/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("[2001:DB8::1]", "2001:db8::1/128"),
            ("[2001:db8::]/32", "2001:db8::/32"),
            ("::ffff:10.1.0.0/112", "10.1.0.0/16"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ):
            self.assertEqual(network(text), found)

    def test_behindTheMask(self) -> None:
        """
        An address in a network is not taken for the network, which is named.
        """
        error = self.assertRaises(ValueError, network, "10.1.2.3/8")
        self.assertEqual(str(error), "it is an address in a network, which is 10.0.0.0/8")

    def test_others(self) -> None:
        """
        Nothing else is a network.
        """
        masks = ("10.0.0.0/33", "10.0.0.0/255.0.255.0", "255.255.0.0")
        for text in ("", "/8", "example.org", "fe80::1%eth0", "1" * 200, "10", *masks):
            self.assertRaises(ValueError, network, text)

    def test_mask(self) -> None:
        """
        A mask that stands by itself is one of IPv4, and no address that a client has.
        """
        for text, found in (("255.255.255.0", True), ("255.0.255.0", False), ("192.0.2.0", False), ("x", False)):
            self.assertEqual(isMask(text), found, text)


class ContainingTests(SynchronousTestCase):
    """
    Whether an address is in a network.
    """

    def test_address(self) -> None:
        """
        Zones do not count, and IPv4 is IPv4 also where it is mapped.
        """
        self.assertEqual(addressOf("::ffff:192.0.2.1"), addressOf("192.0.2.1"))
        self.assertEqual(addressOf("192.0.2.1"), (4, 0xC0000201))
        self.assertEqual(addressOf("fe80::1%eth0"), (6, 0xFE80 << 112 | 1))

    def test_none(self) -> None:
        """
        No network has any address; the networks of one version have none of the other.
        """
        self.assertNotIn(addressOf("192.0.2.1"), Networks(()))
        self.assertNotIn(addressOf("::1"), Networks(("0.0.0.0/0",)))
        self.assertNotIn(addressOf("192.0.2.1"), Networks(("::/0",)))

    @given(some.lists(some.tuples(some.ip_addresses(), some.integers(0, 128))), some.ip_addresses(), some.data())
    def test_asTheLibrary(self, pairs: list[tuple[object, int]], other: object, data: some.DataObject) -> None:
        """
        It is as the standard library has it, network by network.
        """
        known = [
            ip_network(f"{address}/{min(length, ip_address(str(address)).max_prefixlen)}", strict=False)
            for address, length in pairs
        ]
        near = [str(each.network_address) for each in known] + [str(each.broadcast_address) for each in known]
        address = ip_address(data.draw(some.sampled_from([*near, str(other)])))
        found = addressOf(str(address)) in Networks(map(network, map(str, known)))
        self.assertEqual(found, any(_plain(address) in each for each in map(_plainly, known)))


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _plainly(known: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    return ip_network(network(str(known)))
