# -*- test-case-name: tests.sessions.test_draining -*-
"""
Tests for L{sslpool.sessions.draining}: how sessions are closed by us.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.silence import HALF_CLOSED
from sslpool.wire.assignment import TimeLimits
from tests.server.ends import reset, somePayload
from tests.server.scene import Scene

MUCH = 20 << 20


class TimeLimitTests(SynchronousTestCase):
    """
    Sessions in which nothing happens.
    """

    def setUp(self) -> None:
        """
        Have a session that may be idle for a minute.
        """
        self.scene = Scene(self)
        self.scene.relay.limits = TimeLimits(10, 10, 60)
        application = self.scene.application()
        self.client = self.scene.client()
        self.peer = self.scene.established(application, self.client)
        self.client.send(b"EHLO")
        self.scene.until(lambda: self.peer.received == b"EHLO")

    def test_idle(self) -> None:
        """
        A session without data for longer than IDLE is closed with close_notify.
        """
        self.scene.sweep(60)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)
        self.scene.sweep(0.1)
        self.scene.until(lambda: self.client.ended and self.peer.ended)
        self.client.end()
        self.scene.ended(Outcome.IDLE)

    def test_notIdle(self) -> None:
        """
        Data in either direction keeps a session alive.
        """
        self.scene.sweep(50)
        self.client.send(b"x")
        self.scene.until(lambda: self.peer.received == b"EHLOx")
        self.scene.sweep(50)
        self.peer.send(b"y")
        self.scene.until(lambda: self.client.received == b"y")
        self.scene.sweep(50)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)

    def test_noLimit(self) -> None:
        """
        IDLE 0 is no limit.
        """
        self.scene.relay.limits = TimeLimits(10, 10, 0)
        self.scene.sweep(1000000)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)

    def test_halfClosed(self) -> None:
        """
        A session with one direction closed may be silent for a while only, also where sessions may be idle for ever.
        """
        for end in (lambda: self.client.end(), lambda: self.peer.end()):
            self.setUp()
            self.scene.relay.limits = TimeLimits(10, 10, 0)
            end()
            self.scene.until(lambda: self.scene.session.phase is Phase.CLOSING)
            self.scene.sweep(HALF_CLOSED)
            self.assertTrue(self.scene.relay.sessions)
            self.scene.sweep(1)
            self.scene.until(lambda: self.peer.over and self.client.over)
            self.assertTrue(self.client.ended)

    def test_halfClosedIdle(self) -> None:
        """
        Where IDLE is shorter, IDLE counts for them, too.
        """
        self.client.end()
        self.scene.until(lambda: self.peer.ended)
        self.scene.sweep(60.1)
        self.scene.sweep(LINGER + 0.1)
        self.scene.ended(Outcome.IDLE)

    def test_silentClientLingers(self) -> None:
        """
        A client that does not answer close_notify is waited for a little.
        """
        self.scene.sweep(60.1)
        self.scene.until(lambda: self.client.ended)
        self.scene.sweep(LINGER)
        self.assertTrue(self.scene.relay.sessions)
        self.scene.sweep(0.1)
        self.scene.ended(Outcome.IDLE)


class StopTests(SynchronousTestCase):
    """
    The server stops.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.application()

    def test_established(self) -> None:
        """
        Both sides are closed, the client's with close_notify.
        """
        client = self.scene.client()
        peer = self.scene.established(self.application, client)
        self.scene.relay.stop()
        self.scene.until(lambda: client.ended and peer.ended)
        client.end()
        self.scene.ended(Outcome.STOPPED)

    def test_handshake(self) -> None:
        """
        A session in its handshake just ends.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.relay.stop()
        self.scene.ended(Outcome.STOPPED)
        self.scene.until(lambda: client.over)

    def test_again(self) -> None:
        """
        Stopping again does not give a silent client more time, nor an ending session another reason.
        """
        self.scene.relay.limits = TimeLimits(10, 10, 60)
        client = self.scene.client()
        peer = self.scene.established(self.application, client)
        peer.send(b"x")
        self.scene.until(lambda: client.received == b"x")
        self.scene.sweep(60.1)
        for _ in range(3):
            self.scene.now += LINGER / 2
            self.scene.relay.stop()
        self.scene.sweep()
        self.scene.ended(Outcome.IDLE)

    def test_slowClient(self) -> None:
        """
        A client that does not read is not waited for: it has not got everything, and is not told so.
        """
        client = self.scene.client(receiveBuffer=4096)
        peer = self.scene.established(self.application, client)
        client.reading = False
        peer.send(somePayload(MUCH))
        self.scene.calm()
        self.scene.relay.stop()
        self.scene.ended(Outcome.STOPPED)
        client.reading = True
        self.scene.until(lambda: client.over)
        self.assertFalse(client.ended)

    def test_sendingClient(self) -> None:
        """
        A client that goes on sending gets close_notify all the same, and a reset behind it: one that does not read
        learns of the end by that alone.
        """
        client = self.scene.client()
        self.scene.established(self.application, client)
        client.send(somePayload(MUCH))
        self.scene.until(lambda: self.scene.session.received > 0)
        self.scene.relay.stop()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.scene.ended(Outcome.STOPPED)
        ((_, _, detail),) = self.scene.observer.ends
        self.assertRegex(detail, r"^octets dropped: [1-9]\d*$")
        self.scene.until(lambda: client.over)
        self.assertTrue(client.ended or isinstance(client.failure, ConnectionError))

    def test_failsWhileLingering(self) -> None:
        """
        A client that resets the connection instead of answering ends the session.
        """
        client = self.scene.client()
        self.scene.established(self.application, client)
        self.scene.relay.stop()
        self.scene.turn()
        reset(client.socket)
        self.scene.ended(Outcome.STOPPED)

    def test_close(self) -> None:
        """
        A relay that is closed lets go of everything at once.
        """
        client = self.scene.client()
        peer = self.scene.established(self.application, client)
        self.scene.relay.close()
        self.assertEqual(self.scene.outcomes(), {Outcome.STOPPED: 1})
        while not (client.over and peer.over):
            client.turn()
            peer.turn()
