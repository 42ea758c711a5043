"""
Tests for L{sslpool.manager.administration}.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.interfaces import IConsoles, IPoolAdministration, IReconfiguration, IRollback
from sslpool.manager.administration import PoolAdministration
from sslpool.manager.refresh import Renewal
from sslpool.manager.rekeying import Rekeying
from sslpool.manager.sessioncache import SessionCache
from sslpool.manager.vacancy import VACANT
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.pool.serving import PortFacts
from sslpool.pool.states import Event
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.cachestatus import SegmentStatus
from sslpool.wire.history import AcceptedRecord
from sslpool.wire.records import ListenerRecord
from sslpool.wire.segment import KeyFacts
from tests.config.support import current
from tests.doubles.administration import poolStatus, serverDetails, sessionRecord
from tests.doubles.servers import STEP, FakeServer
from tests.logs import texts
from tests.manager.pools import PoolCase
from tests.neighbours import FakeAgent, FakeProspects

T = TypeVar("T")

LISTENER = ListenerRecord("HTTPD", "0.0.0.0:8443", "WEBCERT", "127.0.0.1:8080")


@implementer(IReconfiguration)
class Files:
    """
    Configuration files, and what the stack does not follow of them.
    """

    def __init__(self) -> None:
        self.later: list[Said] = []

    async def obey(self, name: str, text: str, test: bool, by: str = "") -> list[Said]:
        """
        See L{IReconfiguration.obey}.
        """
        return [said("SSLP043I", what=name, before=text, after=by)]

    def pending(self) -> list[Said]:
        """
        See L{IReconfiguration.pending}.
        """
        return self.later


@implementer(IRollback)
class Back:
    """
    The way back.
    """

    def history(self, number: int | None) -> list[AcceptedRecord]:
        """
        See L{IRollback.history}.
        """
        return [AcceptedRecord(number or 1, 0.0, "START")]

    async def rollback(self, number: int | None, test: bool, by: str) -> list[Said]:
        """
        See L{IRollback.rollback}.
        """
        return [said("SSLP043I", what=by, before=number, after=test)]


@implementer(IConsoles)
class Consoles:
    """
    Consoles, some of which have lines.
    """

    def deliver(self, userid: str) -> tuple[str, int] | None:
        """
        Deliver that of the first server and of the stack.
        """
        if userid == "SSL00002":
            raise operatorError("SSLP633E", path="/x", reason="full")
        if userid == "SSL00003":
            return None
        return f"/consoles/{userid}", 7

    def last(self, userid: str) -> str:
        """
        Nothing was delivered before.
        """
        return ""

    def read(self, userid: str, offset: int) -> str:
        """
        Return something.
        """
        return f"{userid} {offset}"


class AdministrationCase(PoolCase):
    """
    Tests with a started pool and its administration.
    """

    def setUp(self) -> None:
        """
        Start a pool of three, the first of which is Active.
        """
        super().setUp()
        self.full = False
        self.epoch = 0.0
        self.read: list[Said] = []
        self.agent = FakeAgent()
        self.prospects = FakeProspects([PortFacts("0.0.0.0:8443", 8443, "HTTPD")])
        self.cache = self.makeCache()
        renewal = Renewal(self.clock, self.pool, set, lambda: 1, lambda reads, complete: self.take(complete))
        renewal.wire()
        self.administration = PoolAdministration(
            pool=self.pool,
            identity=poolStatus([]),
            agentPid=lambda: 77,
            full=lambda: self.full,
            listeners=lambda: [LISTENER],
            renewal=renewal,
            sessionCache=self.cache,
            rekeying=Rekeying(self.clock, self.pool, self.starter, self.cache, "SSLDCSSM"),
            epoch=lambda: self.epoch,
            consoles=Consoles(),
            trust=tuple,
            programs=dict,
            admission=AdmissionStatus,
            prospects=self.prospects,
        )
        self.files = Files()
        self.administration.wire(self.files, Back())
        self.complete: list[bool] = []
        self.start()

    def take(self, complete: bool) -> list[Said]:
        """
        Be the stack after a REFRESH.
        """
        self.complete.append(complete)
        return self.read

    def makeCache(self) -> SessionCache:
        """
        Return the session cache of the pool.
        """
        segment = SegmentStatus("TCPIP", 1, "10000", "100FF", 4096, ())
        return SessionCache(
            self.segment, self.agent, lambda: segment, current().configuration, self.members, self.seats
        )

    def ask(self, question: Coroutine[Any, Any, T]) -> T:
        """
        Return the answer, which must be there at once.
        """
        return self.successResultOf(Deferred.fromCoroutine(question))

    def told(self, question: Coroutine[Any, Any, list[Any]]) -> list[Any]:
        """
        Return the answer, its messages as people read them.
        """
        return [str(each) if isinstance(each, Said) else each for each in self.ask(question)]

    def refused(self, question: Coroutine[Any, Any, T]) -> str:
        """
        Return the message with which it is refused.
        """
        return str(self.failureResultOf(Deferred.fromCoroutine(question), OperatorError).value)

    def activateAll(self) -> None:
        """
        Have all three members Active, and empty.
        """
        for index in range(2):
            self.fill(index)
            self.spend(3 * STEP)
            self.finish(index, 2)
        self.fill(0)
        self.fill(1)
        self.spend(3 * STEP)
        self.finish(0, 2)
        self.finish(1, 2)
        self.assertEqual(self.states(), ["Active"] * 3)


class StatusTests(AdministrationCase):
    """
    What is shown.
    """

    def test_configuration(self) -> None:
        """
        What is to be obeyed, the history and the way back are passed on, with who asks.
        """
        [obeyed] = self.told(self.administration.obey("A", "PORT", False, "TCPMAINT"))
        self.assertEqual(obeyed, "SSLP043I A changed from PORT to TCPMAINT")
        self.assertEqual([each.number for each in self.administration.history(5)], [5])
        [back] = self.told(self.administration.rollback(3, True, "TCPMAINT"))
        self.assertEqual(back, "SSLP043I TCPMAINT changed from 3 to True")

    def test_interface(self) -> None:
        """
        It is what the control socket asks.
        """
        self.assertTrue(verifyObject(IPoolAdministration, self.administration))

    def test_status(self) -> None:
        """
        Pool and members are reported as they are now.
        """
        self.fill(0, 1)
        self.full = True
        self.setLimits(maxSessions=5)
        status = self.administration.status()
        self.assertEqual((status.sessions, status.maximum, status.maxPerServer), (1, 5, 2))
        self.assertEqual((status.peak, status.total, status.full, status.agentPid), (1, 1, True, 77))
        self.assertEqual([(each.userid, each.state) for each in status.servers], [
            ("SSL00001", "Active"), ("SSL00002", "Eligible"), ("SSL00003", "Eligible"),
        ])  # fmt: skip
        self.assertEqual(status.servers[0].pid, 1001)

    def test_serving(self) -> None:
        """
        Whether new clients are served is part of the status, with what is known; who asks for that alone has
        the applications tried.
        """
        status = self.ask(self.administration.latest())
        assert status.serving is not None
        self.assertEqual((status.serving.serving, status.serving.reason), (True, "SSLP455I"))
        found = self.ask(self.administration.serving(8443))
        self.assertEqual(found, status.serving)
        self.assertEqual(self.prospects.looked, [(True, None), (False, 8443)])
        self.ask(self.administration.stop(None, True))
        found = self.ask(self.administration.serving(None))
        self.assertEqual((found.serving, found.reason, found.action), (False, "SSLP457W", "Use SSLADMIN START."))
        self.assertEqual([(each.local, each.serving, each.reason) for each in found.ports], [
            ("0.0.0.0:8443", False, "SSLP457W"),
        ])  # fmt: skip

    def test_servingPorts(self) -> None:
        """
        A port is asked about by its number; there may be none of that.
        """
        missing = said("SSLP020E", port=992, label="TELNET")
        self.prospects.known.append(PortFacts("0.0.0.0:992", 992, "INTCLIEN", False, missing))
        found = self.ask(self.administration.serving(992))
        self.assertEqual((found.serving, found.reason, len(found.ports)), (False, "SSLP020E", 1))
        found = self.ask(self.administration.serving(None))
        self.assertEqual((found.serving, found.reason, len(found.ports)), (True, "SSLP466W", 2))
        self.assertEqual(found.action, f"SSLP020E: {missing.message.action}")
        self.assertEqual(self.refused(self.administration.serving(21)), "SSLP467E Stack TCPIP has no secure port 21")

    def test_clockSet(self) -> None:
        """
        Moments are those of the wall clock as it is set now: with it they move, all by as much.
        """
        before = self.administration.status()
        self.epoch += 3600
        after = self.administration.status()
        self.assertEqual(after.started - before.started, 3600)
        moved = [then.since - now.since for now, then in zip(before.servers, after.servers, strict=True)]
        self.assertEqual(moved, [3600] * 3)

    def test_closed(self) -> None:
        """
        QUERY STATUS has the ports that are closed, and why.
        """
        self.assertEqual(self.administration.status().closed, ())
        closed = evolve(LISTENER, state="Closed", reason="SSLP021E taken")
        self.patch(self.administration, "_listeners", lambda: [LISTENER, closed])
        self.assertEqual(self.administration.status().closed, (closed,))

    def test_listeners(self) -> None:
        """
        The ports are those of the stack.
        """
        self.assertEqual(list(self.administration.listeners()), [LISTENER])

    def test_details(self) -> None:
        """
        All is the Active ones; a named one that does not run says so.
        """
        self.assertEqual(self.told(self.administration.details(None)), [serverDetails("SSL00001")])
        [answer] = self.told(self.administration.details("SSL00002"))
        self.assertEqual(answer, "DTCSSL2421E SSL00002: Communication error: the server is Eligible")

    def test_detailsUnreachable(self) -> None:
        """
        A server that does not answer does not keep the others from being shown.
        """
        self.activateAll()
        self.serverOf(1).link.failure = ConnectionError("Connection timed out")
        answers = self.told(self.administration.details(None))
        self.assertEqual(answers[1], "DTCSSL2421E SSL00002: Communication error: Connection timed out")
        self.assertEqual(answers[2], serverDetails("SSL00003"))

    def test_fault(self) -> None:
        """
        A server that makes a mistake in its answer is named likewise, and its sessions are not none.
        """
        link = self.serverOf(0).link
        link.failure = operatorError("SSLP198E", activity="a server told its details")
        [answer] = self.told(self.administration.details("SSL00001"))
        self.assertTrue(str(answer).startswith("DTCSSL2421E SSL00001: Communication error: SSLP198E"))
        refusal = self.refused(self.administration.sessions(None, 0, 10))
        self.assertTrue(refusal.startswith("DTCSSL2421E SSL00001: Communication error: SSLP198E"), refusal)

    def test_unreadable(self) -> None:
        """
        So is a server whose answer cannot be understood; what we have met is logged.
        """
        self.serverOf(0).link.failure = ValueError("no JSON")
        expected = "DTCSSL2421E SSL00001: Communication error: its answer cannot be read"
        self.assertEqual(self.told(self.administration.details("SSL00001")), [expected])
        self.assertEqual(self.refused(self.administration.sessions(None, 0, 10)), expected)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 2)

    def test_sessions(self) -> None:
        """
        Sessions of all servers come in the order of their numbers, a page at a time.
        """
        self.activateAll()
        self.serverOf(0).link.known = [sessionRecord(1), sessionRecord(4)]
        self.serverOf(1).link.known = [sessionRecord(2), sessionRecord(3)]
        self.serverOf(2).link.failure = ConnectionError("Connection lost")

        def numbers(server: str | None, after: int, limit: int) -> list[int]:
            return [each.number for each in self.ask(self.administration.sessions(server, after, limit))]

        self.assertEqual(numbers(None, 0, 10), [1, 2, 3, 4])
        self.assertEqual(numbers(None, 0, 3), [1, 2, 3])
        self.assertEqual(numbers(None, 3, 3), [4])
        self.assertEqual(numbers("SSL00002", 0, 10), [2, 3])

    def test_unknown(self) -> None:
        """
        A name that no member has is refused, whatever is asked.
        """
        for question in (
            self.administration.details("SSL00009"),
            self.administration.sessions("SSL00009", 0, 1),
            self.administration.start("SSL00009"),
            self.administration.stop("SSL00009", False),
            self.administration.restart("SSL00009"),
            self.administration.refresh("SSL00009"),
        ):
            self.assertTrue(self.refused(question).startswith("SSLP407E"))


class StartStopTests(AdministrationCase):
    """
    START and STOP.
    """

    def test_start(self) -> None:
        """
        A named member is started though nothing calls for it.
        """
        [message] = self.told(self.administration.start("SSL00003"))
        self.assertEqual(message, "SSLP117I SSL00003 is starting")
        self.spend(3 * STEP)
        self.assertEqual(self.states(), ["Active", "Eligible", "Active"])

    def test_startAll(self) -> None:
        """
        ALL starts those that are Eligible or Stopped.
        """
        self.told(self.administration.stop("SSL00003", True))
        self.assertEqual(len(self.told(self.administration.start(None))), 2)
        self.spend(3 * STEP)
        self.assertEqual(self.states(), ["Active"] * 3)
        self.assertTrue(self.refused(self.administration.start(None)).startswith("SSLP132E"))

    def test_startRefused(self) -> None:
        """
        One that runs, or is being started, is not started.
        """
        self.assertTrue(self.refused(self.administration.start("SSL00001")).startswith("SSLP110E SSL00001"))
        self.told(self.administration.start("SSL00002"))
        self.assertTrue(self.refused(self.administration.start("SSL00002")).startswith("SSLP111E SSL00002"))

    def test_stop(self) -> None:
        """
        STOP says how many sessions may finish, and within what time.
        """
        self.fill(0, 1)
        self.assertEqual(self.told(self.administration.stop("SSL00001", False)), [
            "SSLP118I SSL00001 is Stopped; sessions that may finish within 30 s: 1",
            "SSLP468I No server takes connections now; the next connection activates SSL00002",
        ])  # fmt: skip
        self.spend(1)
        self.assertEqual(len(self.starter.running), 1)

    def test_stopNow(self) -> None:
        """
        NOW does not wait for sessions, and says how many were closed.
        """
        self.fill(0, 1)
        message = self.told(self.administration.stop("SSL00001", True))[0]
        self.assertEqual(message, "SSLP185I SSL00001 is Stopped; its sessions were closed: 1")
        self.spend(4 * STEP)
        self.assertEqual(self.starter.running, [])

    def test_stopAll(self) -> None:
        """
        ALL stops every member that is not Stopped, those that do not run included; the answer ends with what
        that means, which the log has once.
        """
        with capturedLogs() as events:
            *stopped, last = self.told(self.administration.stop(None, False))
        self.assertEqual([each[:17] for each in stopped], [f"SSLP118I SSL0000{number}" for number in (1, 2, 3)])
        self.assertEqual(
            last,
            "SSLP457W No server is Active, because all are Stopped: SSL00001 to SSL00003; ports stay open, new "
            "connections wait up to 30 s",
        )
        self.assertEqual([each for each in texts(events) if each[:8] in VACANT], [last])
        self.assertEqual(self.states(), ["Stopped"] * 3)
        self.assertTrue(self.refused(self.administration.stop(None, False)).startswith("SSLP133E"))
        self.assertTrue(self.refused(self.administration.stop("SSL00001", False)).startswith("SSLP112E"))

    def test_laterChanges(self) -> None:
        """
        An entry that was changed while others run is named when a member is started or restarted.
        """
        self.files.later = [said("SSLP046W", what="KEYFILE")]
        self.assertEqual(self.told(self.administration.start("SSL00003"))[1:], [str(each) for each in self.files.later])
        self.assertEqual(self.told(self.administration.restart(None))[1:], [str(each) for each in self.files.later])
        self.assertEqual(self.administration.status().pending, tuple(self.files.later))

    def test_onlyOperatorStarts(self) -> None:
        """
        A Stopped member is not activated by load.
        """
        self.assertEqual(len(self.told(self.administration.stop("SSL00002", False))), 1)
        self.fill(0)
        self.assertEqual(self.states(), ["Active", "Stopped", "Starting"])


class RestartTests(AdministrationCase):
    """
    RESTART.
    """

    def test_one(self) -> None:
        """
        A named member gets a new process.
        """
        first = self.serverOf(0)
        [message] = self.told(self.administration.restart("SSL00001"))
        self.assertEqual(message, "SSLP116I SSL00001 is restarted: another process takes its place")
        self.assertEqual(self.states()[0], "Active")
        self.spend(6 * STEP)
        self.assertTrue(first.ended)
        self.assertEqual(self.states()[0], "Active")

    def test_inTurn(self) -> None:
        """
        ALL restarts the Active ones one after another: at every instant two of three take connections.
        """
        self.activateAll()
        before = set(self.starter.running)
        self.assertEqual(len(self.told(self.administration.restart(None))), 3)
        for _ in range(40):
            self.assertGreaterEqual(self.states().count("Active"), 2)
            self.spend(STEP)
        self.assertEqual(self.states(), ["Active"] * 3)
        self.assertEqual(before & set(self.starter.running), set())

    def test_inTurnGoesOn(self) -> None:
        """
        A member that does not come back, or is stopped meanwhile, does not hold up the rest.
        """
        self.activateAll()
        before = set(self.starter.running)

        def refuseFirst(server: FakeServer) -> None:
            if server.member == 0:
                server.refusal = operatorError("SSLP130E", label="WEBCERT", reason="no private key")

        self.prepare = refuseFirst
        self.told(self.administration.restart(None))
        self.told(self.administration.stop("SSL00002", False))
        self.spend(0.3)
        self.assertEqual(self.states()[1:], ["Stopped", "Active"])
        self.assertEqual(before & set(self.starter.running), set())

    def test_refused(self) -> None:
        """
        What is not Active is not restarted.
        """
        self.assertTrue(self.refused(self.administration.restart("SSL00002")).startswith("SSLP113E SSL00002"))
        self.told(self.administration.stop(None, True))
        self.assertTrue(self.refused(self.administration.restart(None)).startswith("SSLP114E"))

    def test_fault(self) -> None:
        """
        A mistake of ours on the way is logged.
        """

        def happen(*arguments: object) -> None:
            raise ZeroDivisionError("unforeseen")

        self.patch(self.pool, "happen", happen)
        with capturedLogs() as events:
            self.told(self.administration.restart(None))
        self.assertIn("SSLP198E Internal error while servers were restarted", texts(events))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class RefreshTests(AdministrationCase):
    """
    REFRESH; what can happen on the way is in L{tests.manager.test_refresh}.
    """

    def test_all(self) -> None:
        """
        The running servers switch; what the stack finds in the key database follows.
        """
        self.read = [said("SSLP020E", port=8443, label="GONE")]
        first, *rest = self.told(self.administration.refresh(None))
        self.assertEqual(first, "SSLP119I The key database has been read by SSL00001; labels: 2")
        self.assertEqual(rest[-1:], [str(each) for each in self.read])
        self.told(self.administration.refresh("SSL00001"))
        self.assertEqual(self.complete, [True, False])

    def test_cache(self) -> None:
        """
        The cache is there without a question to anybody, of one server or all.
        """
        self.assertEqual(self.administration.cache(None).segment.users, ("SSL00001", "SSLDCSSM"))
        self.assertEqual(self.administration.cache("SSL00002").server, "SSL00002")
        self.assertRaises(OperatorError, self.administration.cache, "SSL00009")
        self.serverOf(0).link.calls.clear()
        for now in (False, True):
            self.failureResultOf(Deferred.fromCoroutine(self.administration.refreshKeys(now)), OperatorError)
        self.assertEqual((self.serverOf(0).link.calls, self.starter.renewals), ([], 0))

    def test_refreshKeysNow(self) -> None:
        """
        With NOW agent and servers are replaced; without, neither.
        """
        self.agent.words.keys = KeyFacts(77, 0, 86_400, 4, 0)
        (message,) = self.told(self.administration.refreshKeys(False))
        self.assertTrue(message.startswith("SSLP169I"))
        self.assertEqual(self.starter.renewals, 0)
        asked = Deferred.fromCoroutine(self.administration.refreshKeys(True))
        self.assertEqual((self.segment.rotations, self.segment.forgotten), (2, 1))
        self.spend(20 * STEP)
        (message,) = self.successResultOf(asked)
        self.assertEqual(message.id, "SSLP170I")
        self.assertEqual((self.starter.renewals, self.starter.isCurrent(self.serverOf(0).number)), (1, True))

    def test_notActive(self) -> None:
        """
        A named server that does not run cannot be refreshed.
        """
        [message] = self.told(self.administration.refresh("SSL00002"))
        self.assertEqual(message, "DTCSSL2421E SSL00002: Communication error: the server is Eligible")

    def test_noSessionTouched(self) -> None:
        """
        The process stays as it is.
        """
        self.fill(0, 1)
        server = self.serverOf(0)
        self.told(self.administration.refresh(None))
        self.spend(1)
        self.assertIs(self.serverOf(0), server)
        self.assertEqual(self.router.sessions, 1)


class StoppedPoolTests(AdministrationCase):
    """
    An operator who comes too late.
    """

    def test_ending(self) -> None:
        """
        What is asked while the stack ends starts nothing.
        """
        self.pool.stopService()
        self.told(self.administration.start("SSL00002"))
        self.told(self.administration.restart("SSL00001"))
        self.spend(1)
        self.assertEqual(self.starter.running, [])
        self.assertIsNone(self.pool.happen(self.members[2], Event.START, "started by an operator"))
        self.assertEqual(len(self.starter.servers), 1)
