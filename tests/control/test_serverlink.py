"""
Tests for L{sslpool.control.serverlink}: both ends, joined in memory.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.test.iosim import connectedServerAndClient
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.control.serverlink import ServerControl, ServerLink
from sslpool.interfaces import IServer
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.wire.assignment import Address, Assignment, PortAssignment, TimeLimits
from sslpool.wire.member import DOING, READING
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord
from tests.doubles.administration import serverDetails, sessionRecord
from tests.logs import texts

READ = LabelsRead("digest", serverDetails("", labels=500).labels)

T = TypeVar("T")

LIMITS = TimeLimits(10, 20, 30)
ASSIGNMENT = Assignment("SSL00001", "/etc/gskadm/Database.kdb", LIMITS)
PORTS = [
    PortAssignment(key, f"0.0.0.0:{8000 + key}", "HTTPD", "WEBCERT", (Address(2, "127.0.0.1", 80),)) for key in (1, 2)
]


@implementer(IServer)
@define
class FakeServer:
    """
    Writes down what it is told.
    """

    calls: list[tuple[object, ...]] = field(factory=list)
    failure: Exception | None = None
    userid: str = ""

    def assign(self, assignment: Assignment) -> LabelsRead:
        """
        Write it down.
        """
        self.userid = assignment.userid
        self._called("assign", assignment)
        return READ

    def setLimits(self, limits: TimeLimits) -> None:
        """
        Write it down.
        """
        self._called("setLimits", limits)

    def setPort(self, port: PortAssignment) -> None:
        """
        Write it down.
        """
        self._called("setPort", port)

    def serve(self) -> None:
        """
        Write it down.
        """
        self._called("serve")

    def setTrace(self, words: Sequence[str]) -> None:
        """
        Write it down.
        """
        self._called("setTrace", list(words))

    def setKeyLog(self, selector: str, seconds: int) -> None:
        """
        Write it down.
        """
        self._called("setKeyLog", selector, seconds)

    def prepareLabels(self) -> LabelsRead:
        """
        Write it down.
        """
        self._called("prepareLabels")
        return READ

    def switchLabels(self, digest: str) -> None:
        """
        Write it down.
        """
        self._called("switchLabels", digest)

    def discardLabels(self) -> None:
        """
        Write it down.
        """
        self._called("discardLabels")

    def quiesce(self, seconds: int) -> None:
        """
        Write it down.
        """
        self._called("quiesce", seconds)

    def details(self) -> ServerDetails:
        """
        Say something.
        """
        self._called("details")
        return serverDetails("SSL00001", labels=500)

    def sessions(self, after: int, limit: int) -> list[SessionRecord]:
        """
        Return the sessions that are asked for.
        """
        self._called("sessions", after, limit)
        return [sessionRecord(number) for number in range(after + 1, after + 1 + limit)]

    def _called(self, *call: object) -> None:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure


class LinkTests(SynchronousTestCase):
    """
    The stack talks to a server.
    """

    def setUp(self) -> None:
        """
        Join both ends.
        """
        self.clock = Clock()
        self.server = FakeServer()
        self.losses: list[str] = []
        self.written: list[tuple[object, ...]] = []
        self.keys: list[str] = []
        self.heard: list[Said] = []
        self.control, self.link, self.pump = connectedServerAndClient(
            lambda: ServerLink(
                self.clock,
                lambda: self.losses.append("server"),
                lambda *lines: self.written.append(lines),
                self.keys.append,
                self.heard.append,
            ),
            self.makeControl,
        )

    def makeControl(self) -> ServerControl:
        """
        Return the server's end.
        """
        control = ServerControl()
        control.wire(self.server, lambda: self.losses.append("stack"))
        return control

    def ask(self, question: Coroutine[Any, Any, T]) -> Deferred[T]:
        """
        Ask, and carry octets until nothing moves.
        """
        answer = Deferred.fromCoroutine(question)
        self.pump.flush()
        return answer

    def test_interfaces(self) -> None:
        """
        The server of these tests is one.
        """
        self.assertTrue(verifyObject(IServer, self.server))

    def test_begin(self) -> None:
        """
        A server is told what it is, then the ports, and last to serve; it says which labels it serves.
        """
        self.assertEqual(self.successResultOf(self.ask(self.link.begin(ASSIGNMENT, PORTS))), READ)
        self.assertEqual(
            self.server.calls, [("assign", ASSIGNMENT), ("setPort", PORTS[0]), ("setPort", PORTS[1]), ("serve",)]
        )

    def test_console(self) -> None:
        """
        The lines of a server's console are of the server that the stack has told it to be.
        """
        self.ask(self.link.begin(ASSIGNMENT, []))
        arrived = self.control.writeConsole([7.5], ["a line"])
        self.pump.flush()
        self.assertEqual((self.successResultOf(arrived), self.written), ({}, [("SSL00001", [7.5], ["a line"])]))

    def test_keys(self) -> None:
        """
        The lines of a key log arrive in its file, whichever server they are of.
        """
        self.control.writeKey("CLIENT_RANDOM")
        self.pump.flush()
        self.assertEqual(self.keys, ["CLIENT_RANDOM"])

    def test_refused(self) -> None:
        """
        What the operator can put right arrives as it was raised; the server is not told to serve.
        """
        self.server.failure = operatorError("SSLP130E", label="WEBCERT", reason="no private key")
        error = self.failureResultOf(self.ask(self.link.begin(ASSIGNMENT, [])), OperatorError).value
        self.assertEqual(str(error), "SSLP130E Label WEBCERT cannot be used: no private key")
        self.assertEqual(self.server.calls, [("assign", ASSIGNMENT)])
        self.assertEqual(self.losses, [])

    def test_questions(self) -> None:
        """
        Answers arrive whole, however long they are.
        """
        self.assertEqual(self.successResultOf(self.ask(self.link.prepareLabels())), READ)
        self.assertEqual(self.successResultOf(self.ask(self.link.details())), serverDetails("SSL00001", labels=500))
        sessions = self.successResultOf(self.ask(self.link.sessions(5, 1000)))
        self.assertEqual([each.number for each in sessions], list(range(6, 1006)))

    def test_orders(self) -> None:
        """
        Orders are carried out in their order.
        """
        self.link.setLimits(LIMITS)
        self.link.setPort(PORTS[0])
        self.link.quiesce(30)
        self.pump.flush()
        self.successResultOf(self.ask(self.link.switchLabels("digest")))
        self.link.discardLabels()
        self.pump.flush()
        self.assertEqual(
            self.server.calls,
            [
                ("setLimits", LIMITS),
                ("setPort", PORTS[0]),
                ("quiesce", 30),
                ("switchLabels", "digest"),
                ("discardLabels",),
            ],
        )

    def test_refreshRefused(self) -> None:
        """
        A REFRESH that the server refuses leaves the connection as it is.
        """
        self.server.failure = operatorError("SSLP130E", label="WEBCERT", reason="no private key")
        self.failureResultOf(self.ask(self.link.prepareLabels()), OperatorError)
        self.server.failure = None
        self.assertEqual(self.successResultOf(self.ask(self.link.prepareLabels())), READ)

    def test_fault(self) -> None:
        """
        A mistake of the server in telling about itself is logged there, told, and ends nothing.
        """
        self.server.failure = ZeroDivisionError("unforeseen")
        for question in (self.link.details(), self.link.sessions(0, 1), self.link.prepareLabels()):
            error = self.failureResultOf(self.ask(question), OperatorError).value
            self.assertTrue(str(error).startswith("SSLP198E"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 3)
        self.server.failure = None
        self.successResultOf(self.ask(self.link.details()))
        self.assertEqual(self.losses, [])

    def test_faultInOrder(self) -> None:
        """
        So is one in doing what it is told, and the connection, with all sessions, stays.
        """
        self.server.failure = ZeroDivisionError("unforeseen")
        self.link.setLimits(LIMITS)
        self.link.quiesce(5)
        self.pump.flush()
        error = self.failureResultOf(self.ask(self.link.begin(ASSIGNMENT, PORTS)), OperatorError).value
        self.assertTrue(str(error).startswith("SSLP198E"), error)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 5)
        self.server.failure = None
        self.successResultOf(self.ask(self.link.details()))
        self.assertEqual(self.losses, [])

    def test_timeout(self) -> None:
        """
        A server that does not answer in time cannot be reached; a late answer does no harm.
        """
        answer = Deferred.fromCoroutine(self.link.details())
        self.clock.advance(DOING)
        error = self.failureResultOf(answer, ConnectionError).value
        self.assertEqual(str(error), "Connection timed out")
        self.pump.flush()
        self.assertEqual(self.losses, [])
        self.successResultOf(self.ask(self.link.prepareLabels()))

    def test_longReading(self) -> None:
        """
        One that reads the key database may take longer: whether it gets on is seen elsewhere.
        """
        answer = Deferred.fromCoroutine(self.link.prepareLabels())
        self.clock.advance(2 * DOING)
        self.assertNoResult(answer)
        self.clock.advance(READING)
        self.failureResultOf(answer, ConnectionError)

    def test_lost(self) -> None:
        """
        When the connection ends, both ends are told once.
        """
        self.link.close()
        self.pump.flush()
        self.assertEqual(sorted(self.losses), ["server", "stack"])

    def test_lostWhileAsked(self) -> None:
        """
        What was asked fails, whether the connection ended well or not, and nothing is waited for any more.
        """
        for reason in (ConnectionDone(), ConnectionLost()):
            self.setUp()
            answer = Deferred.fromCoroutine(self.link.details())
            self.link.connectionLost(Failure(reason))
            self.assertEqual(str(self.failureResultOf(answer, ConnectionError).value), "Connection lost")
            self.assertEqual((self.losses, self.clock.getDelayedCalls()), (["server"], []))

    def test_afterLoss(self) -> None:
        """
        After that nothing can be asked, and orders are no error.
        """
        self.link.close()
        self.pump.flush()
        self.failureResultOf(Deferred.fromCoroutine(self.link.prepareLabels()), ConnectionError)
        self.failureResultOf(Deferred.fromCoroutine(self.link.begin(ASSIGNMENT, PORTS)), ConnectionError)
        self.link.setLimits(LIMITS)
        self.link.quiesce(0)
        self.link.close()
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_ordersInFlight(self) -> None:
        """
        Orders that were on their way when the connection ended are no error.
        """
        self.link.setLimits(LIMITS)
        self.link.setPort(PORTS[0])
        self.link.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_beginLost(self) -> None:
        """
        A server that goes while it is begun cannot be reached, and nothing else is an error.
        """
        answer = Deferred.fromCoroutine(self.link.begin(ASSIGNMENT, PORTS))
        self.link.connectionLost(Failure(ConnectionLost()))
        self.failureResultOf(answer, ConnectionError)
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_report(self) -> None:
        """
        What a server reports is in the stack's log, as a message.
        """
        with capturedLogs() as events:
            self.control.report("SSLP122I", {"server": "SSL00001", "application": "HTTPD"})
            self.pump.flush()
        self.assertEqual(texts(events), ["SSLP122I SSL00001: HTTPD can be reached again"])
        self.assertEqual(self.heard, [said("SSLP122I", server="SSL00001", application="HTTPD")])

    def test_reportTooLate(self) -> None:
        """
        A report for which there is no stack any more is no error.
        """
        assert self.control.transport is not None
        self.control.transport.loseConnection()
        self.pump.flush()
        self.control.report("SSLP122I", {"server": "SSL00001", "application": "HTTPD"})
        self.assertEqual(sorted(self.losses), ["server", "stack"])

    def test_notConnected(self) -> None:
        """
        An end that was never connected can be closed, and cannot be asked.
        """
        link = ServerLink(self.clock, lambda: None, lambda *lines: None, self.keys.append, self.heard.append)
        link.close()
        self.failureResultOf(Deferred.fromCoroutine(link.details()), ConnectionError)
