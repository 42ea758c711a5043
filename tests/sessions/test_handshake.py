# -*- test-case-name: tests.sessions.test_handshake -*-
"""
Tests for how sessions of L{sslpool.sessions.handshake} begin: handshake, and the connection to the application.
"""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import HANDSHAKE_OUTCOMES, Outcome
from sslpool.sessions.phases import Phase
from sslpool.wire.assignment import Address, TimeLimits
from sslpool.wire.offer import packOffer
from sslpool.wire.segment import Region, Shortage
from tests.server.ends import Application, reset, tcpPair
from tests.server.scene import PORT, TLS12, Scene, clientContext, portTo


def refusing() -> Address:
    """
    Return an address where nobody listens.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return Address(socket.AF_INET, *listening.getsockname())


@contextmanager
def noDescriptors() -> Iterator[None]:
    """
    Have no descriptor left.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class HandshakeTests(SynchronousTestCase):
    """
    Handshakes that do not come to their end.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.application()

    def tearDown(self) -> None:
        """
        The application has heard nothing of all that.
        """
        self.application.turn()
        self.assertEqual(self.application.peers, [])

    def test_family(self) -> None:
        """
        A socket that was handed over has its true family, whatever the client's port is.
        """
        for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
            for port in (4711, 0x3A3A):
                connecting, accepted = tcpPair(host=host)
                self.addCleanup(connecting.close)
                message = packOffer(port, 0, PORT, "2001:db8::1" if host == "::1" else "192.0.2.1", port)
                self.scene.region.handed += 1
                self.scene.region.words[Region.SENT] += 1
                socket.send_fds(self.scene.stack, [message], [accepted.fileno()])
                name = accepted.getsockname()
                accepted.close()
                self.scene.until(lambda: self.scene.relay.sessions)
                client = self.scene.relay.sessions[port].clientSocket
                self.assertEqual((client.family, client.getsockname()), (family, name))
                reset(connecting)
                self.scene.until(lambda: not self.scene.relay.sessions)

    def test_tooSlow(self) -> None:
        """
        A handshake has its time limit, whatever the client sends meanwhile.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        for octet in b"\x16\x03\x01\x02\x00\x01\x00\x01":
            self.scene.sweep(1)
            client.send(bytes([octet]))
            self.scene.until(lambda: client.sent)
        self.scene.calm()
        self.scene.sweep(2)
        self.assertIs(self.scene.session.phase, Phase.HELLO)
        self.scene.sweep(0.1)
        self.scene.ended(Outcome.HANDSHAKE_TIMEOUT)
        self.scene.until(lambda: client.over)

    def test_left(self) -> None:
        """
        The client ends or resets the connection.
        """
        client = self.scene.rawClient()
        client.send(b"\x16\x03\x01")
        self.scene.until(lambda: client.sent and self.scene.relay.sessions)
        self.scene.calm()
        client.close()
        self.scene.ended(Outcome.HANDSHAKE_LEFT)

    def test_reset(self) -> None:
        """
        The client resets the connection, and the sessions after it are not concerned.
        """
        client = self.scene.rawClient()
        client.send(b"\x16\x03\x01")
        self.scene.until(lambda: client.sent)
        self.scene.calm()
        reset(client.socket)
        self.scene.ended(Outcome.HANDSHAKE_LEFT)

    def test_closeNotify(self) -> None:
        """
        A client that says close_notify in the middle of the handshake is
        let go; the relay does not go on asking for more.
        """
        client = self.scene.client(context=clientContext(TLS12))
        client.turn()
        client.reading = False
        self.scene.calm()
        self.assertIs(self.scene.session.phase, Phase.HANDSHAKE)
        client.socket.send(b"\x15\x03\x03\x00\x02\x01\x00")
        self.scene.until(lambda: not self.scene.relay.sessions)
        ((outcome, _),) = self.scene.outcomes().items()
        self.assertIn(outcome, HANDSHAKE_OUTCOMES)

    def test_http(self) -> None:
        """
        Cleartext HTTP is named as such, and is not answered with data.
        """
        client = self.scene.rawClient()
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.scene.ended(Outcome.HANDSHAKE_HTTP)
        ((number, outcome, detail),) = self.scene.observer.ends
        self.assertEqual((number, outcome, detail), (1, Outcome.HANDSHAKE_HTTP, "http request"))


class ConnectingTests(SynchronousTestCase):
    """
    The connection to the application.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.application()

    def test_nextAddress(self) -> None:
        """
        An address that refuses is passed over, also where the client's data and its end are there already.
        """
        port = portTo(refusing(), refusing(), self.application.address)
        self.scene.relay.setPort(port)
        client = self.scene.client()
        client.send(b"at once")
        client.end()
        peer = self.scene.established(self.application, client)
        scene = self.scene
        scene.until(lambda: peer.ended)
        self.assertEqual(bytes(peer.received), b"at once")
        peer.send(b"answer")
        scene.until(lambda: client.received == b"answer")
        peer.end()
        scene.ended(Outcome.FINISHED)

    def test_silent(self) -> None:
        """
        A session whose sides both say nothing is established all the same, as the next sweep finds out.
        """
        self.scene.relay.setPort(portTo(self.application.address))
        client = self.scene.client()
        self.scene.until(lambda: client.secure)
        self.scene.calm()
        self.assertIs(self.scene.session.phase, Phase.DIALLING)
        self.scene.sweep(1.0)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)

    def test_down(self) -> None:
        """
        Where every address refuses, the client gets close_notify.
        """
        self.scene.relay.setPort(portTo(refusing(), refusing()))
        client = self.scene.client()
        client.send(b"anybody there?")
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)
        self.assertEqual(self.scene.observer.ends, [(1, Outcome.APPLICATION_DOWN, "Connection refused")])

    def test_downUnix(self) -> None:
        """
        The same where the application's path does not exist.
        """
        self.scene.relay.setPort(portTo(Address(socket.AF_UNIX, self.mktemp(), 0)))
        client = self.scene.client()
        self.scene.until(lambda: client.ended)
        self.assertEqual(self.scene.calm(), 0)
        self.scene.sweep(LINGER + 0.1)
        self.scene.ended(Outcome.APPLICATION_DOWN)

    def test_clientGoneMeanwhile(self) -> None:
        """
        A client that has gone while the application refuses ends the session.
        """
        self.scene.relay.setPort(portTo(refusing()))
        client = self.scene.client()
        client.send(b"data")
        self.scene.until(lambda: client.sent and client.secure)
        client.close()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.assertEqual(self.scene.region.finished, 1)

    def test_reachedAgain(self) -> None:
        """
        That the application is reached is told once after it had not been.
        """
        down = portTo(refusing())
        self.scene.relay.setPort(down)
        client = self.scene.client()
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)
        up = portTo(self.application.address)
        self.scene.relay.setPort(up)
        for _ in range(2):
            client = self.scene.client()
            client.send(b"x")
            peer = self.scene.established(self.application, client)
            self.scene.until(lambda peer=peer: peer.received)  # type: ignore[misc]
        self.assertEqual(self.scene.observer.reached, [up])

    def unanswering(self) -> Address:
        """
        Return an address where connections are neither accepted nor refused.
        """
        listening = socket.socket()
        self.addCleanup(listening.close)
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        return Address(socket.AF_INET, *listening.getsockname())

    def test_tooSlow(self) -> None:
        """
        An application that does not answer has CONNECT seconds, then the next address has as many.
        """
        self.scene.relay.setPort(portTo(self.unanswering(), self.unanswering()))
        client = self.scene.client()
        self.scene.until(lambda: client.secure)
        self.assertEqual(self.scene.calm(), 0)
        for seconds in (10, 0.1, 10):
            self.scene.sweep(seconds)
            self.assertIs(self.scene.session.phase, Phase.DIALLING)
        self.scene.sweep(0.1)
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_TIMEOUT)

    def test_tooSlowThenNext(self) -> None:
        """
        Where the next address answers, the client's data goes there.
        """
        self.scene.relay.setPort(portTo(self.unanswering(), self.application.address))
        client = self.scene.client()
        client.send(b"hello")
        self.scene.until(lambda: client.sent and client.secure)
        self.scene.calm()
        self.scene.sweep(10.1)
        peer = self.scene.established(self.application, client)
        self.scene.until(lambda: peer.received == b"hello")

    def test_resetAtTheDeadline(self) -> None:
        """
        A failure that is found out at the moment when the time is over passes
        over one address, not two, and does not disturb the sweep.
        """
        first = self.scene.join(Application.tcp())
        self.scene.relay.setPort(portTo(first.address, self.application.address))
        client = self.scene.client()
        reset(self.scene.established(first, client).socket)
        self.scene.sweep(10.1)
        client.send(b"hello")
        peer = self.scene.established(self.application, client)
        self.scene.until(lambda: peer.received == b"hello")

    def test_lastResetAtTheDeadline(self) -> None:
        """
        The same with the last address: the session ends as it should.
        """
        client = self.scene.client()
        reset(self.scene.established(self.application, client).socket)
        self.scene.sweep(10.1)
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)

    def test_silence(self) -> None:
        """
        A session in which neither end says anything is established when its time to connect is over.
        """
        client = self.scene.client()
        peer = self.scene.established(self.application, client)
        self.assertEqual(self.scene.calm(), 0)
        self.scene.sweep(10.1)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)
        client.send(b"hello")
        self.scene.until(lambda: peer.received == b"hello")

    def test_fullBacklog(self) -> None:
        """
        A UNIX socket whose backlog is full is not down: it is tried again
        until its time is over, and the client's data is not lost.
        """
        scene, application, fillers = self.withFullBacklog()
        client = scene.client()
        client.send(b"patience")
        client.end()
        scene.until(lambda: client.secure and client.sent)
        self.assertEqual(scene.calm(), 0)
        scene.sweep(1)
        self.assertIs(scene.session.phase, Phase.DIALLING)
        for _ in range(fillers):
            application.listening.accept()[0].close()
        scene.join(application)
        scene.sweep(1)
        peer = scene.established(application, client)
        scene.until(lambda: peer.ended)
        self.assertEqual(bytes(peer.received), b"patience")
        peer.end()
        scene.ended(Outcome.FINISHED)

    def test_fullBacklogTooLong(self) -> None:
        """
        When the time is over it counts as not answering.
        """
        scene, _, _ = self.withFullBacklog()
        client = scene.client()
        scene.until(lambda: client.secure)
        scene.calm()
        scene.sweep(10.1)
        scene.until(lambda: client.ended)
        client.end()
        scene.ended(Outcome.APPLICATION_TIMEOUT)

    def withFullBacklog(self) -> tuple[Scene, Application, int]:
        """
        Return a scene, its application, and how many connections fill the backlog.
        """
        scene = Scene(self)
        application = Application.unix(self.mktemp(), 0)
        self.addCleanup(application.close)
        scene.relay.setPort(portTo(application.address))
        fillers = 0
        while True:
            filler = socket.socket(socket.AF_UNIX)
            self.addCleanup(filler.close)
            filler.setblocking(False)
            if filler.connect_ex(application.address.host):
                return scene, application, fillers
            fillers += 1

    def test_noDescriptor(self) -> None:
        """
        Where no descriptor is left for the application's connection, the session
        waits for one as long as CONNECT lasts; then the client gets close_notify.
        """
        client = self.scene.client()
        while not client.secure:
            client.turn()
            if client.secure:
                break
            self.scene.relay.doRead()
        with noDescriptors():
            self.scene.relay.doRead()
            self.assertEqual(self.scene.region.shortage, Shortage.DESCRIPTORS)
            self.scene.sweep(self.scene.relay.limits.connect)
            self.assertEqual(self.scene.relay.outcomes.total(), 0)
            self.scene.sweep(1)
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.DESCRIPTORS)

    def test_descriptorAgain(self) -> None:
        """
        When there is a descriptor in time, the session goes on as if nothing had been.
        """
        application = self.scene.application()
        client = self.scene.client()
        while not client.secure:
            client.turn()
            if client.secure:
                break
            self.scene.relay.doRead()
        with noDescriptors():
            self.scene.relay.doRead()
        self.scene.sweep(1)
        self.scene.established(application, client)

    def test_otherLimits(self) -> None:
        """
        Limits that are changed apply to what begins after that.
        """
        self.scene.relay.limits = TimeLimits(1, 1, 0)
        self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.sweep(1.1)
        self.scene.ended(Outcome.HANDSHAKE_SILENT)
