# -*- test-case-name: tests.test_tap -*-
"""
Parts of the stack in which roles meet: the pool's members with their seats and
handoffs, control connections that write to the logs, and who may ask for what.
Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import ServerFactory

from sslpool.agent.segment import SegmentFiles
from sslpool.config.configuration import Configuration
from sslpool.config.current import Current
from sslpool.config.values import upperCase
from sslpool.control.authority import Authority, Caller
from sslpool.control.links import ServerLink
from sslpool.interfaces import Asker, IServerLink, IStackReactor
from sslpool.logins import Logins
from sslpool.manager.member import Member
from sslpool.manager.seats import Seat, Seats, Woken
from sslpool.manager.starter import AgentStarter
from sslpool.observe.logs import Logs
from sslpool.pool.launching import Beginning, Sandbox
from sslpool.pool.segment import Segment
from sslpool.pool.tally import Tally
from sslpool.stack.handoff import Handoff
from sslpool.stack.localsystem import standingFindings
from sslpool.trust import POOL


def makers(reactor: IStackReactor, segment: Segment) -> tuple[Seats, Callable[[int, str], Member]]:
    """
    Return the seats of the segment, and what makes members.
    """

    def makeSeat(number: int, woken: Woken) -> Seat:
        region = Tally(segment.region(number).words)
        return Seat(number, region, Handoff(reactor, region, woken))

    seats = Seats(makeSeat)

    def makeMember(index: int, userid: str) -> Member:
        return Member(index, userid, seats.own(index), reactor.seconds())

    return seats, makeMember


def starterFor(
    reactor: IStackReactor,
    configuration: Configuration,
    files: SegmentFiles,
    slots: int,
    accepted: Callable[[], int | None],
) -> AgentStarter:
    """
    Return what starts the agent and has it make servers.

    @param slots: sessions for each server that a seat has room for.
    @param accepted: returns the descriptor of what a new server serves where it cannot read the key database.
    """
    sandbox = Sandbox(configuration.keyFile) if configuration.sandbox else None
    beginning = Beginning(configuration.parameters, slots, configuration.machine, sandbox)
    return AgentStarter(reactor, configuration.agent, files, beginning, accepted)


def callers(logins: Logins) -> Callable[[int], Deferred[Caller]]:
    """
    Return what finds out who has a user id.
    """

    def callerWith(uid: int) -> Deferred[Caller]:
        if uid == POOL:
            return succeed(Caller(POOL, ""))
        return logins.find(uid).addCallback(lambda name: Caller(uid, upperCase(name)))

    return callerWith


def askers(
    authority: Authority, callerWith: Callable[[int], Deferred[Caller]]
) -> Callable[[int], Deferred[Asker]]:
    """
    Return what finds out who is at the other end of the application socket.
    """

    def asker(caller: Caller) -> Asker:
        assert caller.uid is not None
        known = caller.userid in authority.current.applications
        return Asker(caller.uid, str(caller), known or authority.admits(caller))

    return lambda uid: callerWith(uid).addCallback(asker)


def trust(current: Current) -> tuple[str, ...]:
    """
    Return whom the applications trust, as the configuration and this machine are now.
    """
    return tuple(map(str, standingFindings(current.configuration)))


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
