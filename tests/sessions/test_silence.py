# -*- test-case-name: tests.sessions.test_silence -*-
"""
Tests for L{sslpool.sessions.silence}: sessions in which nothing moves any more.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from fcntl import ioctl
from termios import FIONREAD, TIOCOUTQ

from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions import dialling
from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.relaying import Relaying
from sslpool.sessions.silence import HALF_CLOSED
from sslpool.wire.assignment import TimeLimits
from tests.server.ends import Client, reset, somePayload
from tests.server.scene import Scene
from tests.test_keepalive import KEPT, settings

MUCH = 20 << 20
HALF_DAY = 43200
STEP = HALF_CLOSED / 10


def waiting(connection: socket.SocketType, what: int) -> int:
    """
    Return how many octets a socket holds that are not read (FIONREAD) or not acknowledged (TIOCOUTQ), tcp(7).
    """
    return int.from_bytes(ioctl(connection, what, bytes(4)), "little")


class SilenceCase(SynchronousTestCase):
    """
    A test with a session that may be idle for half a day.
    """

    def setUp(self) -> None:
        """
        Have it.
        """
        self.scene = Scene(self)
        self.scene.relay.limits = TimeLimits(10, 10, HALF_DAY)
        self.application = self.scene.application()
        self.client = self.scene.client(receiveBuffer=4096)
        self.peer = self.scene.established(self.application, self.client)
        self.scene.calm()

    def pass_(self, seconds: float, each: Callable[[], object] = lambda: None) -> None:
        """
        Let time pass, with sweeps in between.
        """
        for _ in range(int(seconds / STEP + 0.5)):
            self.scene.sweep(STEP)
            for _ in range(5):
                self.scene.turn()
            each()

    def isOver(self, who: str) -> None:
        """
        See that the session ends after minutes without a word, and why.
        """
        self.pass_(HALF_CLOSED - STEP)
        self.assertTrue(self.scene.relay.sessions)
        self.pass_(2 * STEP)
        self.scene.sweep(LINGER + 0.1)
        self.scene.ended(Outcome.IDLE)
        ((_, outcome, detail),) = self.scene.observer.ends
        self.assertIs(outcome, Outcome.IDLE)
        # Some of what the client had sent may still be to be read.
        self.assertRegex(detail, rf"^the {who} has gone(; octets dropped: \d+)?$")


class ClientTests(SilenceCase):
    """
    The application does not read.
    """

    def setUp(self) -> None:
        """
        Have a session in which nothing goes on to the application.
        """
        super().setUp()
        self.peer.reading = False
        self.client.send(somePayload(MUCH))
        self.scene.calm()

    def test_reset(self) -> None:
        """
        A client that has reset the connection: its session ends in minutes.
        """
        reset(self.client.socket)
        self.isOver("client")

    def test_left(self) -> None:
        """
        The same where it has ended: what it has left behind is not kept for longer.
        """
        self.scene = Scene(self)
        self.scene.relay.limits = TimeLimits(10, 10, HALF_DAY)
        application = self.scene.application()
        application.listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client = self.scene.client()
        peer = self.scene.established(application, client)
        connection = self.scene.session.applicationSocket
        assert connection is not None
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        # The client's last words and its end are there, behind what is not read.
        self.scene.session.clientSocket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        peer.reading = False
        client.send(somePayload(180_000))
        self.scene.until(lambda: client.sent)
        client.close()
        self.scene.calm()
        self.isOver("client")

    def test_there(self) -> None:
        """
        A client that is there may wait for the application as long as IDLE says.
        """
        self.pass_(4 * HALF_CLOSED)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)
        self.peer.reading = True
        self.scene.until(lambda: len(self.peer.received) == MUCH)

    def test_slow(self) -> None:
        """
        An application that takes a little now and then is not cut though the client has gone, and is
        when it takes nothing any more.
        """
        reset(self.client.socket)
        self.patch(Relaying, "applicationWritable", lambda stage: None)

        application = self.scene.session.applicationSocket
        assert application is not None
        # How much there is in the kernel, on both sides, is the kernel's choice: it must last.
        held = sum(waiting(end, what) for end, what in ((application, TIOCOUTQ), (self.peer.socket, FIONREAD)))

        def takeSome() -> None:
            self.peer.socket.recv(held // 40)

        self.pass_(2.5 * HALF_CLOSED, takeSome)
        self.assertTrue(self.scene.relay.sessions)
        self.pass_(2 * HALF_CLOSED)
        self.scene.sweep(LINGER + 0.1)
        self.assertEqual(self.scene.relay.sessions, {})


class ApplicationTests(SilenceCase):
    """
    The client does not read.
    """

    def setUp(self) -> None:
        """
        Have a session in which nothing goes on to the client.
        """
        super().setUp()
        self.client.reading = False
        self.peer.send(somePayload(MUCH))
        self.scene.calm()

    def test_reset(self) -> None:
        """
        An application that has reset the connection: the session ends in minutes.
        """
        self.peer._unsent = memoryview(b"")
        reset(self.peer.socket)
        self.pass_(2 * HALF_CLOSED)
        self.scene.sweep(LINGER + 0.1)
        self.assertEqual(self.scene.relay.sessions, {})

    def test_slow(self) -> None:
        """
        A client that takes a little now and then gets all that the application has left behind.
        """
        self.peer._unsent = memoryview(b"")
        self.peer.end()

        def takeSome() -> None:
            self.client._incoming.write(self.client.socket.recv(1 << 10))

        self.pass_(5 * HALF_CLOSED, takeSome)
        self.assertTrue(self.scene.relay.sessions)
        self.client.reading = True
        self.scene.until(lambda: self.client.ended)

    def test_there(self) -> None:
        """
        While both are there IDLE counts.
        """
        self.pass_(4 * HALF_CLOSED)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)


class VanishedTests(SilenceCase):
    """
    The client does not read, and the way to it may be gone.
    """

    def test_unanswered(self) -> None:
        """
        One whose kernel answers no more is gone; one that answers, and still does not read, is not.
        """
        self.client.reading = False
        self.peer.send(somePayload(MUCH))
        self.scene.calm()
        real = self.scene.session.clientSocket

        class Played:
            """
            The client's connection, with what the kernel knows played by the test.
            """

            heard = 0

            def getsockopt(self, level: int, option: int, size: int) -> bytes:
                return struct.pack("=8B13I", *(0, 0, 0, 9, 0, 0, 0, 0), *(0,) * 12, self.heard) + bytes(44)

            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

        self.scene.session.clientSocket = Played()  # type: ignore[assignment]
        Played.heard = 120_000
        self.pass_(2 * HALF_CLOSED)
        self.assertIs(self.scene.session.phase, Phase.RELAYING)
        Played.heard = 301_000
        self.scene.sweep(1)
        ((_, outcome, detail),) = self.scene.observer.ends
        self.assertIs(outcome, Outcome.IDLE)
        # Some of what it had sent was still to be read.
        self.assertRegex(detail, r"^the client has gone(; octets dropped: \d+)?$")


class KeptTests(SynchronousTestCase):
    """
    Peers on other machines.
    """

    def test_application(self) -> None:
        """
        A connection to an application elsewhere is looked after by the kernel.
        """
        for distant in (False, True):
            scene = Scene(self)
            self.patch(dialling, "isDistant", lambda host, distant=distant: distant)
            application = scene.application()
            client: Client = scene.client()
            scene.established(application, client)
            connection = scene.session.applicationSocket
            assert connection is not None
            self.assertIs(settings(connection) == KEPT, distant)
