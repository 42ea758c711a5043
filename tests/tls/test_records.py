# -*- test-case-name: tests.tls.test_records -*-
"""
Tests for L{sslpool.tls.records}: both ways have to pass the same tests.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import direct, lib
from sslpool.tls.policy import Policy
from sslpool.tls.records import CLOSED, WANT_READ, WANT_WRITE, Records, public
from tests.sealing import Sealer13
from tests.server.ends import reset, somePayload, tcpPair
from tests.tls.meeting import Meeting, contextOf, meet, trusting

RECORD = 16384
SIZE = 4 * RECORD
POLICY = Policy()
SIZES = st.sampled_from([1, 2, 100, 16383, 16384, 16385, 32768, 49152, 50000])


class BothWays:
    """
    What either way must do; mixed into a test case for each.
    """

    way: Callable[[bytearray], Records]

    def setUp(self) -> None:
        """
        Have a buffer, and a session.
        """
        self.begin()

    def begin(self) -> None:
        """
        See L{setUp}; for tests that need more than one.
        """
        self.buffer = bytearray(SIZE)
        self.records = type(self).way(self.buffer)
        self.meeting = meet(POLICY)
        self.server = self.meeting.server
        self.asCase().addCleanup(self.meeting.close)

    def asCase(self) -> SynchronousTestCase:
        """
        Return the test case that this is.
        """
        assert isinstance(self, SynchronousTestCase)
        return self

    def receive(self, length: int) -> bytes:
        """
        Read until there are C{length} octets.
        """
        received = b""
        while len(received) < length:
            count = self.records.read(self.server, 0)
            assert 0 < count <= RECORD, count
            received += self.buffer[:count]
        return received

    def test_handshake(self) -> None:
        """
        The handshake says what it waits for, and when it is complete.
        """
        case = self.asCase()
        meeting = Meeting(makeAnchor(POLICY), contextOf(POLICY), trusting())
        case.addCleanup(meeting.close)
        case.assertEqual(self.records.handshake(meeting.server), WANT_READ)
        with case.assertRaises(ssl.SSLWantReadError):
            meeting.client.do_handshake()
        meeting.give()
        case.assertEqual(self.records.handshake(meeting.server), WANT_READ)
        meeting.take()
        meeting.client.do_handshake()
        meeting.give()
        case.assertEqual(self.records.handshake(meeting.server), 0)

    def test_nothingToRead(self) -> None:
        """
        Where nothing has come, or not all of a record, there is something to wait for.
        """
        case = self.asCase()
        case.assertEqual(self.records.read(self.server, 0), WANT_READ)
        self.meeting.client.write(b"data")
        record = self.meeting._outgoing.read()
        for place in range(len(record) - 1):
            self.meeting.far.send(record[place : place + 1])
            case.assertEqual(self.records.read(self.server, 0), WANT_READ)
        self.meeting.far.send(record[-1:])
        case.assertEqual(self.records.read(self.server, 0), 4)

    def test_read(self) -> None:
        """
        What the client sends comes out, a record at a time.
        """

        @settings(max_examples=40)
        @given(st.lists(SIZES, min_size=1, max_size=4))
        def anySizes(sizes: list[int]) -> None:
            for size in sizes:
                payload = somePayload(size)
                self.meeting.say(payload)
                self.asCase().assertTrue(self.receive(size) == payload)

        anySizes()

    def fill(self) -> tuple[bytes, int]:
        """
        Fill the buffer once; return what was delivered, and the code.
        """
        lengths: list[int] = []
        code = self.records.fill(self.server, self.meeting.near, lengths.append)
        return bytes(self.buffer[: sum(lengths)]), code

    def test_fill(self) -> None:
        """
        Filling and reading take turns as they like, and nothing is lost or changed.
        """

        @settings(max_examples=40)
        @given(st.lists(st.tuples(SIZES, st.booleans()), min_size=1, max_size=4))
        def anySizes(parts: list[tuple[int, bool]]) -> None:
            payload = b"".join(somePayload(size) for size, _ in parts)
            self.meeting.say(payload)
            received, turn = b"", 0
            while len(received) < len(payload):
                if parts[turn % len(parts)][1]:
                    received += self.fill()[0]
                else:
                    received += self.buffer[: max(0, self.records.read(self.server, 0))]
                turn += 1
            self.asCase().assertTrue(received == payload)

        anySizes()

    def test_fillWithParts(self) -> None:
        """
        A record that comes in parts is kept until it is complete, whoever reads the next part.
        """
        case = self.asCase()
        self.meeting.client.write(b"data")
        record = self.meeting._outgoing.read()
        case.assertEqual(self.fill(), (b"", WANT_READ))
        for place in range(len(record) - 1):
            self.meeting.far.send(record[place : place + 1])
            if place % 2:
                case.assertEqual(self.fill(), (b"", WANT_READ))
            else:
                case.assertEqual(self.records.read(self.server, 0), WANT_READ)
        self.meeting.far.send(record[-1:])
        case.assertEqual(self.fill(), (b"data", WANT_READ))

    def test_fillWithEnd(self) -> None:
        """
        What came before close_notify is delivered; then reading has ended, and writing has not.
        """
        case = self.asCase()
        self.meeting.say(bytes(40000))
        with case.assertRaises(ssl.SSLWantReadError):
            self.meeting.client.unwrap()
        self.meeting.give()
        received, code = b"", WANT_READ
        while code != CLOSED:
            more, code = self.fill()
            received += more
        case.assertEqual(received, bytes(40000))
        case.assertEqual(self.records.read(self.server, 0), CLOSED)
        self.buffer[:5] = b"reply"
        case.assertEqual(self.records.write(self.server, 0, 5), 5)
        self.meeting.listen()
        case.assertEqual(self.meeting.received, b"reply")

    def test_fillWithEndOfStream(self) -> None:
        """
        The end of the stream without close_notify is none that the library meets.
        """
        case = self.asCase()
        self.meeting.far.close()
        case.assertEqual(self.fill(), (b"", WANT_READ))

    def test_fillWithGarbage(self) -> None:
        """
        What came before something that is not a record is delivered, and the client gets the alert.
        """
        case = self.asCase()
        self.meeting.say(b"good")
        self.meeting.far.send(b"\x17\x03\x03\x00\x20" + bytes(32))
        lengths: list[int] = []

        def untilItFails() -> None:
            while True:
                self.records.fill(self.server, self.meeting.near, lengths.append)

        error = case.assertRaises(SSL.Error, untilItFails)
        case.assertTrue(error.args[0])
        case.assertEqual((lengths, bytes(self.buffer[:4])), ([4], b"good"))
        self.meeting.take()
        alert = case.assertRaises(ssl.SSLError, self.meeting.client.read)
        case.assertIn("BAD_RECORD_MAC", str(alert))

    def test_readOffset(self) -> None:
        """
        A record goes where it is wanted, up to the end of the buffer, and nothing else is touched.
        """
        case = self.asCase()
        self.buffer[:] = b"." * SIZE
        self.meeting.say(b"first")
        self.meeting.say(b"second")
        case.assertEqual(self.records.read(self.server, 10), 5)
        case.assertEqual(self.records.read(self.server, SIZE - 3), 3)
        case.assertEqual(self.buffer, b"." * 10 + b"first" + b"." * (SIZE - 18) + b"sec")
        case.assertEqual(self.records.read(self.server, 0), 3)
        case.assertEqual(self.buffer[:4], b"ond.")

    def test_write(self) -> None:
        """
        What is written arrives, wherever in the buffer it was.
        """

        @settings(max_examples=40)
        @given(st.lists(SIZES, min_size=1, max_size=4), st.integers(0, 100))
        def anySizes(sizes: list[int], offset: int) -> None:
            for size in sizes:
                payload = somePayload(size)
                self.buffer[offset : offset + size] = payload
                self.meeting.received = b""
                self.writeAll(offset, size)
                self.asCase().assertTrue(self.meeting.received == payload)

        anySizes()

    def writeAll(self, offset: int, size: int) -> None:
        """
        Write C{size} octets of the buffer; the client reads.
        """
        done = 0
        while done < size:
            count = self.records.write(self.server, offset + done, size - done)
            self.asCase().assertTrue(0 < count <= size - done)
            done += count
            self.meeting.listen()

    def test_full(self) -> None:
        """
        Where the client does not read, there is something to wait for; what was
        not taken is offered again from another place, and nothing is lost.
        """
        payload = somePayload(4 << 20)
        done = 0
        waited = False
        while done < len(payload):
            piece = payload[done : done + RECORD]
            self.buffer[: len(piece)] = piece
            count = self.records.write(self.server, 0, len(piece))
            if count == WANT_WRITE:
                waited = True
                self.meeting.listen()
                self.buffer[100 : 100 + len(piece)] = piece
                self.buffer[:100] = bytes(100)
                count = self.records.write(self.server, 100, len(piece))
            self.asCase().assertTrue(count > 0)
            done += count
        self.meeting.listen()
        self.asCase().assertTrue(waited)
        self.asCase().assertTrue(self.meeting.received == payload)

    def test_closed(self) -> None:
        """
        close_notify is the end of reading, again and again, and not of writing.
        """
        case = self.asCase()
        self.meeting.say(b"last")
        with case.assertRaises(ssl.SSLWantReadError):
            self.meeting.client.unwrap()
        self.meeting.give()
        case.assertEqual(self.records.read(self.server, 0), 4)
        for _ in range(2):
            case.assertEqual(self.records.read(self.server, 0), CLOSED)
        self.buffer[:5] = b"reply"
        case.assertEqual(self.records.write(self.server, 0, 5), 5)
        self.meeting.listen()
        case.assertEqual(self.meeting.received, b"reply")

    def test_canceled(self) -> None:
        """
        close_notify behind user_canceled (RFC 8446 section 6.1) is an end in order; user_canceled alone is none.
        """
        case = self.asCase()
        for alerts in ([(1, 90), (1, 0)], [(1, 90)]):
            context = trusting(ssl.TLSVersion.TLSv1_3)
            context.keylog_filename = case.mktemp()
            meeting = Meeting(makeAnchor(POLICY), contextOf(POLICY), context)
            case.addCleanup(meeting.close)
            while True:
                with contextlib.suppress(ssl.SSLWantReadError):
                    meeting.client.do_handshake()
                meeting.give()
                if self.records.handshake(meeting.server) == 0:
                    break
                meeting.take()
            with open(context.keylog_filename, encoding="ascii") as lines:
                secrets = dict(line.split()[::2] for line in lines if not line.startswith("#"))
            sealer = Sealer13(bytes.fromhex(secrets["CLIENT_TRAFFIC_SECRET_0"]))
            for alert in alerts:
                meeting.far.sendall(sealer.alert(*alert))
            meeting.far.shutdown(socket.SHUT_WR)
            if len(alerts) > 1:
                case.assertEqual(self.records.read(meeting.server, 0), CLOSED)
            else:
                case.assertRaises(SSL.Error, self.records.read, meeting.server, 0)

    def test_endOfStream(self) -> None:
        """
        The end of the stream without close_notify is a failure, after what came before it.
        """
        case = self.asCase()
        self.meeting.say(b"last")
        self.meeting.far.close()
        case.assertEqual(self.records.read(self.server, 0), 4)
        error = case.assertRaises(SSL.SysCallError, self.records.read, self.server, 0)
        case.assertEqual(error.args[0], -1)

    def test_endInHandshake(self) -> None:
        """
        The end of the stream in the handshake is a failure.
        """
        meeting = Meeting(makeAnchor(POLICY), contextOf(POLICY), trusting())
        self.asCase().addCleanup(meeting.close)
        meeting.far.close()
        self.asCase().assertRaises(SSL.SysCallError, self.records.handshake, meeting.server)

    def test_garbage(self) -> None:
        """
        What is not a record is a failure in the library's words.
        """
        self.meeting.far.send(b"GET / HTTP/1.1\r\n\r\n")
        error = self.asCase().assertRaises(SSL.Error, self.records.read, self.server, 0)
        self.asCase().assertTrue(error.args[0])

    def test_shutdown(self) -> None:
        """
        The client gets close_notify, and may go on sending.
        """
        case = self.asCase()
        case.assertEqual(self.records.shutdown(self.server), 0)
        self.meeting.take()
        case.assertEqual(self.meeting.client.read(), b"")
        self.meeting.say(b"reply")
        case.assertEqual(self.receive(5), b"reply")

    def test_shutdownFull(self) -> None:
        """
        Where there is no room for close_notify, it is sent later.
        """
        case = self.asCase()
        self.meeting.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sent = 0
        while (count := self.records.write(self.server, 0, 1)) > 0:
            sent += count
        # A record that was begun must be completed first.
        self.meeting.listen()
        case.assertEqual(self.records.write(self.server, 0, 1), 1)
        try:
            while True:
                self.meeting.near.send(b"")
                self.meeting.near.send(bytes(1))
        except BlockingIOError:
            pass
        case.assertEqual(self.records.shutdown(self.server), WANT_WRITE)

    def test_failureIsNotContagious(self) -> None:
        """
        Whatever a session fails with, the next one that has to wait just waits.
        """
        for fail in (self.failReading, self.failWriting, self.failShutting, self.failShaking):
            fail()
            self.begin()
            self.meeting.client.write(b"data")
            self.meeting.far.send(self.meeting._outgoing.read()[:9])
            self.asCase().assertEqual(self.records.read(self.server, 0), WANT_READ)

    def broken(self) -> SSL.Connection:
        """
        Return a TLS connection whose client has reset it.
        """
        far, near = tcpPair()
        self.asCase().addCleanup(near.close)
        connection = SSL.Connection(makeAnchor(POLICY), near)
        connection.set_context(contextOf(POLICY))
        connection.set_accept_state()
        client = trusting().wrap_socket(far, server_hostname="localhost", do_handshake_on_connect=False)
        while self.records.handshake(connection):
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
        reset(client)
        return connection

    def failReading(self) -> None:
        """
        Fail with a read.
        """
        error = self.asCase().assertRaises(SSL.SysCallError, self.records.read, self.broken(), 0)
        self.asCase().assertEqual(error.args[0], errno.ECONNRESET)

    def failWriting(self) -> None:
        """
        Fail with a write.
        """
        connection = self.broken()
        error = self.asCase().assertRaises(SSL.SysCallError, self.records.write, connection, 0, 5)
        self.asCase().assertIn(error.args[0], (errno.ECONNRESET, errno.EPIPE))

    def failShutting(self) -> None:
        """
        Fail with close_notify.
        """
        self.asCase().assertRaises(SSL.Error, self.records.shutdown, self.broken())

    def failShaking(self) -> None:
        """
        Fail with a handshake.
        """
        far, near = tcpPair()
        self.asCase().addCleanup(near.close)
        connection = SSL.Connection(makeAnchor(POLICY), near)
        connection.set_context(contextOf(POLICY))
        connection.set_accept_state()
        reset(far)
        self.asCase().assertRaises(SSL.Error, self.records.handshake, connection)


class DirectTests(BothWays, SynchronousTestCase):
    """
    The way over the binding's own functions.
    """

    way = staticmethod(direct)

    def test_abort(self) -> None:
        """
        The client gets a fatal alert, wherever between two records or within one the library is.
        """
        for beginning in (b"", b"\x17\x03\x03\x00\x40" + bytes(20)):
            self.setUp()
            self.meeting.far.send(beginning)
            self.assertEqual(self.records.read(self.server, 0), WANT_READ)
            self.assertEqual(self.records.abort(self.server, self.meeting.near), b"")
            self.assertRaisesRegex(ssl.SSLError, "(?i)alert", self.meeting.listen)

    def test_queueIsEmpty(self) -> None:
        """
        No failure leaves anything in the library's queue of errors.
        """
        for fail in (self.failReading, self.failWriting, self.failShutting, self.failShaking):
            fail()
            self.assertEqual(lib.ERR_peek_error(), 0)


class PublicTests(BothWays, SynchronousTestCase):
    """
    The way over pyOpenSSL's public calls.
    """

    way = staticmethod(public)
