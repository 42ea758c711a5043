"""
Tests of L{sslpool.keydb.alternatives}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.alternatives import Alternative, alternativesOf
from sslpool.keydb.armor import enclosed
from tests.derwriting import CN, UTF8, alternatives, name


class AlternativeTests(SynchronousTestCase):
    """
    One name, and several.
    """

    def test_kinds(self) -> None:
        """
        Each kind is shown; what decides is of a kind by which something is decided, and as it has to be.
        """
        other = bytes.fromhex("060a2b060104018237140203") + enclosed(0xA0, enclosed(UTF8, b"a"))
        for tag, octets, shown, value in (
            (0x82, b"www.example.com", "DNS:www.example.com", "www.example.com"),
            (0x82, b"*.example.com", "DNS:*.example.com", "*.example.com"),
            (0x82, "grün.example".encode(), "DNS:#6772c3bc6e2e6578616d706c65", None),
            (0x82, b"a.example\0.b", "DNS:#612e6578616d706c65002e62", None),
            (0x82, b"", "DNS:#", None),
            (0x82, b" ", "DNS:#20", None),
            (0x81, b"a@example.com", "email:a@example.com", "a@example.com"),
            (0x86, b"spiffe://a/b", "URI:spiffe://a/b", "spiffe://a/b"),
            (0x86, b"a\nb", "URI:#610a62", None),
            (0x87, bytes([192, 0, 2, 1]), "IP:192.0.2.1", "192.0.2.1"),
            (0x87, bytes(15) + b"\1", "IP:::1", "::1"),
            (0x87, bytes(5), "IP:#0000000000", None),
            (0x88, bytes.fromhex("2a0304"), "RID:1.2.3.4", None),
            (0x88, b"\x88", "RID:#88", None),
            (0xA0, other, f"otherName:#{other.hex()}", None),
            (0xA3, b"\x30\0", "X400Name:#3000", None),
            (0xA4, name((CN, UTF8, b"a,b")), "dirName:CN=a\\,b", None),
            (0xA4, b"x", "dirName:#78", None),
            (0xA5, b"", "EdiPartyName:#", None),
            (0x89, b"x", "[9]:#78", None),
        ):
            found = Alternative(tag, octets)
            self.assertEqual((found.shown, found.value), (shown, value))

    def test_several(self) -> None:
        """
        One that is odd spoils no other.
        """
        names = ((0x82, b"\xff"), (0xA3, b""), (0x82, b"a"), (0x87, b"a"))
        self.assertEqual(alternativesOf(alternatives(*names)[2]), tuple(Alternative(*each) for each in names))

    @given(st.binary(max_size=30))
    def test_anything(self, octets: bytes) -> None:
        """
        Whatever there is, is read or refused; and what is read is shown.
        """
        for each in (octets, enclosed(0x30, octets)):
            try:
                found = alternativesOf(each)
            except ValueError:
                continue
            for alternative in found:
                self.assertTrue(alternative.shown.isprintable())
