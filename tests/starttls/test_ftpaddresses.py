"""
Tests for L{sslpool.starttls.ftpaddresses}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.ftpaddresses import Place, activeCommand, ofEprt, ofPort, passiveReply, portOfReply, sameHost


class AddressTests(SynchronousTestCase):
    """
    Places as FTP writes them.
    """

    def test_port(self) -> None:
        """
        PORT has six numbers of one octet each, and a port that is one.
        """
        self.assertEqual(ofPort(b"192,0,2,1,4,1"), Place("192.0.2.1", 1025))
        for argument in (b"", b"192,0,2,1,4", b"192,0,2,256,4,1", b"192,0,2,1,0,0", b"192,0,2,1,4,1,1", b"a,0,2,1,4,1"):
            self.assertIsNone(ofPort(argument), argument)

    def test_eprt(self) -> None:
        """
        EPRT has a family, an address of that family and a port, in any delimiters.
        """
        self.assertEqual(ofEprt(b"|1|192.0.2.1|1025|"), Place("192.0.2.1", 1025))
        self.assertEqual(ofEprt(b"!2!2001:DB8::1!1025!"), Place("2001:db8::1", 1025))
        for argument in (
            b"",
            b"|1|192.0.2.1|1025",
            b"|2|192.0.2.1|1025|",
            b"|1|2001:db8::1|1025|",
            b"|2|fe80::1%1|1025|",
            b"|1|192.0.2.1|0|",
            b"|1|192.0.2.1|65536|",
            b"|1|localhost|1025|",
            b"|1|192.0.2.1|1025||",
            b"|1|\xff|1025|",
        ):
            self.assertIsNone(ofEprt(argument), argument)
        self.assertRaises(LookupError, ofEprt, b"|3|192.0.2.1|1025|")

    def test_replies(self) -> None:
        """
        The port is found in replies as servers write them; what is none is not taken for one.
        """
        for code, reply, expected in [
            (227, b"227 Entering Passive Mode (192,0,2,7,7,208).\r\n", 2000),
            (227, b"227 =192,0,2,7,7,208\r\n", 2000),
            (227, b"227-Listening\r\n227 on 192,0,2,7,7,208\r\n", 2000),
            (227, b"227 Entering Passive Mode\r\n", None),
            (227, b"227 (192,0,2,7,7,208,1)\r\n", None),
            (227, b"227 (192,0,2,7,300,208)\r\n", None),
            (229, b"229 Entering Extended Passive Mode (|||2000|)\r\n", 2000),
            (229, b"229 (!!!2000!)\r\n", 2000),
            (229, b"229 (|||0|)\r\n", None),
            (229, b"229 (|||70000|)\r\n", None),
            (229, b"229 (|1||2000|)\r\n", None),
        ]:
            self.assertEqual(portOfReply(code, reply), expected, reply)

    @given(st.ip_addresses(), st.integers(1, 65535))
    def test_roundTrip(self, host: object, port: int) -> None:
        """
        What is written is read again as it was.
        """
        place = Place(str(host), port)
        verb, _, argument = activeCommand(place).rstrip().partition(b" ")
        self.assertEqual(ofPort(argument) if verb == b"PORT" else ofEprt(argument), place)
        self.assertEqual(portOfReply(229, passiveReply(229, place)), port)
        if verb == b"PORT":
            self.assertEqual(portOfReply(227, passiveReply(227, place)), port)

    def test_sameHost(self) -> None:
        """
        Addresses are compared, not how they are written.
        """
        self.assertTrue(sameHost("2001:db8::1", "2001:0DB8:0::0:1"))
        self.assertFalse(sameHost("192.0.2.1", "192.0.2.10"))
