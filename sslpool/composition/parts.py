# -*- test-case-name: tests.test_tap -*-
"""
Parts of the stack in which roles meet: the pool's members with their seats and
handoffs, control connections that write to the logs, and who may ask for what.
Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence

from twisted.internet.protocol import ServerFactory

from sslpool.config.configuration import Configuration
from sslpool.control.authority import Authority, identify, peerUid
from sslpool.control.links import ServerLink
from sslpool.interfaces import Arrival, Asker, IServerLink, IStackReactor
from sslpool.manager.administration import PoolAdministration
from sslpool.manager.keylogs import KeyLogs
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool
from sslpool.manager.seats import Seat, Seats
from sslpool.manager.traces import Traces
from sslpool.observe.logs import Logs
from sslpool.pool.segment import Segment
from sslpool.stack.handoff import Handoff
from sslpool.stack.reconfiguration import Reconfiguration


def makers(
    reactor: IStackReactor, segment: Segment, woken: Callable[[Sequence[Arrival]], None]
) -> tuple[Seats, Callable[[int, str], Member]]:
    """
    Return the seats of the segment, and what makes members.

    @param woken: called when something more may be handed to a server.
    """

    def makeSeat(number: int) -> Seat:
        region = segment.region(number)
        return Seat(number, region, Handoff(reactor, region, woken))

    seats = Seats(makeSeat)

    def makeMember(index: int, userid: str) -> Member:
        return Member(index, userid, seats.own(index), reactor.seconds())

    return seats, makeMember


def askers(
    reconfiguration: Reconfiguration, authority: Callable[[], Authority], own: Callable[[], Iterable[int]]
) -> Callable[[socket.socket], Asker]:
    """
    Return what says who is at the other end of the application socket.

    @param own: as of L{peerUid}.
    """

    def askerOf(connection: socket.socket) -> Asker:
        uid = peerUid(connection, own)
        caller = identify(uid)
        known = {application.userid for application in reconfiguration.configuration.applications}
        return Asker(uid, str(caller), authority().admits(caller) or caller.userid in known)

    return askerOf


def observe(
    reactor: IStackReactor,
    configuration: Configuration,
    pool: Pool,
    administration: PoolAdministration,
    logs: Logs,
) -> None:
    """
    Bring together those who trace, keep the lines, and are asked for them.
    """
    pool.traces = Traces(configuration.parameters.trace)
    logs.members = lambda: [member.userid for member in pool.members]
    administration.consoles = logs
    administration.keyLogs = KeyLogs(reactor, logs.keys)
    pool.joined = administration.keyLogs.joined


def linkMaker(reactor: IStackReactor, logs: Logs) -> Callable[[socket.socket, Callable[[], None]], IServerLink]:
    """
    Return what makes the stack's end of a control connection; what the server says goes to C{logs}.
    """

    def makeLink(control: socket.socket, lost: Callable[[], None]) -> IServerLink:
        link = ServerLink(reactor, lost, logs.lines, logs.keys.write)
        control.setblocking(False)
        factory = ServerFactory.forProtocol(lambda: link)
        reactor.adoptStreamConnection(control.fileno(), socket.AF_UNIX, factory)  # type: ignore[arg-type]
        control.close()
        return link

    return makeLink
