# -*- test-case-name: tests.server.test_tracing -*-
"""
The traces of one server: which sessions are traced, and the lines that they
write.  Lives in a server process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from OpenSSL import SSL

from sslpool.messages import said
from sslpool.pool.assignment import PortAssignment
from sslpool.pool.offer import peerText
from sslpool.server.cleartext import Cleartext
from sslpool.server.console import Console
from sslpool.server.outbound import Outgoing
from sslpool.server.outcome import Outcome, errorText, reasonText
from sslpool.server.reception import explained
from sslpool.server.relay import Relay
from sslpool.server.sides import Phase, Sides
from sslpool.server.traced import Kept, kindFor, ordinary
from sslpool.tls.facts import helloOf
from sslpool.tls.keylog import KeyLog
from sslpool.tls.library import libraryEvent
from sslpool.tracing.dump import dumpLines
from sslpool.tracing.operands import Kind, Trace
from sslpool.tracing.selectors import Selector


class Tracing:
    """
    What is traced in one server.

    @ivar trace: the trace that is on, or C{None}.
    @ivar console: where lines go.
    @param userid: names the server.
    @param relay: has the sessions.
    @param libraryMask: bits of GSKTRACE.
    """

    def __init__(self, userid: Callable[[], str], relay: Relay, console: Console, libraryMask: int = 0) -> None:
        self._userid = userid
        self._relay = relay
        self.console = console
        self.trace: Trace | None = None
        self._libraryMask = libraryMask
        self._selector = Selector()
        self._keySelector = Selector()
        self._keyLog: KeyLog | None = None
        self._choose()

    def setTrace(self, trace: Trace | None) -> None:
        """
        Trace this from now on, running sessions too, and nothing else.
        """
        self.trace = trace
        self._selector = Selector() if trace is None else trace.selector
        self._choose()
        for session in self._relay.sessions.values():
            session.__class__ = self.kindOf(session, ordinary(type(session)))

    def _choose(self) -> None:
        """
        Be asked by the relay, unless there is nothing to be traced.
        """
        nothing = self.trace is None and not self._libraryMask and self._keyLog is None
        self._relay.traced = None if nothing else self

    def kindOf(self, session: Sides, base: type[Kept]) -> type[Kept]:
        """
        Return the class that a session is to be of.

        @param base: its ordinary class.
        """
        base = ordinary(base)
        trace = self.trace if self._selector.matches(session.number, session.client, session.port.local) else None
        if trace is not None and trace.kind is Kind.NORMAL and _isSecured(session):
            trace = None
        keyLogged = self._logsKeys(session.number, session.client, session.port.local)
        return kindFor(trace, bool(self._libraryMask), base, keyLogged and session.phase is Phase.HANDSHAKE)

    def kindBefore(self, base: type[Kept], number: int, peer: bytes, port: PortAssignment) -> type[Kept]:
        """
        Return the class that a session is to be made of.

        @param base: its ordinary class.
        @param peer: the client's address and port, as offers have it.
        """
        client = peerText(peer)
        trace = self.trace if self._selector.matches(number, client, port.local) else None
        return kindFor(trace, bool(self._libraryMask), base, self._logsKeys(number, client, port.local))

    def setKeyLog(self, selector: Selector, write: Callable[[str], None]) -> None:
        """
        Log the secrets of connections that shake hands from now on, and are selected.
        """
        self.endKeyLog()
        self._keySelector = selector
        self._keyLog = KeyLog(write)
        self._choose()

    def endKeyLog(self) -> None:
        """
        Log no secrets any more.
        """
        if self._keyLog is not None:
            self._keyLog.close()
            self._keyLog = None
            self._choose()

    def logKeys(self, session: Sides) -> None:
        """
        A session that was selected goes on with its handshake.
        """
        if self._keyLog is not None:
            self._keyLog.choose(session.connection)

    def _logsKeys(self, number: int, client: str, local: str) -> bool:
        return self._keyLog is not None and self._keySelector.matches(number, client, local)

    def begun(self, session: Sides) -> None:
        """
        A session has its TLS connection: have the library tell of it.
        """
        session.connection.set_info_callback(self._libraryTrace(session.number))

    # What sessions tell

    def secured(self, session: Sides) -> None:
        """
        A handshake is complete.
        """
        facts = session.facts
        self._tell(
            "SSLP640I",
            session,
            protocol=facts.protocol,
            cipher=facts.cipher,
            label=session.label,
            name=facts.name or "-",
            how="resumed" if facts.resumed else "new session",
        )

    def changed(self, session: Sides, before: Phase | None, after: Phase) -> None:
        """
        A session has come to another state.
        """
        if isinstance(session, Cleartext):
            # It is in cleartext, and has begun like the others only in passing.
            if after is Phase.HANDSHAKE:
                return
            before = None if before is Phase.HANDSHAKE else before
        elif isinstance(session, Outgoing) and (before is None or after is Phase.CONNECTING):
            # It begins with the connection to the remote host, and like the others only in passing.
            if before is None:
                return
            before = None
        elif before is Phase.HANDSHAKE and after in (Phase.CONNECTING, Phase.ESTABLISHED):
            self.secured(session)
        self._tell("SSLP641I", session, before="new" if before is None else before.value, after=after.value)

    def failed(self, session: Sides, outcome: Outcome, detail: str) -> None:
        """
        A handshake has failed.
        """
        hello = helloOf(session.connection)
        if outcome is Outcome.HANDSHAKE_CERTIFICATE:
            detail = explained(session, detail)
        self._tell(
            "SSLP642W",
            session,
            reason=reasonText(outcome, detail),
            name=hello.name or "-",
            version=hello.version or "-",
        )

    def ended(self, session: Sides, outcome: Outcome, detail: str) -> None:
        """
        A session has ended.
        """
        self.console.write(
            said(
                "SSLP643I",
                number=session.number,
                reason=reasonText(outcome, detail),
                received=session.received,
                sent=session.sent,
                seconds=f"{self._relay.now - session.started:.1f}",
            )
        )

    def data(self, session: Sides, direction: str, octets: memoryview) -> None:
        """
        A session has moved octets.
        """
        trace, length = self.trace, len(octets)
        if trace is None or not length:
            return
        shown = length if trace.length is None else min(length, trace.length)
        text = "" if shown == length else f", the first {shown}"
        head = said("SSLP644I", number=session.number, direction=direction, length=length, shown=text)
        self.console.writeAll((head, *dumpLines(bytes(octets[:shown]))))

    def step(self, session: Sides, step: str, reasons: Sequence[Outcome | str | Exception]) -> None:
        """
        A session takes a step.

        @param reasons: why, where there are reasons.
        """
        words = [_words(each) for each in reasons]
        text = f"{step}: {', '.join(words)}" if words else step
        self.console.write(said("SSLP645I", number=session.number, step=text))

    def flow(self, step: str) -> None:
        """
        The server as a whole takes a step.
        """
        if self.trace is not None and self.trace.kind in (Kind.FLOW, Kind.DEBUG):
            self.console.write(said("SSLP646I", server=self._userid(), step=step))

    def _tell(self, messageId: str, session: Sides, **fields: str) -> None:
        where: dict[str, object] = {"number": session.number, "client": session.client, "local": session.port.local}
        self.console.write(said(messageId, **where, **fields))

    def _libraryTrace(self, number: int) -> Callable[[SSL.Connection, int, int], None]:
        def told(connection: SSL.Connection, where: int, code: int) -> None:
            what = libraryEvent(self._libraryMask, connection, where, code)
            if what:
                self.console.write(said("SSLP647I", number=number, what=what))

        return told


def _words(reason: Outcome | str | Exception) -> str:
    """
    Return why a step is taken, as a reader has it.
    """
    if isinstance(reason, Outcome):
        return reason.value
    return errorText(reason) if isinstance(reason, Exception) else reason


def _isSecured(session: Sides) -> bool:
    """
    Tell whether a session has its handshake behind it.
    """
    return session.phase is not Phase.HANDSHAKE and not isinstance(session, Cleartext)
