# -*- test-case-name: tests.manager.test_traces -*-
"""
Tests for L{sslpool.manager.traces} and L{sslpool.manager.administration}, and how the administration uses them.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from sslpool.manager.traces import Traces
from sslpool.messages import OperatorError
from tests.doubles.servers import STEP
from tests.manager.test_administration import AdministrationCase, Consoles


class TracesTests(SynchronousTestCase):
    """
    Who traces what.
    """

    def test_single(self) -> None:
        """
        What is said of one member holds for it until something is said of all.
        """
        traces = Traces(("NORMAL", "ALL"))
        traces.set("SSL00002", ("DEBUG",))
        self.assertEqual((traces.of("SSL00001"), traces.of("SSL00002")), (("NORMAL", "ALL"), ("DEBUG",)))
        traces.set(None, ())
        self.assertEqual((traces.of("SSL00001"), traces.of("SSL00002")), ((), ()))


class TraceTests(AdministrationCase):
    """
    TRACE, NOTRACE and QUERY TRACE.
    """

    def test_trace(self) -> None:
        """
        Servers that run are told; those that do not will be, when they are started.
        """
        messages = self.told(self.administration.trace(None, ["conn", "192.0.2.1"], "ALICE", False))
        self.assertEqual(messages[0], "SSLP621I SSL00001 traces CONNECTIONS 192.0.2.1")
        self.assertEqual(messages[1], "SSLP623I SSL00002, which is Eligible, will trace CONNECTIONS 192.0.2.1")
        self.assertIn(("setTrace", ("CONNECTIONS", "192.0.2.1")), self.starter.servers[0].link.calls)
        self.told(self.administration.start("SSL00002"))
        self.spend(5 * STEP)
        (begun,) = [call for call in self.starter.servers[1].link.calls if call[0] == "begin"]
        self.assertEqual(begun[1].trace, ("CONNECTIONS", "192.0.2.1"))  # type: ignore[attr-defined]

    def test_query(self) -> None:
        """
        QUERY TRACE says what each server traces, or would.
        """
        self.told(self.administration.trace("SSL00003", ["FLOW"], "ALICE", False))
        found = [(each.userid, each.state, each.trace) for each in self.administration.traces(None)]
        expected = [("SSL00001", "Active", "NOTRACE"), ("SSL00002", "Eligible", "NOTRACE")]
        self.assertEqual(found, [*expected, ("SSL00003", "Eligible", "FLOW ALL")])
        self.assertEqual([each.trace for each in self.administration.traces("SSL00003")], ["FLOW ALL"])

    def test_noTrace(self) -> None:
        """
        NOTRACE ends all traces.
        """
        self.told(self.administration.trace(None, ["DEBUG"], "ALICE", False))
        messages = self.told(self.administration.endTrace(None))
        self.assertEqual(messages[0], "SSLP622I SSL00001 traces nothing")
        self.assertEqual(self.starter.servers[0].link.calls[-1], ("setTrace", ()))

    def test_mistake(self) -> None:
        """
        Where a word cannot be there, nothing is changed, and word and syntax are shown.
        """
        self.told(self.administration.trace(None, ["FLOW"], "ALICE", False))
        for words, word in ((["CONN", "DATA", "1.2.3.4", "0"], "0"), (["BOGUS"], "BOGUS"), (["FLOW", "ALL", "2"], "2")):
            asked = _later(self.administration.trace(None, words, "ALICE", False))
            error = self.failureResultOf(asked, OperatorError).value
            self.assertRegex(str(error), f"^SSLP620E TRACE: found {word}, expected .*; the syntax is TRACE ")
        self.assertEqual({each.trace for each in self.administration.traces(None)}, {"FLOW ALL"})

    def test_unreachable(self) -> None:
        """
        A server that does not answer is named; the others' answers are shown.
        """
        self.starter.servers[0].link.failure = ConnectionError("Connection timed out")
        messages = self.told(self.administration.trace(None, ["FLOW"], "ALICE", False))
        self.assertEqual(messages[0], "DTCSSL2421E SSL00001: Communication error: Connection timed out")
        self.assertEqual(len(messages), 3)

    def test_former(self) -> None:
        """
        A process that has been replaced, still has sessions and does not answer is named, and does not
        keep the trace from its successor.
        """
        self.fill(0, 1)
        self.told(self.administration.restart("SSL00001"))
        self.spend(4 * STEP)
        former, present = self.starter.servers[:2]
        former.link.failure = ConnectionError("Connection timed out")
        messages = self.told(self.administration.trace(None, ["FLOW"], "ALICE", False))
        self.assertEqual(messages[0], "DTCSSL2421E SSL00001: Communication error: Connection timed out")
        self.assertIn(("setTrace", ("FLOW", "ALL")), present.link.calls)


def _later(question: object) -> Deferred[object]:
    return Deferred.fromCoroutine(question)  # type: ignore[arg-type]


class ConsoleTests(AdministrationCase):
    """
    CLOSECON and LOG.
    """

    def test_all(self) -> None:
        """
        All consoles are those of the stack and of the servers that have lines; what cannot be delivered is said.
        """
        self.assertEqual(
            self.told(self.administration.closeConsole(None)),
            [
                "SSLP630I The console of TCPIP was closed; lines: 7, file: /consoles/TCPIP",
                "SSLP630I The console of SSLDCSSM was closed; lines: 7, file: /consoles/SSLDCSSM",
                "SSLP630I The console of SSL00001 was closed; lines: 7, file: /consoles/SSL00001",
                "SSLP633E The log /x cannot be used: full",
            ],
        )

    def test_before(self) -> None:
        """
        Where lines were delivered before, the message that there are no new ones says so.
        """
        self.patch(Consoles, "last", lambda consoles, userid: f"/before/{userid}")
        self.assertEqual(
            self.told(self.administration.closeConsole("SSL00003")),
            [
                "SSLP188I The console of SSL00003 has no new lines; LOG shows those that were delivered before, file: "
                "/before/SSL00003"
            ],
        )

    def test_one(self) -> None:
        """
        That one has no lines is said, and is no error; that one cannot be delivered is.
        """
        self.assertEqual(
            self.told(self.administration.closeConsole("SSL00003")), ["SSLP634I The console of SSL00003 has no lines"]
        )
        self.failureResultOf(_later(self.administration.closeConsole("SSL00002")), OperatorError)
        self.assertEqual(len(self.told(self.administration.closeConsole("SSL00001"))), 1)
        self.assertEqual(self.administration.readConsole("SSL00001", 5), "SSL00001 5")
