"""
Tests for L{sslpool.config.values}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.values import (
    hostAndPort,
    ipAddress,
    isDestination,
    isLabel,
    isUserid,
    listeningAddress,
    loopback,
    number,
    overlap,
    size,
    upperCase,
)


class ValueTests(SynchronousTestCase):
    """
    What is a value, and what is not.
    """

    def test_upperCase(self) -> None:
        """
        ASCII letters are in upper case; a letter of another alphabet stays what it is, also where Unicode
        would make one of ours of it, or two.
        """
        self.assertEqual(upperCase("tcpmaint0@#$_"), "TCPMAINT0@#$_")
        self.assertEqual(upperCase("stra\u00dfe \u0131ris \u017fys \u00e4"), "STRA\u00dfE \u0131RIS \u017fYS \u00e4")

    @given(st.text())
    def test_noOtherName(self, text: str) -> None:
        """
        No two words become the same but those that differ in the case of ASCII letters.
        """
        folded = upperCase(text)
        self.assertEqual([each for each in folded if not each.isascii()], [each for each in text if not each.isascii()])
        self.assertEqual(len(folded), len(text))

    def test_numbers(self) -> None:
        """
        A number is ASCII digits within its bounds; other digits, signs and very long words are none.
        """
        self.assertEqual([number(text, 1, 100) for text in ("1", "0100", "100")], [1, 100, 100])
        for text in ("0", "101", "", "-1", "+1", "1_0", "٣", "²", "9" * 10_000):
            self.assertIsNone(number(text, 1, 100), text)

    def test_labels(self) -> None:
        """
        A label has one to eight upper-case letters or digits.
        """
        self.assertTrue(isLabel("WEBCERT1"))
        for text in ("", "webcert", "WEBCERT12", "WEB-CERT", "É", "A\n"):
            self.assertFalse(isLabel(text), text)

    def test_userids(self) -> None:
        """
        A userid has one to eight characters, of any case.
        """
        self.assertTrue(isUserid("ftpserve"))
        for text in ("", "80", "NINECHARS", "A B", "SSL*", "É"):
            self.assertFalse(isUserid(text), text)

    def test_addresses(self) -> None:
        """
        An address is brought into its usual form, and only IPv6 ones may have brackets.
        """
        self.assertEqual(ipAddress("192.0.2.1"), "192.0.2.1")
        self.assertEqual(ipAddress("[2001:DB8:0:0::1]"), "2001:db8::1")
        for text in ("", "localhost", "192.0.2.256", "[192.0.2.1]", "1", ":" * 10_000):
            self.assertIsNone(ipAddress(text), text)

    def test_listening(self) -> None:
        """
        A mapped address is the IPv4 address, whatever its spelling; a zone stays; nobody can connect to others.
        """
        for text in ("::ffff:127.0.0.1", "::FFFF:7f00:1", "127.0.0.1"):
            self.assertEqual(listeningAddress(text), "127.0.0.1")
        self.assertEqual(listeningAddress("0:0:0:0:0:0:0:1"), "::1")
        self.assertEqual(listeningAddress("FE80::1%eth0"), "fe80::1%eth0")
        for text in ("fe80::1", "224.0.0.1", "ff02::1%eth0", "255.255.255.255", "::ffff:224.0.0.1", "localhost"):
            self.assertRaises(ValueError, listeningAddress, text)

    def test_overlap(self) -> None:
        """
        What cannot be listened on side by side, either way round: as the system has it.
        """
        for first, second, expected in (
            ("0.0.0.0", "127.0.0.1", True),
            ("::", "::1", True),
            ("::1", "::1", True),
            (None, "::1", True),
            (None, None, True),
            ("::", "127.0.0.1", False),
            ("0.0.0.0", "::", False),
            ("127.0.0.1", "127.0.0.2", False),
            ("fe80::1%eth0", "fe80::1%eth1", False),
        ):
            self.assertIs(overlap(first, second), expected, (first, second))
            self.assertIs(overlap(second, first), expected, (second, first))

    def test_loopback(self) -> None:
        """
        What is this machine by its loopback interface, names included.
        """
        self.assertEqual(loopback("LOCALHOST"), ("127.0.0.1", "::1"))
        self.assertEqual(loopback("app.localhost"), ("127.0.0.1", "::1"))
        self.assertEqual([loopback(host) for host in ("127.0.0.9", "::1")], [("127.0.0.9",), ("::1",)])
        itself = [loopback(host) for host in ("0.0.0.0", "::", "::ffff:127.0.0.1")]
        self.assertEqual(itself, [("127.0.0.1",), ("::1",), ("127.0.0.1",)])
        self.assertEqual([loopback(host) for host in ("app.example", "192.0.2.1")], [(), ()])

    def test_hostAndPort(self) -> None:
        """
        Host and port are taken apart, with brackets around an IPv6 address.
        """
        self.assertEqual(hostAndPort("app.example:80"), ("app.example", 80))
        self.assertEqual(hostAndPort("[::1]:8080"), ("::1", 8080))
        for text in ("", "80", "host", "host:", "host:0", "host:65536", "::1:80", "[x]:80", "a b:80", ":80"):
            self.assertIsNone(hostAndPort(text), text)

    def test_destinations(self) -> None:
        """
        Cleartext goes to host and port or to an absolute path that a socket address can hold.
        """
        self.assertTrue(isDestination("/run/app.sock"))
        self.assertTrue(isDestination("127.0.0.1:8080"))
        for text in ("", "run/app.sock", "/" + "x" * 107, "/a\0b"):
            self.assertFalse(isDestination(text), text)

    def test_sizes(self) -> None:
        """
        Sizes are a number and one of K, M, G and T.
        """
        self.assertEqual([size("1K"), size("256m"), size("2G")], [1024, 256 << 20, 2 << 30])
        for text in ("", "256", "M", "1.5G", "9" * 10_000 + "M"):
            self.assertIsNone(size(text), text)

    @given(st.text())
    def test_anything(self, text: str) -> None:
        """
        No text makes any of them raise.
        """
        for look in (isLabel, isUserid, ipAddress, hostAndPort, isDestination, size):
            look(text)
        number(text, 0, 9)
