# -*- test-case-name: tests.tls.test_clienthello -*-
"""
Tests for L{sslpool.tls.clienthello}.
"""

from __future__ import annotations

import contextlib
import ssl

from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.clienthello import LONGEST, NAMELESS, Hello, Offer, readHello, readOffer
from sslpool.tls.policy import Policy
from tests.tls.meeting import helloOf, meet, trusting

NAME = "www.example.com"


def pythons(name: str | None) -> bytes:
    """
    Return the first message of Python's own TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def librarys(name: str | None) -> bytes:
    """
    Return the first message of the product's own library, which has a large key share.
    """
    client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    client.set_connect_state()
    if name is not None:
        client.set_tlsext_host_name(name.encode("ascii"))
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    return client.bio_read(1 << 16)


def split(octets: bytes, *lengths: int) -> bytes:
    """
    Return the same message in several records.
    """
    head, body = octets[:3], octets[5:]
    records = b""
    for length in (*lengths, len(body)):
        part, body = body[:length], body[length:]
        records += head + len(part).to_bytes(2) + part
    return records


class HelloTests(SynchronousTestCase):
    """
    First messages.
    """

    def test_name(self) -> None:
        """
        The name of real clients is found, in lower case.
        """
        for hello in (pythons(NAME), librarys(NAME), librarys("WWW.Example.COM")):
            self.assertEqual(readHello(hello), Hello(0, NAME))
            self.assertEqual(readHello(hello + b"more"), Hello(0, NAME))

    def test_nameless(self) -> None:
        """
        A client may ask for none.
        """
        for hello in (pythons(None), librarys(None)):
            self.assertEqual(readHello(hello), NAMELESS)

    def test_dot(self) -> None:
        """
        A dot at the end of the name, which is not allowed, does not count.
        """
        self.assertEqual(readHello(librarys(NAME + ".")).name, NAME)

    def test_piecemeal(self) -> None:
        """
        However it is cut, so many octets are asked for as are needed, never more than there will be.
        """
        for hello in (pythons(NAME), librarys(NAME), split(librarys(NAME), 1, 2, 3, 200)):
            length, asked = 0, 0
            while (found := readHello(hello[:length])).needed:
                self.assertGreater(found.needed, length)
                self.assertLessEqual(found.needed, len(hello))
                length = found.needed
                asked += 1
            self.assertEqual((found.name, length), (NAME, len(hello)))
            for length in range(len(hello)):
                self.assertTrue(readHello(hello[:length]).needed)
            self.assertLess(asked, 20)

    def test_offer(self) -> None:
        """
        A ticket of TLS 1.2 is found, as is whether TLS 1.3 is offered.
        """
        self.assertEqual(readOffer(librarys(NAME)), Offer(b"", True))
        older = trusting(ssl.TLSVersion.TLSv1_2)
        session = meet(Policy(), older).client.session
        assert session is not None
        found = readOffer(helloOf(older, session))
        self.assertEqual((len(found.ticket) > 100, found.modern), (True, False))
        self.assertEqual(readOffer(helloOf(older, None)), Offer())
        modern = trusting(ssl.TLSVersion.TLSv1_3)
        self.assertEqual(readOffer(helloOf(modern, meet(Policy(), modern).client.session)), Offer(b"", True))

    def test_otherwise(self) -> None:
        """
        What is no first message is left to the library.
        """
        hello = librarys(NAME)
        for octets in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x80\x2e\x01\x03\x01\x00\x15",
            b"\x16\x03\x01\x00\x00\x16\x03\x01\x00\x05abcde",
            b"\x16\x03\x01\x00\x05\x02\x00\x00\x00\x00",
            b"\x16\x03\x01\xff\xff",
            b"\x15\x03\x01\x00\x02\x02\x28",
            hello[:5] + b"\x01\x00\x00\x04" + b"\x03\x03\x00\x00" + hello[13:],
        ):
            self.assertEqual(readHello(octets), NAMELESS, octets[:20])
            self.assertEqual(readOffer(octets), Offer(), octets[:20])

    def test_tooLong(self) -> None:
        """
        Nobody is waited for who announces more than is looked at.
        """
        body = b"\x01\xff\xff\xff" + bytes(4000)
        record = b"\x16\x03\x01" + len(body).to_bytes(2) + body
        found = readHello(record)
        while found.needed:
            self.assertLessEqual(found.needed, LONGEST)
            record += b"\x16\x03\x01\x10\x00" + bytes(4096)
            found = readHello(record)
        self.assertEqual(found, NAMELESS)

    @settings(max_examples=300)
    @given(st.binary(max_size=600))
    def test_anything(self, octets: bytes) -> None:
        """
        Whatever comes is understood or not, and never raises.
        """
        readHello(octets)
        readOffer(octets)
        readHello(b"\x16\x03\x01" + len(octets).to_bytes(2) + octets)

    @settings(max_examples=300)
    @given(st.data())
    def test_mutated(self, data: st.DataObject) -> None:
        """
        Nor does a real message with an octet changed.
        """
        hello = bytearray(MESSAGE)
        hello[data.draw(st.integers(0, len(hello) - 1))] = data.draw(st.integers(0, 255))
        found = readHello(bytes(hello))
        self.assertTrue(found.needed <= LONGEST and found.name.isprintable() and found.name.isascii())


MESSAGE = pythons(NAME)
