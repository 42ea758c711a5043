# -*- test-case-name: tests.tracing.test_selectors -*-
"""
Tests for L{sslpool.tracing.selectors}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tracing.selectors import ALL, Selector, parseSelector


class ParseTests(SynchronousTestCase):
    """
    What operators type.
    """

    def test_forms(self) -> None:
        """
        All, an address, a port, both, and a connection number; a port may follow two dots, which an IPv6 address needs.
        """
        for word, expected in (
            ("all", ALL),
            ("17", Selector(number=17)),
            ("17.2", Selector(number=17 + (2 << 32))),
            ("192.0.2.1", Selector("192.0.2.1")),
            (":443", Selector(port=443)),
            ("..443", Selector(port=443)),
            (":..443", Selector(port=443)),
            ("192.0.2.1:443", Selector("192.0.2.1", 443)),
            ("192.0.2.1..443", Selector("192.0.2.1", 443)),
            ("2001:DB8::1", Selector("2001:db8::1")),
            ("2001:db8:0::1..443", Selector("2001:db8::1", 443)),
            ("[2001:db8::1]:443", Selector("2001:db8::1", 443)),
            ("::ffff:192.0.2.1", Selector("192.0.2.1")),
        ):
            self.assertEqual(parseSelector(word), expected, word)

    def test_nothing(self) -> None:
        """
        What selects nothing that there could be is refused.
        """
        for word in ("", "x", ":", "..", "1.2.3", "1.2.3.4:0", "1.2.3.4:65536", ":x", "x:1", "::1..x", "1.2.3.4:"):
            self.assertIsNone(parseSelector(word), word)

    @given(st.ip_addresses(), st.none() | st.integers(1, 65535))
    def test_readBack(self, address: object, port: int | None) -> None:
        """
        A selector, written as text, is read as the same.
        """
        plain = parseSelector(str(address))
        assert plain is not None
        for selector in (plain, Selector(plain.address, port), Selector(port=port) if port else ALL):
            self.assertEqual(parseSelector(str(selector)), selector)


class MatchTests(SynchronousTestCase):
    """
    Which connections are meant.
    """

    def test_matches(self) -> None:
        """
        An address is the client's; a port is the secure one or the client's.
        """
        for word, number, client, local, expected in (
            ("ALL", 1, "192.0.2.1:5000", "0.0.0.0:443", True),
            ("1", 1, "192.0.2.1:5000", "0.0.0.0:443", True),
            ("1", 11, "192.0.2.1:5000", "0.0.0.0:443", False),
            ("192.0.2.1", 1, "192.0.2.1:5000", "0.0.0.0:443", True),
            ("192.0.2.1", 1, "192.0.2.11:5000", "0.0.0.0:443", False),
            ("0.0.0.0", 1, "192.0.2.1:5000", "0.0.0.0:443", False),
            (":443", 1, "192.0.2.1:5000", "0.0.0.0:443", True),
            (":5000", 1, "192.0.2.1:5000", "0.0.0.0:443", True),
            (":44", 1, "192.0.2.1:5000", "0.0.0.0:443", False),
            ("192.0.2.1:443", 1, "192.0.2.1:5000", "0.0.0.0:443", True),
            ("192.0.2.2:443", 1, "192.0.2.1:5000", "0.0.0.0:443", False),
            ("192.0.2.1:444", 1, "192.0.2.1:5000", "0.0.0.0:443", False),
            ("2001:db8:0::1..443", 1, "[2001:db8::1]:5000", "[::]:443", True),
            ("2001:db8::1", 1, "[2001:db8::2]:5000", "[::]:443", False),
        ):
            selector = parseSelector(word)
            assert selector is not None
            self.assertEqual(selector.matches(number, client, local), expected, word)
