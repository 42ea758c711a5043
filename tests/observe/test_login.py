"""
Tests for L{sslpool.observe.login}.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.observe import login
from sslpool.observe.login import Gate, Line, Lines
from sslpool.testing.logs import texts


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
        self.gate = Gate(self.clock, lambda *what: succeed(what in known), lambda: {"OPER"})
        self.lines = Lines(self.gate, lambda userid: {"answer": 42, "who": userid})
        self.events: list[LogEvent] = []
        observer = cast(ILogObserver, self.events.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def connect(self) -> tuple[Line, StringTransport]:
        """
        Return a connection and what it writes to.
        """
        line, transport = self.lines.buildProtocol(None), StringTransport()
        assert line is not None
        line.makeConnection(transport)
        self.addCleanup(self.lose, line)
        return line, transport

    def lose(self, line: Line) -> None:
        """
        End a connection.
        """
        if line in self.lines.lines:
            line.connectionLost(Failure(ConnectionDone()))

    def enter(self, line: Line, userid: bytes, password: bytes) -> None:
        """
        Type user ID and password.
        """
        line.dataReceived(userid + b"\r\n")
        line.dataReceived(password + b"\r\n")
        self.clock.advance(0)

    def test_admitted(self) -> None:
        """
        Who has logged in has a Python prompt; begin and end are logged.
        """
        line, transport = self.connect()
        self.enter(line, b"oper", b"secret")
        transport.clear()
        line.dataReceived(b"answer + 1\r\n")
        self.assertIn(b"43", transport.value())
        self.clock.advance(10)
        self.lose(line)
        self.assertEqual(texts(self.events)[-2:], [
            "SSLP654I OPER has logged in to the manhole", "SSLP655I OPER has left the manhole after 10 seconds",
        ])  # fmt: skip

    def test_refused(self) -> None:
        """
        Wrong passwords, and users outside the OBEY list, wait longer and longer; the third try is
        the last, and no password is logged.
        """
        line, transport = self.connect()
        for number, (userid, password) in enumerate([(b"OPER", b"wr0ng"), (b"OTHER", b"secret"), (b"!", b"secret")]):
            transport.clear()
            self.enter(line, userid, password)
            self.clock.advance(2**number - 0.1)
            self.assertNotIn(b"Not accepted", transport.value())
            self.clock.advance(0.1)
            self.assertIn(b"Not accepted", transport.value())
        self.assertTrue(transport.disconnecting)
        text = "\n".join(texts(self.events))
        for expected in ("refused OPER: wrong", "refused OTHER: the user ID is not", "refused what is no user ID"):
            self.assertIn(expected, text)
        self.assertNotIn("wr0ng", text)
        self.assertNotIn("secret", text)

    def test_timeLimits(self) -> None:
        """
        Who does not log in in time, and who has not typed for long, is disconnected.
        """
        line, transport = self.connect()
        self.clock.advance(login.LOGIN_TIME)
        self.assertTrue(transport.disconnected)
        line, transport = self.connect()
        self.enter(line, b"OPER", b"secret")
        self.clock.advance(login.IDLE_TIME - 1)
        line.dataReceived(b"1")
        self.clock.advance(login.IDLE_TIME - 1)
        self.assertFalse(transport.disconnected)
        self.clock.advance(1)
        self.assertTrue(transport.disconnected)

    def test_tooMuch(self) -> None:
        """
        More than a word at login, and an option without end, is not kept.
        """
        for octets in (b"x" * 1000, b"\xff\xfa\x1f" + b"x" * 2000):
            line, transport = self.connect()
            line.dataReceived(octets)
            self.assertTrue(transport.disconnected)

    def test_longLine(self) -> None:
        """
        A line of Python has an end.
        """
        line, transport = self.connect()
        self.enter(line, b"OPER", b"secret")
        line.dataReceived(b"1" * (login.LONGEST_LINE + 100))
        terminal: Any = line.protocol
        self.assertEqual(len(terminal.protocol.terminalProtocol.lineBuffer), login.LONGEST_LINE)

    def test_connections(self) -> None:
        """
        There are a few connections at once; when one ends, there is room for another.
        """
        first, *_ = [self.connect()[0] for _ in range(login.CONNECTIONS)]
        self.assertIsNone(self.lines.buildProtocol(None))
        self.lose(first)
        self.connect()

    def test_gone(self) -> None:
        """
        Who goes while the password is looked at leaves nothing to be done.
        """
        line, _ = self.connect()
        line.dataReceived(b"OPER\r\nwrong\r\n")
        self.lose(line)
        self.assertEqual(self.clock.getDelayedCalls(), [])
