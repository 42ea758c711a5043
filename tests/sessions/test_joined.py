# -*- test-case-name: tests.sessions.test_joined -*-
"""
Tests for L{sslpool.sessions.joined}: how sessions end.
"""

from __future__ import annotations

from collections.abc import Callable
from select import EPOLLIN

from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
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
        self.scene.until(lambda: self.peer.ended)
        self.assertEqual(bytes(self.peer.received), b"last words")
        self.peer.end()
        self.scene.ended(Outcome.TRUNCATED)

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
            self.scene.until(lambda: self.peer.ended)
            self.assertTrue(self.peer.received == payload, f"{records} records")
            self.peer.end()
            self.scene.ended(Outcome.TRUNCATED)

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
        self.scene.until(lambda: self.peer.ended)
        self.assertTrue(self.peer.received == payload)
        self.peer.end()
        self.scene.ended(Outcome.TRUNCATED)

    def test_reset(self) -> None:
        """
        A client that resets the connection ends the session; what it had sent is delivered.
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
        Where it is a write that finds out that the client has gone, what had been read from it is still delivered.
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

    def leave(self, octets: bytes = b"") -> None:
        """
        The client says close_notify behind C{octets} and is gone, when the application ends; neither has been
        seen, and the application's end is looked at first.
        """
        self.client.send(octets)
        self.client.end()
        self.client.turn()
        self.assertTrue(self.client.sent)
        self.client.close()
        self.peer.end()
        self.scene.session.stage.applicationEvent(EPOLLIN)

    def test_bothAtOnce(self) -> None:
        """
        A client that has said close_notify and gone, and an application that has ended: that is a session that
        ended well, in whichever order that is seen.
        """
        self.leave()
        self.scene.ended(Outcome.FINISHED)

    def test_bothAtOnceWithWords(self) -> None:
        """
        The same where the client had something to say before.
        """
        self.leave(b"last words")
        self.scene.ended(Outcome.FINISHED)
        self.scene.until(lambda: self.peer.over)
        self.assertEqual(bytes(self.peer.received), b"last words")

    def test_applicationLast(self) -> None:
        """
        Where the application ends last, the session ends with it: what its epoll watches is not changed before.
        """
        self.client.end()
        self.scene.until(lambda: self.peer.ended)
        watched: list[int] = []
        watch = self.scene.relay.watch

        def noted(descriptor: int, before: int, mask: int, ready: Callable[[int], None]) -> None:
            watched.append(mask)
            watch(descriptor, before, mask, ready)

        self.patch(self.scene.relay, "watch", noted)
        self.peer.end()
        self.scene.ended(Outcome.FINISHED)
        self.assertEqual(watched, [])

    def test_resetAtApplicationsEnd(self) -> None:
        """
        A client that resets the connection just when the application ends: it is not the application that is blamed.
        """
        self.peer.end()
        reset(self.client.socket)
        self.scene.session.stage.applicationEvent(EPOLLIN)
        self.scene.ended(Outcome.CLIENT_RESET)

    def test_garbage(self) -> None:
        """
        What is not TLS in the middle of a session ends it.
        """
        self.client.send(b"hello")
        self.scene.until(lambda: self.scene.session.received)
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

    def aborted(self) -> None:
        """
        See that the client has got a fatal alert, and no close_notify.
        """
        self.assertFalse(self.client.ended)
        self.assertRegex(str(self.client.failure), "(?i)alert")

    def test_reset(self) -> None:
        """
        An application that resets the connection: what it had sent arrives,
        and the client gets an alert: it may not be all.
        """
        self.peer.send(b"last words")
        self.peer.turn()
        reset(self.peer.socket)
        self.scene.until(lambda: self.client.over)
        self.aborted()
        self.assertEqual(bytes(self.client.received), b"last words")
        self.client.end()
        self.scene.ended(Outcome.APPLICATION_RESET)

    def test_refusesUpload(self) -> None:
        """
        An application that answers and closes while the client is still
        sending, which resets its connection: the client gets the answer and an alert.
        """
        self.peer.reading = False
        self.client.send(somePayload(MUCH))
        self.scene.calm()
        self.peer.send(b"413")
        self.peer.turn()
        self.peer.close()
        self.scene.until(lambda: self.client.over)
        self.aborted()
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

    def test_closesAltogether(self) -> None:
        """
        An application that has closed both directions resets what comes then; so do we at once, since a client that
        only writes learns of the end by nothing else.
        """
        self.peer.close()
        self.scene.until(lambda: self.client.ended)
        self.scene.calm()
        # As the stack does when the first message has been read.
        self.scene.duplicates.popitem()[1].close()
        self.client.send(b"a line")
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.scene.ended(Outcome.FINISHED)
        self.assertRaises(ConnectionError, self.client.socket.send, b"another")

    def test_closesAltogetherSlowClient(self) -> None:
        """
        A client that sends to such an application, and has not read its answer yet, still gets all of that.
        """
        answer = somePayload(100_000)
        self.client.reading = False
        self.peer.send(answer)
        self.scene.until(lambda: self.scene.session.sent == len(answer))
        self.peer.close()
        self.scene.until(lambda: self.scene.session.clientShut)
        self.scene.duplicates.popitem()[1].close()
        self.client.send(b"another request")
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.client.reading = True
        self.scene.until(lambda: self.client.over)
        self.assertTrue(self.client.received == answer)

    def test_resetWhileBothAreSlow(self) -> None:
        """
        An application that resets the connection while data is held up in both directions: what it had sent arrives.
        """
        self.client.reading = self.peer.reading = False
        self.client.send(somePayload(MUCH))
        self.peer.send(somePayload(MUCH))
        self.scene.calm()
        session = self.scene.session
        taken = session.sent + len(session.toClient)
        self.peer.close()
        self.assertEqual(self.scene.calm(), 0)
        self.client.reading = True
        self.scene.until(lambda: self.client.over)
        self.aborted()
        # What was still on the application's side of the machine was lost by its closing.
        self.assertGreaterEqual(len(self.client.received), taken)

    def test_bothFail(self) -> None:
        """
        An application that fails first is the reason, though the client fails as well.
        """
        self.client.reading = self.peer.reading = False
        self.client.send(somePayload(MUCH))
        self.peer.send(somePayload(MUCH))
        self.scene.calm()
        self.peer.close()
        self.scene.calm()
        reset(self.client.socket)
        self.scene.ended(Outcome.APPLICATION_RESET)
