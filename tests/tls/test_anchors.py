# -*- test-case-name: tests.tls.test_anchors -*-
"""
Tests for L{sslpool.tls.anchors}: sessions that go from one process to another.
"""

from __future__ import annotations

import os
import socket
import ssl
import weakref

from attrs import define
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.anchors import SHORTEST_PERIOD, AnchorRing, makeAnchor
from sslpool.tls.clienthello import NAMELESS, readHello
from sslpool.tls.policy import Policy
from sslpool.wire.cachebook import KEPT
from tests.tls.meeting import VERSIONS, contextOf, helloOf, meet, trusting

POLICY = Policy()
DAY = 86400.0
PATIENCE = 10.0


def serveOne(connection: SSL.Connection) -> None:
    """
    Be a server for one client that says something, and end.
    """
    connection.set_accept_state()
    connection.do_handshake()
    connection.recv(16)
    connection.send(b"welcome")


class Process:
    """
    A process like a server's: it has inherited a ring, and makes its own label contexts.

    @param times: what the ring's clock says when each of its clients comes.
    """

    def __init__(self, test: SynchronousTestCase, ring: AnchorRing, times: list[float]) -> None:
        pairs = [socket.socketpair() for _ in times]
        self.clients = [near for near, _ in pairs]
        self.pid = os.fork()
        if self.pid == 0:
            self._be(ring, [far for _, far in pairs], times)
        for _, far in pairs:
            far.close()
        test.addCleanup(self._reap, test)
        for client in self.clients:
            test.addCleanup(client.close)

    def _reap(self, test: SynchronousTestCase) -> None:
        _, status = os.waitpid(self.pid, 0)
        test.assertEqual(status, 0)

    def _be(self, ring: AnchorRing, sockets: list[socket.socket], times: list[float]) -> None:
        status = 1
        try:
            for near in self.clients:
                near.close()
            label = contextOf(POLICY)
            for each, now in zip(sockets, times, strict=True):
                connection = SSL.Connection(ring.current(now), each)
                connection.set_context(label)
                serveOne(connection)
                each.close()
            status = 0
        finally:
            os._exit(status)

    def visit(self, context: ssl.SSLContext, session: ssl.SSLSession | None) -> tuple[bool, ssl.SSLSession]:
        """
        Be the next client; return whether the session was resumed, and the one to go on with.
        """
        connection = self.clients.pop(0)
        connection.settimeout(PATIENCE)
        with context.wrap_socket(connection, server_hostname="localhost", session=session) as client:
            client.send(b"hello")
            assert client.recv(16) == b"welcome"
            resumed, following = client.session_reused, client.session
        assert following is not None
        return bool(resumed), following


class ForkTests(SynchronousTestCase):
    """
    Processes that have inherited the same ring.
    """

    def begin(self, one: list[float], other: list[float]) -> tuple[Process, Process]:
        """
        Return two processes whose clients come at these times.
        """
        ring = AnchorRing(POLICY, 0.0, 3)
        # The library's first-time work, and the certificate, before they part.
        contextOf(POLICY)
        return Process(self, ring, one), Process(self, ring, other)

    def test_resumed(self) -> None:
        """
        A session that one server has begun resumes on another and back, in both protocol versions.
        """
        for version in VERSIONS:
            one, other = self.begin([0.0, 0.0], [0.0, 0.0])
            context = trusting(version)
            session: ssl.SSLSession | None = None
            for server, expected in ((one, False), (other, True), (one, True), (other, True)):
                resumed, session = server.visit(context, session)
                self.assertEqual(resumed, expected, version)

    def test_nextKey(self) -> None:
        """
        Where a connection begins with the new key, old sessions are not resumed, and new ones are everywhere.
        """
        for version in VERSIONS:
            one, other = self.begin([0.0, DAY], [DAY])
            context = trusting(version)
            _, session = one.visit(context, None)
            resumed, session = one.visit(context, session)
            self.assertFalse(resumed)
            resumed, _ = other.visit(context, session)
            self.assertTrue(resumed)

    def test_otherPool(self) -> None:
        """
        The keys of another ring are other keys.
        """
        context = trusting()
        session = meet(POLICY, context).client.session
        self.assertFalse(meet(POLICY, context, session=session).client.session_reused)


@define
class Asking:
    """
    Asks for other keys.
    """

    rotations: int = 7
    forgotten: int = 3


class RingTests(SynchronousTestCase):
    """
    The supply of anchors.
    """

    def test_periods(self) -> None:
        """
        An anchor is in use for one period of CACHELIFE.
        """
        ring = AnchorRing(Policy(cacheLife=int(DAY)), 100.0, 5)
        first = ring.current(100.0)
        self.assertIs(ring.current(100.0 + DAY - 1), first)
        second = ring.current(100.0 + DAY)
        self.assertIsNot(second, first)
        self.assertIs(ring.current(100.0 + 2 * DAY - 1), second)
        self.assertIsNot(ring.current(100.0 + 4 * DAY), second)

    def test_shortLife(self) -> None:
        """
        A short CACHELIFE does not use up the ring; tickets end all the same.
        """
        ring = AnchorRing(Policy(cacheLife=60), 0.0, 2)
        first = ring.current(0.0)
        self.assertIs(ring.current(SHORTEST_PERIOD - 1), first)
        self.assertIsNot(ring.current(SHORTEST_PERIOD), first)
        session = meet(Policy(cacheLife=60), anchor=first).client.session
        assert session is not None
        self.assertEqual(session.ticket_lifetime_hint, 60)

    def test_dropped(self) -> None:
        """
        Anchors are let go, and with them their keys, as soon as no ticket of theirs is valid any more.
        """
        ring = AnchorRing(POLICY, 0.0, 5)
        past = [weakref.ref(anchor) for anchor in ring._anchors]
        gone = [True, False, False, False, False]
        ring.current(DAY)
        self.assertEqual([anchor() is None for anchor in past], [False] * 5)
        ring.current(2 * DAY)
        self.assertEqual([anchor() is None for anchor in past], gone)
        ring.current(DAY)
        self.assertIs(ring.current(2 * DAY), past[2]())
        ring.current(5 * DAY)
        self.assertEqual([anchor() is None for anchor in past], [True] * 4 + [False])

    def test_shortLifeDropped(self) -> None:
        """
        With a short CACHELIFE that is long before the next key is due.
        """
        ring = AnchorRing(Policy(cacheLife=60), 0.0, 3)
        first = weakref.ref(ring.current(0.0))
        ring.current(SHORTEST_PERIOD)
        self.assertIsNotNone(first())
        self.assertEqual(len(ring.former), 1)
        ring.current(SHORTEST_PERIOD + 60)
        self.assertIsNone(first())
        self.assertEqual(ring.former, [])

    def test_asked(self) -> None:
        """
        Who asks for another key gets it at once, in every process that inherited the
        ring; the next one comes when it would have come anyway.
        """
        source = Asking()
        ring = AnchorRing(POLICY, 0.0, 5, source)
        anchors = list(ring._anchors)
        self.assertIs(ring.current(10.0), anchors[0])
        source.rotations += 1
        self.assertIs(ring.current(10.0), anchors[1])
        self.assertEqual([former.until for former in ring.former], [10.0 + DAY])
        self.assertIs(ring.current(DAY - 1), anchors[1])
        self.assertIs(ring.current(DAY), anchors[2])
        late = AnchorRing(POLICY, 0.0, 5, source)
        self.assertIs(late.current(10.0), late._anchors[0])

    def test_forgotten(self) -> None:
        """
        The keys before are forgotten at once where that is asked for, and no more of them than a few are ever kept.
        """
        source = Asking()
        told: list[tuple[int, int]] = []
        ring = AnchorRing(POLICY, 0.0, 20, source)
        ring.tell(lambda key, forgotten: told.append((key, forgotten)))
        first = weakref.ref(ring.current(0.0))
        for _ in range(KEPT + 2):
            source.rotations += 1
            ring.current(1.0)
        self.assertEqual(len(ring.former), KEPT)
        self.assertEqual(told, [(1 + number, source.forgotten) for number in range(KEPT + 2)])
        self.assertIsNone(first())
        source.forgotten += 1
        source.rotations += 1
        ring.current(1.0)
        self.assertEqual((ring.former, told[-1]), ([], (KEPT + 3, source.forgotten)))

    def test_part(self) -> None:
        """
        A process whose place others take makes tickets with a key that nobody has, and gives up those to come;
        a TLS 1.2 client keeps the ticket that it has, unless those before are to be forgotten.
        """
        source = Asking()
        ring = AnchorRing(POLICY, 0.0, 5, source)
        first, *coming = (weakref.ref(anchor) for anchor in ring._anchors)
        ring.part(10.0)
        self.assertEqual([anchor() for anchor in coming], [None] * 4)
        self.assertEqual([former.anchor for former in ring.former], [first()])
        own = ring.current(11.0)
        self.assertIsNot(own, first())
        self.assertIs(ring.current(DAY - 1), own)
        # Its keys are replaced as all others.
        self.assertIsNot(ring.current(DAY), own)
        source.rotations = source.forgotten = 1
        ring.part(DAY)
        self.assertEqual(ring.former, [])
        self.assertIsNone(first())

    def test_anchorFor(self) -> None:
        """
        A ClientHello of TLS 1.2 that offers a ticket of a replaced key belongs to that key's
        anchor, and to none where it offers one of the present, or of nobody.
        """
        ring = AnchorRing(POLICY, 0.0, 3)
        first = ring.current(0.0)
        for version in VERSIONS:
            context = trusting(version)
            session = meet(POLICY, context, anchor=first).client.session
            hello = bytearray(helloOf(context, session))
            self.assertIsNone(ring.anchorFor(bytes(hello), NAMELESS))
        ring.current(DAY)
        context = trusting(ssl.TLSVersion.TLSv1_2)
        hello = bytearray(helloOf(context, meet(POLICY, context, anchor=first).client.session))
        self.assertIs(ring.anchorFor(bytes(hello), NAMELESS), first)
        self.assertIsNone(ring.anchorFor(bytes(hello[:40]), NAMELESS))
        hello = bytearray(helloOf(context, None))
        self.assertIsNone(ring.anchorFor(bytes(hello), NAMELESS))

    def test_noTicketOfFormer(self) -> None:
        """
        No ticket is made with a key that has been replaced: a client that offers one of TLS 1.3 begins with
        the present key, and one of TLS 1.2 keeps the ticket that it has.
        """
        ring = AnchorRing(POLICY, 0.0, 3)
        first = ring.current(0.0)
        modern, older = (trusting(version) for version in reversed(VERSIONS))
        former = meet(POLICY, older, anchor=first).client.session
        hello = bytearray(helloOf(modern, meet(POLICY, modern, anchor=first).client.session))
        ring.current(DAY)
        self.assertGreater(hello.find(ring.former[0].name), 0)
        self.assertIsNone(ring.anchorFor(bytes(hello), NAMELESS))
        again = meet(POLICY, older, session=former, anchor=first).client
        self.assertTrue(again.session_reused)
        self.assertIn(ring.former[0].name, helloOf(older, again.session))
        self.assertEqual(readHello(helloOf(older, again.session)), readHello(helloOf(older, former)))

    def test_both(self) -> None:
        """
        Nor where a client offers a ticket of TLS 1.2 and TLS 1.3 as well, unless the pool has no TLS 1.3.
        """
        older = trusting(ssl.TLSVersion.TLSv1_2)
        for protocols, expected in ((("TLSV1_2", "TLSV1_3"), False), (("TLSV1_2",), True)):
            policy = Policy(protocols=protocols)
            ring = AnchorRing(policy, 0.0, 3)
            first = ring.current(0.0)
            session = meet(policy, older, anchor=first).client.session
            ring.current(DAY)
            offered = bytearray(helloOf(older, session))
            self.assertIs(ring.anchorFor(bytes(offered), NAMELESS), first)
            # The same as somebody says it who has TLS 1.3 as well: supported_versions (RFC 8446 4.2.1).
            name = ring.former[0].name
            at = offered.find(name)
            length = int.from_bytes(offered[at - 2 : at])
            body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0"
            extensions = b"\0#" + length.to_bytes(2) + bytes(offered[at : at + length]) + b"\0+\0\5\4\3\4\3\3"
            body += len(extensions).to_bytes(2) + extensions
            message = b"\1" + len(body).to_bytes(3) + body
            hello = bytearray(b"\x16\3\1" + len(message).to_bytes(2) + message)
            found = ring.anchorFor(bytes(hello), NAMELESS)
            self.assertIs(found, first if expected else None)

    def test_elsewhere(self) -> None:
        """
        Who says the name of a key anywhere but in a ticket gets nothing of it.
        """
        ring = AnchorRing(POLICY, 0.0, 3)
        context = trusting(ssl.TLSVersion.TLSv1_2)
        ring.current(DAY)
        hello = bytearray(helloOf(context, None))
        hello[11:27] = ring.former[0].name
        self.assertIsNone(ring.anchorFor(bytes(hello), NAMELESS))

    def test_usedUp(self) -> None:
        """
        A process that outlives the ring goes on with new anchors of its own.
        """
        ring = AnchorRing(POLICY, 0.0, 2)
        seen = [ring.current(day * DAY) for day in range(5)]
        self.assertEqual(len({id(anchor) for anchor in seen}), 5)
        self.assertIs(ring.current(4 * DAY), seen[4])

    def test_noResumption(self) -> None:
        """
        CACHELIFE 0: nothing is ever resumed, and TLS 1.2 clients get no ticket.
        """
        policy = Policy(cacheLife=0)
        ring = AnchorRing(policy, 0.0)
        anchor = ring.current(0.0)
        self.assertIs(ring.current(1000 * DAY), anchor)
        ring.part(1000 * DAY)
        self.assertIs(ring.current(1000 * DAY), anchor)
        for version in VERSIONS:
            context = trusting(version)
            session = meet(policy, context, anchor=anchor).client.session
            assert session is not None
            if version is ssl.TLSVersion.TLSv1_2:
                self.assertFalse(session.has_ticket)
                self.assertEqual(session.id, b"")
            self.assertFalse(meet(policy, context, session=session, anchor=anchor).client.session_reused)

    def test_control(self) -> None:
        """
        The same with a CACHELIFE: the session is resumed.
        """
        anchor = makeAnchor(POLICY)
        for version in VERSIONS:
            context = trusting(version)
            session = meet(POLICY, context, anchor=anchor).client.session
            assert session is not None
            self.assertTrue(session.has_ticket)
            self.assertTrue(meet(POLICY, context, session=session, anchor=anchor).client.session_reused)
