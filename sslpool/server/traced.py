# -*- test-case-name: tests.server.test_tracing -*-
"""
Sessions that are traced.  Lives in a server process.

A session is traced by being of a class that is derived from its ordinary one by one
of those here: it is made so, or becomes so when a trace is switched on, and is
ordinary again afterwards.  None of these classes has attributes of its own; they
see what happens where an ordinary session writes its attributes and calls its own
methods, and so an ordinary session does nothing for the sake of traces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from OpenSSL import SSL

from sslpool.server.cleartext import Cleartext
from sslpool.server.outcome import HANDSHAKE_OUTCOMES, Outcome
from sslpool.server.reception import CheckedSession
from sslpool.server.session import Session
from sslpool.server.sides import Phase, Sides
from sslpool.tracing.operands import Kind, Trace

if TYPE_CHECKING:
    from sslpool.server.tracing import Tracing

Kept = TypeVar("Kept", bound=Sides)

_phase: Any = vars(Sides)["phase"]
_received: Any = vars(Sides)["received"]
_sent: Any = vars(Sides)["sent"]
"""
The slots behind the properties of traced sessions.
"""


def _tracingOf(session: Sides) -> Tracing:
    tracing = session._relay.traced
    assert tracing is not None
    return tracing


def ordinary(kind: type[Kept]) -> type[Kept]:
    """
    Return the ordinary class of a session of this class.
    """
    base: type[Kept] = getattr(kind, "_ordinary", kind)
    return base


def _library(base: Any) -> Any:
    """
    Has the TLS library tell of each of its handshakes: with a client, again with another
    anchor, with a remote host.
    """

    class Library(base):  # type: ignore[misc]
        __slots__ = ()

        def secureWith(self, anchor: SSL.Context, label: SSL.Context) -> None:
            super().secureWith(anchor, label)
            _tracingOf(self).begun(self)

        def _secureRemote(self) -> None:
            super()._secureRemote()
            _tracingOf(self).begun(self)

    return Library


def _keyLogged(base: Any) -> Any:
    """
    Has its secrets logged.
    """

    class KeyLogged(base):  # type: ignore[misc]
        __slots__ = ()

        def _shake(self) -> None:
            if self._relay.traced is not None:
                self._relay.traced.logKeys(self)
            super()._shake()

    return KeyLogged


def _normal(base: Any) -> Any:
    """
    Tells when its handshake is complete, and is then an ordinary session.
    """

    class Normal(base):  # type: ignore[misc]
        __slots__ = ()

        def _connect(self) -> None:
            if self.phase is Phase.HANDSHAKE:
                tracing = _tracingOf(self)
                self.__class__ = ordinary(type(self))
                tracing.secured(self)
                self._connect()
            else:
                super()._connect()

    return Normal


def _connections(base: Any) -> Any:
    """
    Tells what becomes of its state and of its handshake.
    """

    class Connections(base):  # type: ignore[misc]
        __slots__ = ()

        def _setPhase(self, phase: Phase) -> None:
            try:
                before = _phase.__get__(self)
            except AttributeError:
                before = None
            _phase.__set__(self, phase)
            if before is not phase:
                _tracingOf(self).changed(self, before, phase)

        phase = property(_phase.__get__, _setPhase)

        def end(self, outcome: Outcome, detail: str = "") -> None:
            if self.phase is not Phase.ENDED:
                if outcome in HANDSHAKE_OUTCOMES:
                    _tracingOf(self).failed(self, outcome, detail)
                else:
                    _tracingOf(self).ended(self, outcome, detail)
            super().end(outcome, detail)

    return Connections


def _data(base: Any) -> Any:
    """
    Tells what it receives from the client and sends to it, both of which are then in
    the relay's buffer.
    """

    class Data(base):  # type: ignore[misc]
        __slots__ = ()

        def _setReceived(self, received: int) -> None:
            if received:
                length = received - _received.__get__(self)
                _tracingOf(self).data(self, "received", self._relay.view[:length])
            _received.__set__(self, received)

        def _setSent(self, sent: int) -> None:
            if sent:
                length = sent - _sent.__get__(self)
                _tracingOf(self).data(self, "sent", self._relay.view[:length])
            _sent.__set__(self, sent)

        received = property(_received.__get__, _setReceived)
        sent = property(_sent.__get__, _setSent)

    return Data


def _cleartextData(base: Any) -> Any:
    """
    The same of a session that is still in cleartext, whose octets are elsewhere: it
    tells what reaches the application and the client.
    """

    class CleartextData(base):  # type: ignore[misc]
        __slots__ = ()

        def _tell(self, octets: bytes) -> None:
            _tracingOf(self).data(self, "received in cleartext", memoryview(octets))
            super()._tell(octets)

        def _say(self, octets: bytes) -> None:
            _tracingOf(self).data(self, "sent in cleartext", memoryview(octets))
            super()._say(octets)

    return CleartextData


_STEPS = {
    "_shake": "continues the handshake",
    "_dial": "connects to the application",
    "_connected": "checks the connection to the application",
    "_connectFailed": "cannot connect to the application",
    "_readClient": "reads from the client",
    "_clientWritable": "can write to the client again",
    "_readApplication": "reads from the application",
    "_applicationWritable": "can write to the application again",
    "_clientEnd": "received the client's close_notify",
    "_applicationEnd": "received the end of the application's output",
    "_shutApplication": "tells the application that the client ended",
    "_shutClient": "tells the client that the application ended",
    "_clientFailed": "lost the client",
    "_applicationDeaf": "finds that the application accepts no more data",
    "_leave": "closes on its own",
    "_drain": "waits for the client to close",
    "_beginHandshake": "begins TLS",
    "_startTls": "was asked for TLS",
    "stop": "was told to stop",
}
"""
The steps of a session that FLOW records, by the name of the method that takes them.
"""


def _flowing(method: Any, step: str) -> Any:
    """
    Return a method that tells of a step, and takes it.
    """

    def flowing(self: Session, *arguments: Any) -> Any:
        reasons = [each for each in arguments if isinstance(each, Outcome | str | Exception) and each != ""]
        _tracingOf(self).step(self, step, reasons)
        return method(self, *arguments)

    return flowing


def _flow(base: Any) -> Any:
    """
    Tells each step that it takes.
    """
    steps = {name: _flowing(getattr(base, name), step) for name, step in _STEPS.items() if hasattr(base, name)}
    return type("Flow", (base,), {"__slots__": (), **steps})


def kindFor(trace: Trace | None, library: bool, base: type[Kept], keyLogged: bool = False) -> type[Kept]:
    """
    Return the class of sessions that are traced.

    @param trace: what is traced of them, or C{None}.
    @param library: the TLS library is to tell of them.
    @param base: their ordinary class.
    @param keyLogged: their secrets are logged.
    """
    traced, data = (None, False) if trace is None else (trace.kind, trace.data)
    kind: type[Kept] = _made(traced, data, library, base, keyLogged)
    return kind


@cache
def _made(traced: Kind | None, data: bool, library: bool, base: Any, keyLogged: bool) -> Any:
    kind = _keyLogged(base) if keyLogged else base
    for layer in _layers(traced, data, library, base):
        kind = layer(kind)
    if kind is not base:
        kind._ordinary = base
    return kind


def _layers(traced: Kind | None, data: bool, library: bool, base: type[Session]) -> Iterator[Callable[[Any], Any]]:
    if library:
        yield _library
    if traced is Kind.NORMAL:
        # Whose client is asked for a certificate is let in later than its handshake is complete.
        if not issubclass(base, CheckedSession):
            yield _normal
    elif traced is not None:
        yield _connections
        if data:
            yield _cleartextData if issubclass(base, Cleartext) else _data
        if traced is not Kind.CONNECTIONS:
            yield _flow
