"""
Tests for L{sslpool.observe.login}.
"""

from __future__ import annotations

import gc
from typing import Any, cast

from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.observe import login
from sslpool.observe.login import ManholeConnection, ManholeFactory
from sslpool.observe.loginpolicy import LoginPolicy
from sslpool.wire.manhole import visitorName
from tests.config.support import current
from tests.logs import texts


class Wire(StringTransport):
    """
    A transport that ends at once when it is aborted.
    """

    def __init__(self, connection: ManholeConnection) -> None:
        super().__init__()
        self._connection = connection

    def abortConnection(self) -> None:
        """
        End.
        """
        super().abortConnection()
        self._connection.connectionLost(Failure(ConnectionDone()))


class LoginTests(SynchronousTestCase):
    """
    Logging in, in memory.
    """

    def setUp(self) -> None:
        """
        Make the gate; OPER and OTHER have the same password, OPER is in the OBEY list.
        """
        self.clock = Clock()
        known = {("OPER", b"secret"), ("OTHER", b"secret")}
        self.policy = LoginPolicy(self.clock, lambda *what: succeed(what in known), current(obey=frozenset({"OPER"})))
        names = {"answer": 42, "later": Deferred(), "succeed": succeed, "fail": fail}
        self.factory = ManholeFactory(self.policy, lambda userid: {**names, "who": userid})
        self.events: list[LogEvent] = []
        observer = cast(ILogObserver, self.events.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def connect(self, client: str = "192.0.2.1:5000") -> tuple[ManholeConnection, StringTransport]:
        """
        Return a connection of a client, and what it writes to.
        """
        address = UNIXAddress(visitorName(1, client))
        connection = self.factory.buildProtocol(address)
        transport = Wire(connection)
        connection.makeConnection(transport)
        self.addCleanup(self.lose, connection)
        return connection, transport

    def lose(self, connection: ManholeConnection) -> None:
        """
        End a connection.
        """
        if connection in self.factory.connections:
            connection.connectionLost(Failure(ConnectionDone()))

    def enter(self, connection: ManholeConnection, userid: bytes, password: bytes) -> None:
        """
        Type user ID and password, and wait until that is looked at.
        """
        connection.dataReceived(userid + b"\r\n")
        connection.dataReceived(password + b"\r\n")
        self.clock.advance(0)

    def test_admitted(self) -> None:
        """
        Who has logged in has a Python prompt; begin and end are logged.
        """
        connection, transport = self.connect()
        self.enter(connection, b"oper", b"secret")
        transport.clear()
        connection.dataReceived(b"answer + 1\r\n")
        self.assertIn(b"43", transport.value())
        self.clock.advance(10)
        self.lose(connection)
        self.assertEqual(texts(self.events)[-2:], [
            "SSLP654I OPER logged in to the manhole from 192.0.2.1:5000",
            "SSLP655I OPER left the manhole after 10 s",
        ])  # fmt: skip

    def test_deferred(self) -> None:
        """
        A Deferred shows its result as if that had been returned, at once or when it is there, and nothing of itself.
        """
        connection, transport = self.connect()
        self.enter(connection, b"OPER", b"secret")
        for typed, shown in (
            ("succeed('now')", "'now'"),
            ("fail(ValueError('no room'))", "Failed: no room"),
            ("later", "Result 1 is pending"),
            ("later.callback([7])", "Result 1: [7]"),
            ("later", "[7]"),
            ("never = type(later)(); never", "Result 2 is pending"),
            ("never", "Result 2 is pending"),
            ("never.errback(ValueError('no room'))", "Result 2 failed: no room"),
        ):
            transport.clear()
            connection.dataReceived(typed.encode() + b"\r\n")
            self.assertIn(shown.encode(), transport.value(), typed)
            self.assertNotIn(b"Deferred", transport.value(), typed)
        self.lose(connection)
        del connection
        gc.collect()
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 2)

    def test_refused(self) -> None:
        """
        Wrong passwords wait longer and longer; the third try is the last.
        """
        connection, transport = self.connect()
        for number in range(3):
            transport.clear()
            self.enter(connection, b"OPER", b"wr0ng")
            self.clock.advance(2**number - 0.1)
            self.assertNotIn(b"Not accepted", transport.value())
            self.clock.advance(0.1)
            self.assertIn(b"Not accepted", transport.value())
        self.assertTrue(transport.disconnecting)

    def test_logged(self) -> None:
        """
        Who was refused, from where and why is logged, but no password; that it is refused is all that is told.
        """
        for number, userid in enumerate((b"OPER", b"OTHER", b"!")):
            connection, transport = self.connect(f"192.0.2.{number}:5000")
            self.enter(connection, userid, b"wr0ng" if userid == b"OPER" else b"secret")
            self.clock.advance(1)
            self.assertIn(b"Not accepted", transport.value())
        text = "\n".join(texts(self.events))
        for expected in (
            "refused OPER from 192.0.2.0:5000: wrong",
            "refused OTHER from 192.0.2.1:5000: the user ID is not",
            "refused an invalid user ID from 192.0.2.2:5000",
        ):
            self.assertIn(expected, text)
        self.assertNotIn("wr0ng", text)
        self.assertNotIn("secret", text)

    def test_manyConnections(self) -> None:
        """
        Tries on several connections, from ports of one address, are looked at as those on one are; a
        connection that waits is not ended for that.
        """
        found = [self.connect(f"192.0.2.1:{port}") for port in range(6)]
        for connection, _ in found:
            self.enter(connection, b"OPER", b"wrong")
        self.assertEqual(len(texts(self.events)), 2)
        self.assertIn("not checked", texts(self.events)[1])
        self.clock.pump([0.5] * 58)
        refused = [text for text in texts(self.events) if "wrong user ID" in text]
        self.assertEqual(len(refused), 5)
        self.assertEqual([transport.disconnected for _, transport in found], [False] * 6)

    def test_operator(self) -> None:
        """
        While others try from elsewhere, and hold every place that they can, the operator comes in.
        """
        for number in range(10, 10 + 2 * login.VISITORS):
            self.enter(self.connect(f"192.0.2.{number}:5000")[0], b"OPER", b"wrong")
        connection, transport = self.connect()
        self.enter(connection, b"OPER", b"secret")
        self.clock.pump([1] * 30)
        self.assertEqual((connection.userid, transport.disconnected), ("OPER", False))

    def test_addresses(self) -> None:
        """
        An IPv6 network of 64 bits is one address; who comes by a socket without a name is nobody known.
        """
        hosts = [self.connect(client)[0].visitor.host for client in ("[2001:db8::1]:1", "[2001:db8::2]:2")]
        self.assertEqual(*hosts)
        connection = self.factory.buildProtocol(UNIXAddress(None))
        self.assertEqual(connection.visitor.address, "an unknown address")
        self.factory.connections.clear()

    def test_foldedName(self) -> None:
        """
        A letter of another alphabet does not become one of a user ID.
        """
        connection, _ = self.connect()
        self.enter(connection, "oper\u0131".encode(), b"secret")
        self.enter(self.connect()[0], "\u017foper".encode(), b"secret")
        self.assertEqual([text.split(" from")[0] for text in texts(self.events)], [
            "SSLP653W The manhole refused an invalid user ID"
        ])  # fmt: skip

    def test_timeLimits(self) -> None:
        """
        Who does not log in in time, and who has not typed for long, is disconnected.
        """
        connection, transport = self.connect()
        self.clock.advance(login.LOGIN_TIME)
        self.assertTrue(transport.disconnected)
        connection, transport = self.connect()
        self.enter(connection, b"OPER", b"secret")
        self.clock.advance(login.IDLE_TIME - 1)
        connection.dataReceived(b"1")
        self.clock.advance(login.IDLE_TIME - 1)
        self.assertFalse(transport.disconnected)
        self.clock.advance(1)
        self.assertTrue(transport.disconnected)

    def test_tooMuch(self) -> None:
        """
        More than a word at login, and an option without end, is not kept.
        """
        for octets in (b"x" * 1000, b"\xff\xfa\x1f" + b"x" * 2000):
            connection, transport = self.connect()
            connection.dataReceived(octets)
            self.assertTrue(transport.disconnected)

    def test_longLine(self) -> None:
        """
        A line of Python has an end.
        """
        connection, transport = self.connect()
        self.enter(connection, b"OPER", b"secret")
        connection.dataReceived(b"1" * (login.LONGEST_LINE + 100))
        terminal: Any = connection.protocol
        self.assertEqual(len(terminal.protocol.terminalProtocol.lineBuffer), login.LONGEST_LINE)

    def test_places(self) -> None:
        """
        Whoever has not logged in holds no place that another needs: the address with most of them
        loses its oldest, and that is said once in a while.
        """
        crowd = [self.connect("192.0.2.9:1") for _ in range(login.VISITORS - 1)]
        first = self.connect("192.0.2.8:1")
        others = [self.connect(f"192.0.2.{number}:1") for number in range(20, 23)]
        gone = [transport.disconnected for _, transport in (*crowd, first, *others)]
        self.assertEqual(gone, [True] * 3 + [False] * (login.VISITORS - 4 + 4))
        self.assertEqual(texts(self.events), [
            "SSLP657W The manhole closed a connection from 192.0.2.9:1: "
            "nobody had logged in on it, and others needed the place"
        ])  # fmt: skip

    def test_loggedIn(self) -> None:
        """
        So many can be logged in, and strangers do not count for that; when one leaves there is room for another.
        """
        found = []
        for number in range(login.CONNECTIONS + 1):
            connection, transport = self.connect(f"192.0.2.{number}:1")
            self.enter(connection, b"OPER", b"secret")
            self.clock.pump([1] * 5)
            found.append((connection, transport))
        self.assertEqual([connection.userid for connection, _ in found], ["OPER"] * login.CONNECTIONS + [""])
        self.assertIn(b"Too many operators are logged in: 4", found[-1][1].value())
        self.lose(found[0][0])
        connection, _ = self.connect()
        self.enter(connection, b"OPER", b"secret")
        self.assertEqual(connection.userid, "OPER")

    def test_gone(self) -> None:
        """
        Who goes while the password is looked at leaves nothing to be done.
        """
        verified: Deferred[bool] = Deferred()
        self.policy.verify = lambda userid, password: verified
        for seconds in (None, 0):
            connection, transport = self.connect()
            connection.dataReceived(b"OPER\r\nwrong\r\n")
            if seconds is not None:
                self.clock.advance(seconds)
            self.lose(connection)
            self.assertEqual(self.clock.getDelayedCalls(), [])
        verified.callback(True)
        self.assertEqual((self.clock.getDelayedCalls(), connection.userid), ([], ""))
