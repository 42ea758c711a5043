# -*- test-case-name: tests.server.test_service -*-
"""
The SSL server as a service: takes its assignment from the stack, owns the relay and its labels, and ends when it
is told or when the stack has gone.  Lives in a server process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from sslpool.interfaces import IServer
from sslpool.keydb.accepted import AcceptedKeys
from sslpool.messages import OperatorError, operatorError, said
from sslpool.repeating import Repeating
from sslpool.server.chains import Chains
from sslpool.server.complaints import Complaints, Report
from sslpool.server.console import Console
from sslpool.server.labelling import (
    InUse,
    Labelling,
    beginLabelling,
    changedLabels,
    checkedLabels,
    labelsOf,
    outgrownLabels,
    readLabelling,
    served,
)
from sslpool.server.observer import IRelayObserver
from sslpool.server.relay import Relay
from sslpool.server.sessionrecords import detailsOf
from sslpool.server.surroundings import Surroundings
from sslpool.server.tracing import Tracing
from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import HANDSHAKE_OUTCOMES, NEGOTIATION_OUTCOMES, REMOTE_OUTCOMES, Outcome
from sslpool.sessions.session import Session
from sslpool.tls import verification
from sslpool.tls.policy import Policy
from sslpool.tracing.operands import parseTrace
from sslpool.tracing.selectors import parseSelector
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord
from sslpool.wire.segment import BEAT, Shortage

SWEEP = 1.0
"""
How often time limits are looked at, in seconds.
"""

STAPLES = 30.0
"""
How often files with OCSP responses are looked at, in seconds.
"""

ENDING_SWEEP = 0.05
"""
The same while the server is about to end.
"""

ABOUT_TO_END = 60.0
"""
A server whose last session may go on for longer than so many seconds is not about to end.
"""

TURN = 0.05
"""
How long sessions wait at most while the key database is read, in seconds.
"""


@implementer(IServer, IRelayObserver)
class Server(Service):
    """
    One SSL server.

    @param makeRelay: makes the relay for this server, its observer.
    @param policy: the protocol policy of the pool.
    @param reactor: for the sweep.
    @param report: takes an operator message, as id and fields, to the stack.
    @param ended: called once when the server's process is to end.
    @param surroundings: what its process has found where it began.
    @param console: takes the lines of traces.
    @param libraryMask: bits of GSKTRACE.
    @param writeKey: takes a line of a key log.
    @param accepted: what the other servers serve.
    """

    def __init__(
        self,
        makeRelay: Callable[[IRelayObserver], Relay],
        policy: Policy,
        reactor: IReactorTime,
        report: Report,
        ended: Callable[[], None],
        surroundings: Surroundings | None = None,
        *,
        console: Console,
        libraryMask: int = 0,
        writeKey: Callable[[str], None] = lambda line: None,
        accepted: AcceptedKeys | None = None,
    ) -> None:
        self.userid = ""
        self.relay = makeRelay(self)
        self.tracing = Tracing(lambda: self.userid, self.relay, console, libraryMask)
        self._chains = Chains(self.relay, lambda: self.userid, report, self.tracing.flow, self._meanwhile)
        self._writeKey = writeKey
        self._keyLogEnds: IDelayedCall | None = None
        self._policy = policy
        self._reactor = reactor
        self._report = report
        self._ended = ended
        self._surroundings = Surroundings() if surroundings is None else surroundings
        self._accepted = AcceptedKeys() if accepted is None else accepted
        self._complaints = Complaints(lambda: self.userid, reactor.seconds, report)
        self._keyFile = ""
        self._ports: dict[int, PortAssignment] = {}
        self._generation = 0
        self._prepared: Labelling | None = None
        self._sweeping: IDelayedCall | None = None
        self._beating = Repeating(reactor, BEAT, self._beat, "the stack was told of its progress", atOnce=True)
        self._deadline: float | None = None
        self._nextLook = self._nextTurn = 0.0

    def startService(self) -> None:
        """
        Begin to watch the time limits.
        """
        super().startService()
        self._sweeping = self._reactor.callLater(SWEEP, self._sweep)
        self._beating.startService()

    def stopService(self) -> None:
        """
        Let go of everything at once.
        """
        super().stopService()
        self._beating.stopService()
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        self.relay.close()

    # IServer

    def assign(self, assignment: Assignment) -> LabelsRead:
        self.userid = assignment.userid
        if self._surroundings.operands:
            # As on z/VM, where it is the first thing to compare :parms. with.
            self.tracing.console.write(said("DTCRUN1011I", parameters=" ".join(self._surroundings.operands)))
        self.setTrace(assignment.trace)
        self.tracing.flow(f"uses {assignment.keyFile}; limits: {assignment.limits.text}")
        for complaint in self._surroundings.complaints(self.userid):
            self._report(*complaint)
        self._keyFile = assignment.keyFile
        self.relay.limits = assignment.limits
        with self._accepted as copies:
            begun = beginLabelling(
                self._keyFile, self._policy, self._generation + 1, copies, self.relay.intake.progress
            )
        self._take(begun)
        return begun.read

    def setLimits(self, limits: TimeLimits) -> None:
        self.tracing.flow(f"has new limits: {limits.text}")
        self.relay.limits = limits

    def setPort(self, port: PortAssignment) -> None:
        self.tracing.flow(f"has port {port.local} for {port.userid}, label {port.label}")
        before, self._ports[port.key] = self._ports.get(port.key), port
        if before is not None:
            self.relay.book.void(outgrownLabels(before, self._ports.values()))
        self.relay.setPort(served(port, self.relay.labels))

    def serve(self) -> None:
        self.tracing.flow("accepts connections from now on")
        self.relay.serve()

    def setTrace(self, words: Sequence[str]) -> None:
        self.tracing.setTrace(parseTrace(words))

    def setKeyLog(self, selector: str, seconds: int) -> None:
        if self._keyLogEnds is not None and self._keyLogEnds.active():
            self._keyLogEnds.cancel()
        chosen = parseSelector(selector)
        if chosen is None or not seconds:
            self.tracing.endKeyLog()
            return
        self.tracing.setKeyLog(chosen, self._writeKey)
        # The stack ends it as well; this is for a stack that has gone.
        self._keyLogEnds = self._reactor.callLater(seconds, self.tracing.endKeyLog)

    def prepareLabels(self) -> LabelsRead:
        self._prepared = None
        former = InUse(self.relay.labels, labelsOf(self._ports.values()))
        generation = self._generation + 1
        try:
            self._prepared = readLabelling(self._keyFile, self._policy, generation, former, self._meanwhile)
        except OperatorError as error:
            if path := self._surroundings.beyond():
                raise operatorError("SSLP182W", server=self.userid, path=path) from error
            raise
        return self._prepared.read

    def _meanwhile(self) -> None:
        """
        While the key database is read: show that this process gets on, and let sessions get on.
        """
        self.relay.intake.progress()
        if self._reactor.seconds() >= self._nextTurn:
            self.relay.doRead()
            self._nextTurn = self._reactor.seconds() + TURN

    def switchLabels(self, digest: str) -> None:
        prepared, self._prepared = self._prepared, None
        if prepared is None or prepared.digest != digest:
            raise operatorError("SSLP164E", server=self.userid)
        self._take(prepared)

    def _take(self, prepared: Labelling) -> None:
        self._generation += 1
        relay = self.relay
        relay.book.void(changedLabels(relay.labels, prepared.labels))
        if prepared.trust != relay.trust:
            relay.book.void(checkedLabels(relay.intake.ports.values()))
        relay.labels = prepared.labels
        relay.trust = prepared.trust
        relay.outbound = prepared.outbound
        for port in self._ports.values():
            if (serving := served(port, relay.labels)) != relay.intake.ports[port.key]:
                relay.setPort(serving)
        self._chains.take(time())
        self._lookAtStaples()
        self.tracing.flow(f"has the labels {', '.join(prepared.labels) or '-'}")

    def discardLabels(self) -> None:
        self._prepared = None

    def quiesce(self, seconds: int) -> None:
        self.tracing.flow(f"ends within {seconds} s")
        if self._deadline is None and not self.relay.empty:
            self.relay.part()
        deadline = self._reactor.seconds() + seconds
        # Who asks again cannot mean to wait for longer: the stack may have gone meanwhile.
        self._deadline = deadline if self._deadline is None else min(self._deadline, deadline)
        if self._sweeping is not None:
            self._sweeping.reset(0)

    def details(self) -> ServerDetails:
        return detailsOf(self.relay, self._policy, self._surroundings, self.userid, self._keyFile)

    def sessions(self, after: int, limit: int) -> list[SessionRecord]:
        return self.relay.sessionRecords(self.userid, after, limit)

    # IRelayObserver

    def sessionEnded(self, session: Session, outcome: Outcome, detail: str) -> None:
        if outcome is Outcome.HANDSHAKE_CERTIFICATE:
            for fault in verification.takeFaults():
                self.fault(fault)
        if outcome in HANDSHAKE_OUTCOMES:
            local = session.port.local
            self._complaints.handshake(session.number, session.client, local, session.hello, outcome, detail)
        elif outcome in NEGOTIATION_OUTCOMES:
            self._complaints.negotiation(session.number, session.client, session.port.local, outcome)
        elif outcome in REMOTE_OUTCOMES:
            self._complaints.remote(session.number, session.port.userid, session.client, outcome, detail)
        elif outcome in (Outcome.APPLICATION_DOWN, Outcome.APPLICATION_TIMEOUT):
            self._complaints.applicationDown(session.port, outcome, detail)

    def applicationReached(self, port: PortAssignment) -> None:
        self._complaints.applicationReached(port)

    def sourceUnusable(self, port: PortAssignment, reason: str) -> None:
        self._complaints.sourceUnusable(port, reason)

    def refused(self, port: PortAssignment) -> None:
        self._complaints.labelMissing(port)

    def exhausted(self, shortage: Shortage) -> None:
        self._complaints.exhausted(shortage)

    def dataFull(self) -> None:
        self._complaints.dataFull(self.relay.limits.data)

    def doubtful(self, session: Session, reason: str) -> None:
        self._complaints.doubtful(session.number, session.client, session.port.local, reason)

    def renegotiationRefused(self, session: Session) -> None:
        self._complaints.renegotiation(session.number, session.client, session.port.local)

    def fault(self, error: BaseException) -> None:
        self._complaints.fault(error)

    # What is done again and again

    def _beat(self) -> None:
        """
        Show the stack that this process gets on, and see whether it has recovered from a shortage.
        """
        self._surroundings.figures.beat(self._reactor.seconds())
        self.relay.intake.progress()
        self.relay.intake.recover()

    def _sweep(self) -> None:
        self._sweeping = None
        try:
            self._look()
        except Exception as error:
            # The next sweep comes all the same: without it no session would end.
            self.fault(error)
        if self._deadline is None:
            self._sweeping = self._reactor.callLater(SWEEP, self._sweep)
        elif self._isDone(self._deadline):
            self._ended()
        else:
            left = self._deadline - self._reactor.seconds()
            self._sweeping = self._reactor.callLater(SWEEP if left > ABOUT_TO_END else ENDING_SWEEP, self._sweep)

    def _look(self) -> None:
        self.relay.sweep()
        self._complaints.sweep()
        self._chains.look(time())
        if self._reactor.seconds() >= self._nextLook:
            self._lookAtStaples()

    def _lookAtStaples(self) -> None:
        """
        Take OCSP responses that have been renewed, and let go of those that have expired.
        """
        self._nextLook = self._reactor.seconds() + STAPLES
        for label in self.relay.labels.values():
            if label.staple is not None and (reason := label.staple.look(time())):
                self._report("SSLP143W", {"server": self.userid, "label": label.staple.label, "reason": reason})

    def _isDone(self, deadline: float) -> bool:
        now = self._reactor.seconds()
        if now >= deadline:
            self.relay.stop()
        return self.relay.empty or now > deadline + LINGER
