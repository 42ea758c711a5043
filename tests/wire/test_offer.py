# -*- test-case-name: tests.wire.test_offer -*-
"""
Tests for L{sslpool.wire.offer}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire.offer import LONGEST, WAKE, Offer, packOffer, peerText, unpackOffer

LINK_LOCAL = "fe80:1111:2222:3333:4444:5555:255.255.255.255%fifteencharname"


class OfferTests(SynchronousTestCase):
    """
    The message that goes with a socket.
    """

    @given(
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.ip_addresses(),
        st.integers(0, 65535),
    )
    def test_roundTrip(self, number: int, slot: int, port: int, host: object, peerPort: int) -> None:
        """
        What is packed is unpacked again, for IPv4 and IPv6.
        """
        message = packOffer(number, slot, port, str(host), peerPort)
        offer = unpackOffer(message)
        self.assertEqual((offer.number, offer.slot, offer.port), (number, slot, port))
        bracketed = f"[{host}]" if ":" in str(host) else str(host)
        self.assertEqual(peerText(offer.peer), f"{bracketed}:{peerPort}")
        self.assertLessEqual(len(message), LONGEST)
        self.assertNotEqual(message, WAKE)

    def test_longest(self) -> None:
        """
        The longest address that the system writes fits.
        """
        message = packOffer(1, 2, 3, LINK_LOCAL, 65535)
        self.assertLessEqual(len(message), LONGEST)
        self.assertEqual(peerText(unpackOffer(message).peer), f"[{LINK_LOCAL}]:65535")

    def test_tooShort(self) -> None:
        """
        What is too short is not an offer.
        """
        whole = packOffer(1, 2, 3, "", 4)
        self.assertEqual(unpackOffer(whole), Offer(1, 2, 3, b"\x00\x04"))
        for length in range(len(whole)):
            self.assertRaises(ValueError, unpackOffer, whole[:length])
