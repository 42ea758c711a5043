# -*- test-case-name: tests.test_composition -*-
"""
The pool: its members with their seats and handoffs, the agent that makes their processes, and what
is kept for these.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from attrs import frozen
from twisted.internet.protocol import ServerFactory

from sslpool.agent.segment import SegmentFiles
from sslpool.composition.logs import LogParts
from sslpool.config.configuration import Configuration
from sslpool.control.links import ServerLink
from sslpool.interfaces import IServerLink, IStackReactor
from sslpool.manager.identity import segmentIdentity
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool
from sslpool.manager.processes import MakeLink
from sslpool.manager.seats import Seat, Seats, Woken
from sslpool.manager.sessioncache import SessionCache
from sslpool.manager.starter import AgentStarter
from sslpool.manager.traces import Traces
from sslpool.observe.logs import Logs
from sslpool.pool.launching import Beginning, Sandbox
from sslpool.pool.segment import Segment
from sslpool.pool.tally import Tally
from sslpool.stack.accepted import AcceptedCopy
from sslpool.stack.descriptors import DescriptorLimit
from sslpool.stack.handoff import Handoff
from sslpool.stack.oneline import MOST_PER_SERVER

MakeMember = Callable[[int, str], Member]
"""
Makes a member from its index and name.
"""


@frozen(eq=False)
class PoolParts:
    """
    The pool, and what it stands on.
    """

    limit: DescriptorLimit
    segment: Segment
    accepted: AcceptedCopy
    starter: AgentStarter
    makeMember: MakeMember
    pool: Pool
    cache: SessionCache


def makePool(reactor: IStackReactor, configuration: Configuration, logs: LogParts) -> PoolParts:
    """
    Make the pool; nothing is started.

    @raise OperatorError: the limit of open files is too low.
    """
    limit = DescriptorLimit(configuration)
    slots = max(configuration.limits.maxPerServer, MOST_PER_SERVER)
    files = SegmentFiles(configuration.segment or configuration.stack, slots)
    accepted = AcceptedCopy(configuration.keyFile)
    starter = _starter(reactor, configuration, files, slots, accepted)
    seats, makeMember = makers(reactor, files.segment)
    pool = Pool(
        reactor,
        [makeMember(index, userid) for index, userid in enumerate(configuration.members)],
        starter,
        _linkMaker(reactor, logs.logs),
        configuration.limits,
        configuration.keyFile,
        seats,
        Traces(configuration.parameters.trace),
        logs.keyLogs,
    )
    cache = _cache(configuration, files, slots, starter, pool, seats)
    return PoolParts(limit, files.segment, accepted, starter, makeMember, pool, cache)


def makers(reactor: IStackReactor, segment: Segment) -> tuple[Seats, MakeMember]:
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


def _starter(
    reactor: IStackReactor, configuration: Configuration, files: SegmentFiles, slots: int, accepted: AcceptedCopy
) -> AgentStarter:
    sandbox = Sandbox(configuration.keyFile) if configuration.sandbox else None
    beginning = Beginning(configuration.parameters, slots, configuration.machine, sandbox)
    return AgentStarter(reactor, configuration.agent, files, beginning, lambda: accepted.descriptor)


def _cache(
    configuration: Configuration, files: SegmentFiles, slots: int, starter: AgentStarter, pool: Pool, seats: Seats
) -> SessionCache:
    return SessionCache(
        segment=files.segment,
        keys=lambda: starter.words.keys,
        described=segmentIdentity(configuration, files.descriptor, slots),
        stack=configuration.stack,
        agent=configuration.agent,
        parameters=configuration.parameters,
        members=lambda: pool.members,
        seats=seats,
        agentPid=lambda: starter.pid,
    )


def _linkMaker(reactor: IStackReactor, logs: Logs) -> MakeLink:
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
