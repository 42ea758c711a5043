"""
Tests for L{sslpool.control.responders}, through the wire format.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.control.access import Caller
from sslpool.control.client import StackClient
from sslpool.control.complaints import REFUSED
from sslpool.interfaces import IPoolAdministration
from sslpool.messages import OperatorError, operatorError, said
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.records import ConnectionRecord, ListenerRecord
from tests.control.joined import ALICE, OWNER, STRANGER, join
from tests.doubles.administration import (
    HISTORY,
    FakeAdministration,
    cacheStatus,
    poolStatus,
    serverStatus,
    sessionRecord,
)

Question = Callable[[StackClient], Coroutine[Deferred[Any], Any, Any]]

PRIVILEGED: tuple[tuple[str, Question], ...] = (
    ("QUERY STATUS", lambda client: client.status()),
    ("QUERY STATUS DETAILS", lambda client: client.details(None)),
    ("QUERY SERVING", lambda client: client.serving()),
    ("QUERY SESSIONS", lambda client: client.sessions(None)),
    ("START", lambda client: client.start("SSL00002")),
    ("STOP", lambda client: client.stop("SSL00001", True)),
    ("RESTART", lambda client: client.restart(None)),
    ("REFRESH", lambda client: client.refresh(None)),
    ("QUERY CACHE", lambda client: client.cache(None)),
    ("REFRESH KEYS", lambda client: client.refreshKeys(True)),
)
OPEN: tuple[Question, ...] = (
    lambda client: client.exchangeVersion(),
    lambda client: client.configuration(),
    lambda client: client.connections(),
    lambda client: client.listeners(),
)


class FakeTests(SynchronousTestCase):
    """
    L{FakeAdministration} is what it pretends to be.
    """

    def test_interface(self) -> None:
        """
        It provides L{IPoolAdministration}.
        """
        self.assertTrue(verifyObject(IPoolAdministration, FakeAdministration()))


class AnswerTests(SynchronousTestCase):
    """
    An administrator is answered from the pool.
    """

    def setUp(self) -> None:
        """
        Join an administrator and a pool.
        """
        self.pool = FakeAdministration()
        self.joined = join(self.pool)
        self.client = self.joined.client

    def ask(self, question: Coroutine[Deferred[Any], Any, Any]) -> Any:
        """
        Return the answer.
        """
        return self.successResultOf(self.joined.ask(question))

    def test_status(self) -> None:
        """
        QUERY STATUS returns the pool as it is.
        """
        self.assertEqual(self.ask(self.client.status()), self.pool.pool)

    def test_serving(self) -> None:
        """
        QUERY SERVING returns whether new clients are served, for a port or for all.
        """
        self.assertTrue(self.ask(self.client.serving()).serving)
        self.assertEqual(self.ask(self.client.serving(8443)).ports[0].local, "0.0.0.0:8443")
        self.pool.pool = poolStatus([serverStatus(1, "Stopped")])
        self.assertEqual(self.ask(self.client.serving()).reason, "SSLP457W")

    def test_largePool(self) -> None:
        """
        A pool of 256 servers is returned in one piece.
        """
        self.pool.pool = poolStatus([evolve(serverStatus(n), reason="why " * 100) for n in range(1, 257)])
        self.assertEqual(self.ask(self.client.status()), self.pool.pool)

    def test_details(self) -> None:
        """
        QUERY STATUS DETAILS returns records, and messages of servers that cannot answer.
        """
        self.pool.labels = 1000
        first, second, third = self.ask(self.client.details(None))
        self.assertEqual(len(first.labels), 1000)
        self.assertEqual(
            [second, third],
            [
                said("DTCSSL2421E", server="SSL00002", reason="the server is Eligible"),
                said("DTCSSL2421E", server="SSL00003", reason="the server is Stopped"),
            ],
        )

    def test_sessionsInPages(self) -> None:
        """
        QUERY SESSIONS returns all sessions in order, however many pages there are.
        """
        self.pool.known = [sessionRecord(number) for number in range(3, 1000, 3)]
        self.assertEqual(self.ask(self.client.sessions(None)), self.pool.known)

    def test_sessionsOfServer(self) -> None:
        """
        QUERY SESSIONS of a server returns its sessions only.
        """
        self.pool.known = [sessionRecord(1), sessionRecord(2, "SSL00002")]
        self.assertEqual(self.ask(self.client.sessions("SSL00002")), self.pool.known[1:])

    def test_changes(self) -> None:
        """
        START, STOP, RESTART and REFRESH reach the pool with their operands, and its messages come back.
        """
        self.assertEqual(self.ask(self.client.start("SSL00002")), [said("SSLP117I", server="SSL00002")])
        self.assertEqual(self.ask(self.client.stop("SSL00002", True)), [said("SSLP117I", server="SSL00002")])
        self.assertEqual(self.ask(self.client.stop("SSL00001", False)), [said("SSLP117I", server="SSL00001")])
        self.assertEqual(len(self.ask(self.client.restart(None))), 3)
        self.assertEqual(len(self.ask(self.client.refresh(None))), 3)
        self.assertEqual(
            self.pool.calls,
            [
                ("start", "SSL00002"),
                ("stop", "SSL00002", True),
                ("stop", "SSL00001", False),
                ("restart", None),
                ("refresh", None),
            ],
        )

    def test_history(self) -> None:
        """
        The configurations that were accepted come without texts, one of them with; who goes back to one is
        logged, unless he only looks.
        """
        self.assertEqual(self.ask(self.client.history()), [each.brief for each in HISTORY])
        self.assertEqual(self.ask(self.client.history(2)), [HISTORY[1]])
        with capturedLogs() as events:
            for number, test in ((None, False), (1, False), (1, True)):
                [message] = self.ask(self.client.rollback(number, test))
                self.assertEqual(message.id, "SSLP080I")
        texts = [formatEvent(event) for event in events if event.get("messageId") == "SSLP412I"]
        self.assertEqual([text.partition(" used ")[2] for text in texts], ["ROLLBACK for ALL", "ROLLBACK 1 for ALL"])
        self.assertEqual([call[:2] for call in self.pool.calls], [("rollback", None), ("rollback", 1)])

    def test_cache(self) -> None:
        """
        The books of the session cache, and other ticket keys.
        """
        self.assertEqual(self.ask(self.client.cache(None)), cacheStatus())
        self.assertEqual(self.ask(self.client.cache("ssl00002")).server, "SSL00002")
        self.assertEqual(self.ask(self.client.refreshKeys(False)), [said("SSLP169I", seconds=86400)])
        with capturedLogs() as events:
            self.assertEqual(self.ask(self.client.refreshKeys(True)), [said("SSLP170I")])
        texts = [formatEvent(event) for event in events if event.get("messageId") == "SSLP412I"]
        self.assertEqual(texts, ["SSLP412I ALICE used REFRESH KEYS NOW for ALL"])
        self.assertEqual(self.pool.calls, [("refreshKeys", False), ("refreshKeys", True)])

    def test_changeIsLogged(self) -> None:
        """
        Who changed what is in the log.
        """
        with capturedLogs() as events:
            self.ask(self.client.stop("SSL00002", False))
            self.ask(self.client.refresh(None))
        texts = [formatEvent(event) for event in events if event.get("messageId") == "SSLP412I"]
        self.assertEqual(texts, ["SSLP412I ALICE used STOP for SSL00002", "SSLP412I ALICE used REFRESH for ALL"])

    def test_lowerCase(self) -> None:
        """
        A server's name may be in lower case.
        """
        self.assertEqual(self.ask(self.client.start("ssl00002")), [said("SSLP117I", server="SSL00002")])

    def test_consoles(self) -> None:
        """
        Agent and stack have consoles as servers have; for all else they are no servers.
        """
        status = self.pool.status()
        for name in (status.agent.lower(), status.stack, "SSL00001"):
            self.assertEqual(self.ask(self.client.closeConsole(name)), [said("SSLP634I", server=name.upper())])
        refused = self.failureResultOf(self.joined.ask(self.client.start(status.agent)), OperatorError)
        self.assertEqual(refused.value.said.id, "SSLP407E")

    def test_unknownServer(self) -> None:
        """
        A server that is not in the pool is refused by every command that takes one.
        """
        for question in (
            self.client.details("SSL00099"),
            self.client.sessions("SSL00099"),
            self.client.start("SSL00099"),
            self.client.stop("SSL00099", True),
            self.client.restart("SSL00099"),
            self.client.refresh("SSL00099"),
        ):
            failure = self.failureResultOf(self.joined.ask(question), OperatorError)
            self.assertEqual(str(failure.value), "SSLP407E SSL00099 is not a server of stack TCPIP")
        self.assertEqual(self.pool.calls, [])


class AuthorityTests(SynchronousTestCase):
    """
    What a caller may ask for.
    """

    def test_stranger(self) -> None:
        """
        A stranger is refused every privileged command, and the pool is not asked.
        """
        for title, question in PRIVILEGED:
            pool = FakeAdministration()
            joined = join(pool, STRANGER)
            failure = self.failureResultOf(joined.ask(question(joined.client)), OperatorError)
            self.assertEqual(str(failure.value), f"SSLP406E MALLORY is not authorized to use {title}")
            self.assertEqual(pool.calls, [])
            self.assertFalse(joined.cutOff)
            self.assertEqual(joined.complaints.counts, {REFUSED: 1})

    def test_refusalIsLogged(self) -> None:
        """
        The log says who asked for what.
        """
        joined = join(FakeAdministration(), STRANGER)
        with capturedLogs() as events:
            self.failureResultOf(joined.ask(joined.client.stop()), OperatorError)
        self.assertEqual([formatEvent(event) for event in events], ["SSLP439W MALLORY was denied STOP"])

    def test_openToAll(self) -> None:
        """
        A stranger may use what NETSTAT shows.
        """
        for question in OPEN:
            joined = join(FakeAdministration(), STRANGER)
            self.successResultOf(joined.ask(question(joined.client)))

    def test_admitted(self) -> None:
        """
        Administrators, the OBEY list and the stack's user may use everything.
        """
        for caller in (ALICE, Caller(504, "OBEYER"), Caller(OWNER, "")):
            for _, question in PRIVILEGED:
                joined = join(FakeAdministration(), caller)
                self.successResultOf(joined.ask(question(joined.client)))

    def test_publicStatus(self) -> None:
        """
        CONFIG SSL tells neither process ids nor reasons, and of clients what is set and not what became of them.
        """
        pool = FakeAdministration()
        closed = ListenerRecord("HTTPD", "0.0.0.0:8443", "WEBCERT", "127.0.0.1:8080", "Closed", "secret")
        pool.pool = evolve(poolStatus([evolve(serverStatus(1), reason="secret")]), closed=(closed,))
        limits = AdmissionStatus({"PEERRATE": 9}, ("10.0.0.0/8",), {"DENY of [::]:443": ("::/0",)})
        pool.pool = evolve(pool.pool, admission=evolve(limits, pending=1, addresses=2, refused={"X": 3}, uncounted=4))
        pool.secured = [closed]
        joined = join(pool, STRANGER)
        status = self.successResultOf(joined.ask(joined.client.configuration()))
        shown = evolve(closed, reason="")
        expected = evolve(poolStatus([evolve(serverStatus(1), pid=0)]), agentPid=0, closed=(shown,))
        self.assertEqual(status, evolve(expected, admission=limits))
        self.assertEqual(self.successResultOf(joined.ask(joined.client.listeners())), [shown])

    def test_publicSessions(self) -> None:
        """
        CONN tells of a session what NETSTAT shows, over all pages.
        """
        pool = FakeAdministration()
        pool.known = [sessionRecord(number) for number in range(1, 251)]
        joined = join(pool, STRANGER)
        connections = self.successResultOf(joined.ask(joined.client.connections()))
        self.assertEqual(len(connections), 250)
        self.assertEqual(
            connections[0],
            ConnectionRecord(
                1, "HTTPD", "192.0.2.1:8443", "203.0.113.5:50001", "Established",
                "SSL00001", "WEBCERT", "TLSv1.3", "TLS_AES_256_GCM_SHA384",
            ),
        )  # fmt: skip


class FaultTests(SynchronousTestCase):
    """
    Errors reach the caller as messages, and the connection stays.
    """

    def test_operatorError(self) -> None:
        """
        What the operator can put right comes as its message, without a traceback.
        """
        pool = FakeAdministration(failure=operatorError("SSLP410E", path="/x", reason="why"))
        joined = join(pool)
        failure = self.failureResultOf(joined.ask(joined.client.status()), OperatorError)
        self.assertEqual(str(failure.value), "SSLP410E Cannot listen on /x: why")
        self.assertEqual(failure.value.said.id, "SSLP410E")
        self.assertEqual(joined.faults, 0)

    def test_ourFault(self) -> None:
        """
        A fault of ours is logged with its traceback and counted; the caller learns where to look, and may go on.
        """
        pool = FakeAdministration(failure=ZeroDivisionError("oops"))
        joined = join(pool)
        failure = self.failureResultOf(joined.ask(joined.client.details(None)), OperatorError)
        self.assertEqual(str(failure.value), "SSLP405E Internal error; see the stack's log")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(joined.faults, 1)
        pool.failure = None
        self.successResultOf(joined.ask(joined.client.status()))

    def test_badAnswer(self) -> None:
        """
        An answer that cannot be written is a fault of ours, too.
        """
        pool = FakeAdministration(pool=evolve(poolStatus([]), started=float("nan")))
        joined = join(pool)
        self.failureResultOf(joined.ask(joined.client.status()), OperatorError)
        self.assertEqual(joined.faults, 1)
        self.assertTrue(self.flushLoggedErrors())
        self.assertFalse(joined.cutOff)
