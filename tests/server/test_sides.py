# -*- test-case-name: tests.server.test_sides -*-
"""
Tests for L{sslpool.server.sides}: how sessions end.
"""

from __future__ import annotations

from select import EPOLLIN

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool.assignment import TimeLimits
from sslpool.server.outcome import Outcome
from sslpool.server.sides import HALF_CLOSED, LINGER, Phase
from tests.server.ends import reset, somePayload
from tests.server.scene import Scene

MUCH = 20 << 20


class ClientFailureTests(SynchronousTestCase):
    """
    Clients that do not end as they should.
    """

    def setUp(self) -> None:
        """
        Have a session.
        """
        self.scene = Scene(self)
        application = self.scene.application()
        self.client = self.scene.client()
        self.peer = self.scene.established(application, self.client)
        # Session tickets are read: closing a socket with unread data would reset it.
        self.scene.calm()

    def test_noCloseNotify(self) -> None:
        """
        A client that ends without close_notify: what it had sent is delivered,
        in particular where it fills whole records.
        """
        self.client.send(b"last words")
        self.scene.until(lambda: self.client.sent)
        self.client.close()
        self.scene.ended(Outcome.TRUNCATED)
        self.scene.until(lambda: self.peer.over)
        self.assertEqual(bytes(self.peer.received), b"last words")

    def test_noCloseNotifyWholeRecords(self) -> None:
        """
        The same where the end comes together with data.
        """
        for records in (1, 2, 3, 4, 5, 8):
            self.scene = Scene(self)
            application = self.scene.application()
            self.client = self.scene.client()
            self.peer = self.scene.established(application, self.client)
            self.scene.calm()
            payload = somePayload(records * 16384)
            self.client.send(payload)
            while not self.client.sent:
                self.client.turn()
            self.client.close()
            self.scene.ended(Outcome.TRUNCATED)
            self.scene.until(lambda: self.peer.over)
            self.assertTrue(self.peer.received == payload, f"{records} records")

    def test_noCloseNotifySlowApplication(self) -> None:
        """
        A client that has gone without close_notify while the application did
        not read: the application gets everything, and nobody is woken up meanwhile.
        """
        payload = somePayload(8 << 20)
        self.peer.reading = False
        self.client.send(payload)
        self.scene.calm()
        self.peer.reading = True
        self.scene.until(lambda: self.client.sent)
        self.peer.reading = False
        self.client.close()
        self.assertEqual(self.scene.calm(), 0)
        self.peer.reading = True
        self.scene.until(lambda: self.peer.over)
        self.scene.ended(Outcome.TRUNCATED)
        self.assertTrue(self.peer.received == payload)

    def test_reset(self) -> None:
        """
        A client that resets the connection ends the session; what it had sent
        is delivered.
        """
        self.client.send(b"last words")
        while not self.client.sent:
            self.client.turn()
        reset(self.client.socket)
        self.scene.ended(Outcome.CLIENT_RESET)
        self.scene.until(lambda: self.peer.over)
        self.assertEqual(bytes(self.peer.received), b"last words")

    def test_deaf(self) -> None:
        """
        Where it is a write that finds out that the client has gone, what had
        been read from it is still delivered.
        """
        payload = somePayload(8 << 20)
        self.peer.reading = False
        self.client.send(payload)
        self.scene.calm()
        read = self.scene.session.received
        reset(self.client.socket)
        self.peer.send(b"nobody hears this")
        self.scene.until(lambda: self.scene.session.phase is Phase.CLOSING)
        self.assertEqual(self.scene.calm(), 0)
        self.peer.reading = True
        self.scene.ended(Outcome.CLIENT_RESET)
        self.scene.until(lambda: self.peer.over)
        self.assertEqual(len(self.peer.received), read)
        self.assertTrue(payload.startswith(self.peer.received))

    def test_deafAfterEnd(self) -> None:
        """
        A client that has said close_notify and gone: the session ends as soon
        as the application's output cannot be delivered.
        """
        self.client.end()
        self.scene.until(lambda: self.peer.ended)
        reset(self.client.socket)
        self.peer.send(b"nobody hears this")
        self.scene.ended(Outcome.CLIENT_RESET)

    def test_goneBeforeOurGoodbye(self) -> None:
        """
        A client that has said close_notify and gone before the application has
        ended: that is a session that ended well.
        """
        self.client.end()
        self.scene.until(lambda: self.peer.ended)
        reset(self.client.socket)
        self.peer.end()
        self.scene.ended(Outcome.FINISHED)

    def test_resetAtApplicationsEnd(self) -> None:
        """
        A client that resets the connection just when the application ends: it
        is not the application that is blamed.
        """
        self.peer.end()
        reset(self.client.socket)
        self.scene.session.applicationEvent(EPOLLIN)
        self.scene.ended(Outcome.CLIENT_RESET)

    def test_garbage(self) -> None:
        """
        What is not TLS in the middle of a session ends it.
        """
        self.client.socket.send(b"this is not a record, but it is long enough to be looked at")
        self.scene.ended(Outcome.PROTOCOL)
        self.scene.until(lambda: self.peer.over)


class ApplicationFailureTests(SynchronousTestCase):
    """
    Applications that do not end as they should.
    """

    def setUp(self) -> None:
        """
        Have a session.
        """
        self.scene = Scene(self)
        application = self.scene.application()
        self.client = self.scene.client()
        self.peer = self.scene.established(application, self.client)
        self.client.send(b"EHLO")
        self.scene.until(lambda: self.peer.received == b"EHLO")

    def test_reset(self) -> None:
        """
        An application that resets the connection: what it had sent arrives,
        and the client gets close_notify.
        """
        self.peer.send(b"last words")
        self.peer.turn()
        reset(self.peer.socket)
        self.scene.until(lambda: self.client.ended)
        self.assertEqual(bytes(self.client.received), b"last words")
        self.client.end()
        self.scene.ended(Outcome.APPLICATION_RESET)

    def test_refusesUpload(self) -> None:
        """
        An application that answers and closes while the client is still
        sending: the client gets the answer and close_notify.
        """
        self.peer.reading = False
        self.client.send(somePayload(MUCH))
        self.scene.calm()
        self.peer.send(b"413")
        self.peer.turn()
        self.peer.close()
        self.scene.until(lambda: self.client.over)
        self.assertTrue(self.client.ended)
        self.assertEqual(bytes(self.client.received), b"413")
        self.client.end()
        self.scene.ended(Outcome.APPLICATION_RESET)

    def test_closesEarly(self) -> None:
        """
        An application that answers, ends and takes no more: the client gets the
        answer and close_notify, and the session ends well although it goes on sending.
        """
        self.peer.send(b"250 bye")
        self.peer.turn()
        self.peer.close()
        self.scene.until(lambda: self.client.ended)
        self.assertEqual(bytes(self.client.received), b"250 bye")
        self.client.send(somePayload(1 << 20))
        self.client.end()
        self.scene.ended(Outcome.FINISHED)

    def test_resetWhileBothAreSlow(self) -> None:
        """
        An application that resets the connection while data is held up in both
        directions: what it had sent arrives.
        """
        self.client.reading = self.peer.reading = False
        self.client.send(somePayload(MUCH))
        self.peer.send(somePayload(MUCH))
        self.scene.calm()
        session = self.scene.session
        taken = session.sent + len(session._toClient)
        self.peer.close()
        self.assertEqual(self.scene.calm(), 0)
        self.client.reading = True
        self.scene.until(lambda: self.client.over)
        self.assertTrue(self.client.ended)
        # What was still on the application's side of the machine was lost by its closing.
        self.assertGreaterEqual(len(self.client.received), taken)


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
        self.assertIs(self.scene.session.phase, Phase.ESTABLISHED)
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
        self.assertIs(self.scene.session.phase, Phase.ESTABLISHED)

    def test_noLimit(self) -> None:
        """
        IDLE 0 is no limit.
        """
        self.scene.relay.limits = TimeLimits(10, 10, 0)
        self.scene.sweep(1000000)
        self.assertIs(self.scene.session.phase, Phase.ESTABLISHED)

    def test_halfClosed(self) -> None:
        """
        A session with one direction closed may be silent for a while only,
        also where sessions may be idle for ever.
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
        Stopping again does not give a silent client more time, nor an ending
        session another reason.
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
        A client that does not read is not waited for: it has not got
        everything, and is not told so.
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
        A client that goes on sending gets close_notify all the same, and its
        data goes nowhere.
        """
        client = self.scene.client()
        self.scene.established(self.application, client)
        client.send(somePayload(MUCH))
        self.scene.until(lambda: self.scene.session.received > 0)
        self.scene.relay.stop()
        self.scene.until(lambda: client.sent)
        client.end()
        self.scene.ended(Outcome.STOPPED)
        self.scene.until(lambda: client.over)
        self.assertTrue(client.ended)

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
