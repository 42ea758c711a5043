# -*- test-case-name: tests.tls.test_clienthello -*-
"""
Tests for L{sslpool.tls.clienthello}.
"""

from __future__ import annotations

import ssl

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.clienthello import LONGEST, NAMELESS, WIDEST, Hello, readHello
from sslpool.tls.policy import Policy
from tests.tls.hellos import NAME, asking, clientHello, inRecords, librarys, pythons, split, vector
from tests.tls.meeting import helloOf, meet, trusting


class HelloTests(SynchronousTestCase):
    """
    First messages.
    """

    def test_name(self) -> None:
        """
        The name of real clients is found, in lower case.
        """
        for hello in (pythons(NAME), librarys(NAME), librarys("WWW.Example.COM")):
            found = readHello(hello)
            self.assertEqual((found.needed, found.understood, found.name), (0, True, NAME))
            self.assertEqual(readHello(hello + b"more"), found)

    def test_nameless(self) -> None:
        """
        A client may ask for none.
        """
        for hello in (pythons(None), librarys(None)):
            found = readHello(hello)
            self.assertEqual((found.needed, found.understood, found.name), (0, True, ""))

    def test_dot(self) -> None:
        """
        A dot at the end of the name, which is not allowed, does not count.
        """
        self.assertEqual(readHello(librarys(NAME + ".")).name, NAME)

    def lookedAt(self, hello: bytes) -> tuple[Hello, int]:
        """
        Have a message come as it is asked for, never more than there will be; return what is known of it, and how
        often it was looked at.
        """
        found, asked = readHello(b""), 1
        while found.needed:
            length = found.needed
            self.assertLessEqual(length, len(hello))
            again, found = readHello(hello[:length]), readHello(hello[:length], found)
            self.assertEqual(found, again)
            self.assertTrue(found.needed > length or not found.needed)
            asked += 1
        return found, asked

    def test_piecemeal(self) -> None:
        """
        However it is cut, so many octets are asked for as are needed.
        """
        for hello in (pythons(NAME), librarys(NAME), split(librarys(NAME), 1, 2, 3, 200)):
            found, asked = self.lookedAt(hello)
            self.assertEqual((found.understood, found.name), (True, NAME))
            self.assertLess(asked, 20)
            for length in range(len(hello)):
                self.assertTrue(readHello(hello[:length]).needed)

    def test_long(self) -> None:
        """
        The longest message is read in records of nearly any size; in tiny ones as much as is looked at with their
        headers.  It is looked at some dozens of times, however small they are.
        """
        for length, sizes, most in (
            (LONGEST, (1 << 14,), 10),
            (LONGEST, (1000, 7, 16_000), 20),
            (LONGEST, (11,), 20),
            (WIDEST // 6, (1,), 60),
        ):
            named = clientHello((0, vector(b"\0" + vector(NAME.encode("ascii")))), length=length)
            found, asked = self.lookedAt(inRecords(named, *sizes))
            self.assertEqual((len(named), found.understood, found.name), (length, True, NAME), sizes)
            self.assertLess(asked, most, sizes)

    def test_tickets(self) -> None:
        """
        A ticket of TLS 1.2 is found, as is whether TLS 1.3 is offered.
        """

        def offered(hello: bytes) -> tuple[bool, bool]:
            found = readHello(hello)
            return len(found.ticket) > 100, found.modern

        self.assertEqual(offered(librarys(NAME)), (False, True))
        older = trusting(ssl.TLSVersion.TLSv1_2)
        session = meet(Policy(), older).client.session
        assert session is not None
        self.assertEqual(offered(helloOf(older, session)), (True, False))
        self.assertEqual(offered(helloOf(older, None)), (False, False))
        modern = trusting(ssl.TLSVersion.TLSv1_3)
        self.assertEqual(offered(helloOf(modern, meet(Policy(), modern).client.session)), (False, True))

    def test_lists(self) -> None:
        """
        Groups and signature algorithms are those that the client names; none are known where it names none.
        """
        found = readHello(inRecords(clientHello((10, vector(b"\0\x17\0\x1d")), (13, vector(b"\4\3\x0a\x0a"))), 99))
        self.assertEqual((found.groups, found.signatures), ({23, 29}, {0x0403, 0x0A0A}))
        self.assertEqual(readHello(inRecords(clientHello(), 99)), asking())
        found = readHello(pythons(NAME))
        self.assertTrue(found.groups is not None and 29 in found.groups)
        self.assertTrue(found.signatures is not None and 0x0804 in found.signatures)

    def test_withoutExtensions(self) -> None:
        """
        A client of old may have no extensions at all.
        """
        body = clientHello()[4:-2]
        self.assertEqual(readHello(inRecords(b"\1" + vector(body, 3), 99)), asking())

    def test_malformed(self) -> None:
        """
        A message that ends too early, or whose lists do not fill their extension's halves, is not understood.
        """
        whole = clientHello((10, vector(b"\0\x17")))
        for length in range(4, len(whole) - 1):
            body = whole[4:length]
            if body != clientHello()[4:-2]:
                self.assertEqual(readHello(inRecords(b"\1" + vector(body, 3), 999)), NAMELESS, length)
        for extension in ((10, vector(b"\0")), (13, b"\0"), (43, b""), (0, b"\0\0"), (0, vector(b"\0\0\\9a"))):
            self.assertEqual(readHello(inRecords(clientHello(extension), 999)), NAMELESS, extension)

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

    def test_tooLong(self) -> None:
        """
        Nobody is waited for who announces more than is looked at, or sends it in records that are too small.
        """
        for length in (LONGEST - 3, 0xFFFFFF):
            octets = b"\x16\x03\x01\0\4\1" + length.to_bytes(3)
            self.assertEqual(readHello(octets), Hello(tooLong=True))
        self.assertTrue(readHello(b"\x16\x03\x01\0\4\1" + (LONGEST - 4).to_bytes(3)).needed)
        found, _ = self.lookedAt(inRecords(clientHello(length=WIDEST // 6 + 1), 1))
        self.assertEqual(found, Hello(tooLong=True))

    @settings(max_examples=300)
    @given(st.binary(max_size=600))
    def test_anything(self, octets: bytes) -> None:
        """
        Whatever comes is understood or not, and never raises.
        """
        readHello(octets)
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
