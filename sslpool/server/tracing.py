# -*- test-case-name: tests.server.test_tracing -*-
"""
The traces of one server: which sessions are traced, and the lines that they write.  Lives in a server process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sslpool.messages import said
from sslpool.reports.units import numberText
from sslpool.server.console import Console
from sslpool.sessions.outcome import HANDSHAKE_OUTCOMES, Outcome, errorText, reasonText
from sslpool.sessions.phases import Phase
from sslpool.sessions.session import Session, Tap
from sslpool.tls.keylog import KeyLog
from sslpool.tls.library import libraryEvent
from sslpool.tracing.operands import Kind, Trace
from sslpool.tracing.selectors import Selector

if TYPE_CHECKING:
    from sslpool.server.relay import Relay

DUMPED = 16
"""
Octets in a line of a dump.
"""

_GROUP = 4
_PRINTABLE = bytes(octet if 0x20 <= octet < 0x7F else 0x2E for octet in range(256))


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
            session.tap = self.tapFor(session)

    def _choose(self) -> None:
        """
        Be asked by the relay, unless there is nothing to be traced.
        """
        nothing = self.trace is None and not self._libraryMask and self._keyLog is None
        self._relay.traced = None if nothing else self

    def tapFor(self, session: Session) -> SessionTap | None:
        """
        Return who is told of a session; C{None} where nobody is.
        """
        where = session.number, session.client, session.port.local
        trace = self.trace if self._selector.matches(*where) else None
        isSecured = hasattr(session, "connection") and session.phase not in (Phase.HELLO, Phase.HANDSHAKE)
        if trace is not None and trace.kind is Kind.NORMAL and isSecured:
            trace = None
        keyLogged = self._keyLog is not None and self._keySelector.matches(*where)
        if trace is None and not keyLogged and not self._libraryMask:
            return None
        return SessionTap(self, trace, keyLogged)

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

    def logKeys(self, session: Session) -> None:
        """
        A session that was selected goes on with its handshake.
        """
        if self._keyLog is not None:
            self._keyLog.choose(session.connection)

    def begun(self, session: Session) -> None:
        """
        A session has its TLS connection: have the library tell of it.
        """
        if self._libraryMask:
            session.connection.set_info_callback(self._libraryTrace(numberText(session.number)))

    # What sessions tell

    def secured(self, session: Session) -> None:
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

    def changed(self, session: Session, before: Phase, after: Phase) -> None:
        """
        A session has come to another state.
        """
        self._tell("SSLP641I", session, before=before.shown, after=after.shown)

    def failed(self, session: Session, outcome: Outcome, detail: str) -> None:
        """
        A handshake has failed.
        """
        hello = session.hello
        self._tell(
            "SSLP642W",
            session,
            reason=reasonText(outcome, detail),
            name=hello.name or "-",
            version=hello.version or "-",
        )

    def ended(self, session: Session, outcome: Outcome, detail: str) -> None:
        """
        A session has ended.
        """
        self.console.write(
            said(
                "SSLP643I",
                number=numberText(session.number),
                reason=reasonText(outcome, detail),
                received=session.received,
                sent=session.sent,
                seconds=f"{self._relay.now - session.started:.1f}",
            )
        )

    def data(self, session: Session, direction: str, octets: memoryview) -> None:
        """
        A session has moved octets.
        """
        trace, length = self.trace, len(octets)
        if trace is None or not length:
            return
        shown = length if trace.length is None else min(length, trace.length)
        text = "" if shown == length else f", the first {shown}"
        head = said("SSLP644I", number=numberText(session.number), direction=direction, length=length, shown=text)
        self.console.writeAll((head, *dumpLines(bytes(octets[:shown]))))

    def step(self, session: Session, step: str, reasons: Sequence[Outcome | str | Exception]) -> None:
        """
        A session takes a step.

        @param reasons: why, where there are reasons.
        """
        words = [_words(each) for each in reasons]
        text = f"{step}: {', '.join(words)}" if words else step
        self.console.write(said("SSLP645I", number=numberText(session.number), step=text))

    def flow(self, step: str) -> None:
        """
        The server as a whole takes a step.
        """
        if self.trace is not None and self.trace.kind in (Kind.FLOW, Kind.DEBUG):
            self.console.write(said("SSLP646I", server=self._userid(), step=step))

    def _tell(self, messageId: str, session: Session, **fields: str) -> None:
        where = {"client": session.client, "local": session.port.local}
        self.console.write(said(messageId, number=numberText(session.number), **where, **fields))

    def _libraryTrace(self, number: str) -> Callable[[SSL.Connection, int, int], None]:
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


class SessionTap(Tap):
    """
    See L{Tap}: what a trace tells of one session.

    @param trace: what is traced of it, or C{None}.
    @param keyLogged: its secrets are logged.
    """

    def __init__(self, tracing: Tracing, trace: Trace | None, keyLogged: bool) -> None:
        self._tracing = tracing
        self._trace = trace
        self._keyLogged = keyLogged
        kind = None if trace is None else trace.kind
        self._lasts = kind not in (None, Kind.NORMAL)
        self._flows = self._lasts and kind is not Kind.CONNECTIONS
        self._shows = self._lasts and trace is not None and trace.data

    def begun(self, session: Session) -> None:
        self._tracing.begun(session)

    def shakes(self, session: Session) -> None:
        if self._keyLogged:
            self._tracing.logKeys(session)

    def secured(self, session: Session) -> None:
        if self._trace is not None:
            self._tracing.secured(session)
        if not self._lasts:
            # All has been said of it.
            session.tap = None

    def changed(self, session: Session, before: Phase, after: Phase) -> None:
        if self._lasts:
            self._tracing.changed(session, before, after)

    def moved(self, session: Session, direction: str, octets: memoryview) -> None:
        if self._shows:
            self._tracing.data(session, direction, octets)

    def step(self, session: Session, step: str, *reasons: Outcome | str | Exception) -> None:
        if self._flows:
            self._tracing.step(session, step, [each for each in reasons if each != ""])

    def ended(self, session: Session, outcome: Outcome, detail: str) -> None:
        if self._lasts and outcome in HANDSHAKE_OUTCOMES:
            self._tracing.failed(session, outcome, detail)
        elif self._lasts:
            self._tracing.ended(session, outcome, detail)


def dumpLines(octets: bytes) -> Iterator[str]:
    """
    Yield the lines of a dump: offset, groups of four octets, and what is printable in ASCII between asterisks.
    """
    for start in range(0, len(octets), DUMPED):
        part = octets[start : start + DUMPED]
        groups = " ".join(part[at : at + _GROUP].hex().upper() for at in range(0, len(part), _GROUP))
        width = DUMPED * 2 + DUMPED // _GROUP - 1
        yield f"  {start:04X}  {groups:<{width}}  *{part.translate(_PRINTABLE).decode('ascii')}*"
