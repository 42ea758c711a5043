# -*- test-case-name: tests.sessions.test_ftp -*-
"""
The data connections of one FTP control session: where they are expected, who may make them, and
how many there can be.  Lives in a server process.

A data connection comes from the control connection's own client or application, and goes to the
other of the two, never to a third.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from select import EPOLLIN
from typing import Protocol

from attrs import evolve, frozen

from sslpool.config.securing import DataConnections
from sslpool.sessions.binding import Bound
from sslpool.sessions.data import ClearData, Data, unreached
from sslpool.sessions.expected import EXPECTED, Expected, drop, listening, toApplication, toClient
from sslpool.sessions.outcome import HANDSHAKE_OUTCOMES, Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.secureddata import SecuredData, openData
from sslpool.sessions.session import Host
from sslpool.sessions.uploading import Transfer
from sslpool.starttls.contract import Action, DataStep, Listen
from sslpool.starttls.ftp import Ftp
from sslpool.starttls.ftpdata import FtpData
from sslpool.starttls.ftptransfers import Failure
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.segment import Shortage

MOST_OPEN = 8
"""
The most data connections that one control session may have.
"""

NUMBERED = 1 << 32
"""
Data connections have their control session's number, and a multiple of this.
"""


class Control(Protocol):
    """
    The control session.
    """

    @property
    def number(self) -> int:
        """
        Its number.
        """
        ...

    @property
    def port(self) -> PortAssignment:
        """
        The secure port it came in by.
        """
        ...

    def follow(self, actions: list[Action]) -> None:
        """
        Do what the dialogue says.
        """


@frozen
class Route:
    """
    Where a data connection goes.

    @ivar listen: what the dialogue has said.
    @ivar client: our own host on the client's side, and the client's.
    @ivar application: our own host on the application's side, and the application's.
    @ivar local: our own address on the client's side.
    """

    listen: Listen
    client: tuple[str, str]
    application: tuple[str, str]
    local: str


class Channels:
    """
    The data connections of one control session.

    @ivar closed: the control session has ended.
    @ivar bound: what they must resume, where they must.
    @ivar exposed: somebody who did not can resume it now: nobody may any more.
    @param control: the control session.
    @param terms: what the application's entry says about them.
    @param dialogue: the dialogue from which they come.
    """

    def __init__(self, host: Host, control: Control, terms: DataConnections, dialogue: Ftp) -> None:
        self._host = host
        self._dialogue = dialogue
        self._control = control
        self._terms = terms
        self._expected: Expected | None = None
        self._route: Route | None = None
        self._open: set[Data] = set()
        self._last: Data | None = None
        self._first = False
        self._count = 0
        self.closed = self.exposed = False
        self.bound: Bound | None = None

    @property
    def reuse(self) -> bool:
        """
        Data connections have to resume the control connection's TLS session.
        """
        return self._terms.reuse

    @property
    def busy(self) -> bool:
        """
        Data is under way.
        """
        return bool(self._open)

    @property
    def uploading(self) -> bool:
        return self._dialogue.uploading

    @property
    def withholding(self) -> bool:
        return bool(self._dialogue.withheld)

    def expect(self, listen: Listen, client: tuple[str, str], application: tuple[str, str]) -> tuple[str, int] | None:
        """
        Expect a data connection instead of any that is still expected.

        @param client: our own host on the client's side, and the client's.
        @param application: our own host on the application's side, and the application's.
        @return: where it is expected, as the other side is to be told, or C{None} where it cannot be.
        """
        self.forget()
        self._last, self._first = None, False
        if self._isFull() or (listen.protected and self._control.port.label not in self._host.labels):
            return None
        ours, theirs = client if listen.passive else application
        first, last = (self._terms.first, self._terms.last) if listen.passive else (0, 0)
        try:
            expecting = listening(ours, first, last)
        except OSError:
            self._host.lack(Shortage.DESCRIPTORS)
            return None
        if expecting is None:
            return None
        port: int = expecting.getsockname()[1]
        local = f"[{client[0]}]" if ":" in client[0] else client[0]
        self._route = Route(listen, client, application, f"{local}:{port}" if listen.passive else local)
        # An application that chooses no address comes from the one that it connects to, where that is our own.
        source = self._control.port.source
        hosts = (theirs,) if listen.passive or not source else (theirs, source)
        self._expected = Expected(self._host, expecting, hosts, self._host.now + EXPECTED, self._accepted)
        announced = self._terms.address if listen.passive and self._terms.address else ours
        return announced, port

    def look(self) -> None:
        """
        See whether somebody has connected before that which is understood now was said.
        """
        if self._expected is not None:
            self._expected.event(EPOLLIN)

    def _accepted(self, connection: socket.socket, address: tuple[str, int]) -> None:
        """
        A data connection is there.
        """
        route, self._expected = self._route, None
        assert route is not None
        if route.listen.passive:
            other = toApplication(route.application[1], route.listen.port, self._control.port, self._host)
            self._begin(route, connection, other, address)
        elif not self._first:
            self._begin(route, self._dial(route), connection, (route.client[1], route.listen.port))
        elif isinstance(self._last, SecuredData):
            self._last.meet(connection)
        else:
            # The client's side has ended meanwhile.
            drop(connection)

    def _dial(self, route: Route) -> socket.socket | None:
        return toClient(route.client[1], route.listen.port, route.client[0])

    def step(self, step: DataStep) -> None:
        """
        Do what the dialogue says about the data connection that was expected last.
        """
        if step is DataStep.SECURE:
            self._secure()
            return
        last = self._last
        if step is DataStep.PROCEED:
            if last is not None:
                last.proceed()
            return
        self.forget()
        self._last = None
        if last is not None:
            last.refuse() if step is DataStep.REFUSE else last.session.end(Outcome.CLIENT_RESET, "aborted")

    def _secure(self) -> None:
        """
        Have the client's side be there before the application's, and secured.
        """
        route = self._route
        if route is not None and route.listen.passive:
            self.look()
        elif route is not None and self._last is None and self._expected is not None:
            self._first = True
            self._begin(route, self._dial(route), None, (route.client[1], route.listen.port))
        if not isinstance(self._last, SecuredData) or not self._last.begun:
            self._tell(self._dialogue.dataAwaited())

    def _isFull(self) -> bool:
        """
        Tell whether there can be no more data connections, of this session or in this server.
        """
        if not self._host.dataFull() and len(self._open) < MOST_OPEN:
            return False
        self._host.outcomes[Outcome.DATA_FULL] += 1
        return True

    def _begin(
        self, route: Route, client: socket.socket | None, application: socket.socket | None, peer: tuple[str, int]
    ) -> None:
        """
        Begin to carry a data connection, unless one of its sides could not be reached.

        @param application: is still to come where it is the client's side that is needed first.
        """
        listen = route.listen
        if client is not None and (application is not None or self._first):
            self._count += 1
            number = self._control.number + self._count * NUMBERED
            port = evolve(self._control.port, local=route.local)
            with suppress(KeyError):  # the label has gone from the key database meanwhile
                data = (Transfer if listen.protected else ClearData)(self, not listen.passive)
                openData(self._host, data, number, port, client, application, peer)
                self._open.add(data)
                self._host.carry(1)
                self._last = data
                self._tell(self._dialogue.dataOpened())
                return
        for each in (client, application):
            if each is not None:
                drop(each)
        self._tell(unreached(self._dialogue))

    def _tell(self, actions: list[Action]) -> None:
        if not self.closed:
            self._control.follow(actions)

    # What becomes of them

    def dataFollows(self, data: Data, step: Callable[[FtpData], list[Action]]) -> None:
        """
        See L{Owner.dataFollows<sslpool.sessions.data.Owner.dataFollows>}.
        """
        if data is self._last:
            self._tell(step(self._dialogue))

    def dataEnded(self, data: Data, outcome: Outcome) -> None:
        """
        See L{Owner.dataEnded<sslpool.sessions.data.Owner.dataEnded>}.
        """
        self._open.discard(data)
        self._host.carry(-1)
        if data is not self._last:
            return
        self._last = None
        if outcome is Outcome.FINISHED:
            self._tell(self._dialogue.dataReceived() + self._dialogue.dataSent())
        else:
            self._tell(self._dialogue.dataFailed(_FAILURES.get(outcome, Failure.LOCAL)))

    def sweep(self, now: float) -> None:
        """
        Look at the time limit.
        """
        if self._expected is not None and now > self._expected.deadline:
            self.forget()
            if self._last is not None:
                # Its client's side is there; this tells of it.
                self._last.session.end(Outcome.APPLICATION_TIMEOUT, "no answer")
            else:
                self._tell(unreached(self._dialogue))

    def forget(self) -> None:
        """
        Wait for no data connection any more.
        """
        expected, self._expected = self._expected, None
        if expected is not None:
            expected.close()

    def close(self, inOrder: bool) -> None:
        """
        The control session has ended, and with it ends what belongs to it; a transfer that is under
        way when both sides have ended in order is completed (RFC 959 section 4.1.1, QUIT).
        """
        self.closed = True
        self.forget()
        for data in list(self._open):
            if not inOrder or data.session.phase in (Phase.HELLO, Phase.HANDSHAKE, Phase.DIALLING):
                data.session.end(Outcome.CONTROL_ENDED)


_CUT = (Outcome.TRUNCATED, Outcome.CLIENT_RESET, Outcome.PROTOCOL, Outcome.IDLE, Outcome.APPLICATION_RESET)
_FAILURES = {
    **dict.fromkeys(HANDSHAKE_OUTCOMES, Failure.UNSECURED),
    **dict.fromkeys(_CUT, Failure.CUT),
    Outcome.UNSPOKEN: Failure.UNSECURED,
    Outcome.NOT_RESUMED: Failure.NOT_RESUMED,
    Outcome.APPLICATION_DOWN: Failure.UNREACHED,
    Outcome.APPLICATION_TIMEOUT: Failure.UNREACHED,
}
