# -*- test-case-name: tests.test_composition -*-
"""
The four parts of the stack: logs, the pool, the front where clients come in, and control, for operators and programs.
Each has a function that makes it from those before it; nothing is started.  Lives in the stack process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from functools import partial

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import ServerFactory

from sslpool.agent.segment import SegmentFiles
from sslpool.clocks import Epoch
from sslpool.composition.runmodes import RunMode
from sslpool.config.configuration import Configuration
from sslpool.config.current import Current
from sslpool.config.values import upperCase
from sslpool.control.access import AccessControl, Caller
from sslpool.control.remoteservice import RemoteService
from sslpool.control.serverlink import ServerLink
from sslpool.control.service import ControlService
from sslpool.fairqueue import FairQueue
from sslpool.interfaces import Asker, IReconfigurable, IServerLink, IStackReactor
from sslpool.loginnames import Logins
from sslpool.manager.administration import PoolAdministration
from sslpool.manager.census import Census
from sslpool.manager.growth import PoolGrowth
from sslpool.manager.identity import poolIdentity, segmentStatus
from sslpool.manager.keylogging import KeyLogs
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool
from sslpool.manager.processes import MakeLink
from sslpool.manager.refresh import Renewal
from sslpool.manager.rekeying import Rekeying
from sslpool.manager.seats import Seat, Seats, Woken
from sslpool.manager.sessioncache import SessionCache
from sslpool.manager.starter import AgentStarter
from sslpool.manager.traces import Traces
from sslpool.observe.choices import consolesIn
from sslpool.observe.keylog import KeyFile
from sslpool.observe.logs import Logs
from sslpool.observe.manhole import Manhole, manhole
from sslpool.pool.tally import Tally
from sslpool.rundirectory import applicationPath
from sslpool.stack.autolog import Autolog, autologged
from sslpool.stack.configuration.history import History, historyPath
from sslpool.stack.configuration.oneline import MOST_PER_SERVER
from sslpool.stack.configuration.reconfiguration import Reconfiguration
from sslpool.stack.configuration.rollback import Rollback
from sslpool.stack.descriptors import DescriptorLimit
from sslpool.stack.front.accepted import AcceptedCopy
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.admission import Admission
from sslpool.stack.front.destinations import resolved
from sslpool.stack.front.handoff import Handoff
from sslpool.stack.front.listeningports import ListeningPorts
from sslpool.stack.front.localsystem import standingFindings
from sslpool.stack.front.lookups import Lookups
from sslpool.stack.front.ports import Ports
from sslpool.stack.front.prospects import Prospects
from sslpool.stack.front.reachability import Reachability
from sslpool.stack.programs.applicationsocket import ApplicationSocket
from sslpool.trust import POOL
from sslpool.wire.launching import Beginning, Sandbox
from sslpool.wire.segment import Segment

MakeMember = Callable[[int, str], Member]
"""
Makes a member from its index and name.
"""

Identify = Callable[[int], Deferred[Caller]]
"""
Finds out who has a user id.
"""


@frozen(eq=False)
class LogParts:
    """
    The logs, and who writes keys to their file.
    """

    logs: Logs
    keyLogs: KeyLogs


def makeLogs(reactor: IStackReactor, mode: RunMode) -> LogParts:
    """
    Make the logs; where entries go is chosen when the run directory has been claimed.
    """
    logs = Logs(KeyFile(consolesIn(mode.run, mode.configuration)), reactor, mode.configuration.agent)
    return LogParts(logs, KeyLogs(reactor, logs.keys))


@frozen(eq=False)
class PoolParts:
    """
    The pool, and what it stands on.
    """

    limit: DescriptorLimit
    segment: Segment
    accepted: AcceptedCopy
    reachability: Reachability
    starter: AgentStarter
    makeMember: MakeMember
    pool: Pool
    cache: SessionCache
    rekeying: Rekeying


def makePool(reactor: IStackReactor, current: Current, logs: LogParts) -> PoolParts:
    """
    Make the pool; nothing is started.

    @raise OperatorError: the limit of open files is too low.
    """
    configuration = current.configuration
    limit = DescriptorLimit(configuration)
    slots = max(configuration.limits.maxPerServer, MOST_PER_SERVER)
    files = SegmentFiles(configuration.segment or configuration.stack, slots)
    accepted = AcceptedCopy(configuration.keyFile)
    starter = _starter(reactor, configuration, files, slots, accepted)
    seats, makeMember = makers(reactor, files.segment)
    reachability = Reachability(reactor, lambda: {port.userid for port in current.configuration.ports})
    pool = Pool(
        reactor,
        [makeMember(index, userid) for index, userid in enumerate(configuration.members)],
        starter,
        _linkMaker(reactor, logs.logs, reachability),
        configuration.limits,
        configuration.keyFile,
        seats,
        Traces(configuration.parameters.trace),
        logs.keyLogs,
    )
    described = partial(segmentStatus, current, files.descriptor, slots)
    cache = SessionCache(files.segment, starter, described, configuration, pool.members, seats)
    rekeying = Rekeying(reactor, pool, starter, cache, configuration.agent)
    return PoolParts(limit, files.segment, accepted, reachability, starter, makeMember, pool, cache, rekeying)


@frozen(eq=False)
class FrontParts:
    """
    The ports, and who lets clients in.
    """

    ports: Ports
    admission: Admission
    acceptor: Acceptor
    listening: ListeningPorts
    lookups: Lookups
    renewal: Renewal


def makeFront(reactor: IStackReactor, mode: RunMode, parts: PoolParts) -> FrontParts:
    """
    Make the front of a pool, which is open when the first server is Active.
    """
    configuration, pool = mode.configuration, parts.pool
    ports = Ports(configuration.ports)
    admission = Admission(reactor, pool.router, ports.doors, Census(pool).begin)
    admission.follow(configuration.limits, configuration.exempt)
    acceptor = Acceptor(reactor, parts.segment, pool.router, admission, ports.lastWords)
    listening = ListeningPorts(ports, configuration.keyFile, parts.accepted, acceptor, pool.setPort)
    pool.firstActive.addCallback(lambda _: mode.serving())
    lookups = Lookups(reactor, ports, pool.setPort, listening.give, resolved)
    renewal = Renewal(reactor, pool, listening.look, listening.vet, listening.reopen)
    return FrontParts(ports, admission, acceptor, listening, lookups, renewal)


@frozen(eq=False)
class ControlParts:
    """
    The ways to ask, and who answers.
    """

    administration: PoolAdministration
    reconfiguration: Reconfiguration
    history: History
    rollback: Rollback
    autolog: Autolog
    manhole: Manhole
    applicationSocket: ApplicationSocket
    local: ControlService
    remote: RemoteService


def makeControl(
    reactor: IStackReactor, current: Current, mode: RunMode, logs: LogParts, pool: PoolParts, front: FrontParts
) -> ControlParts:
    """
    Make what the stack is asked through; nothing listens yet.
    """
    configuration, run, members, listening = current.configuration, mode.run, pool.pool, front.listening
    authority, identify, queue = AccessControl(current), callers(Logins(reactor)), FairQueue(reactor)
    programs = ApplicationSocket(
        reactor,
        applicationPath(run, configuration.stack),
        front.acceptor,
        members.router,
        lambda: listening.labels,
        askers(authority, identify),
        queue,
        current,
        members.pids,
    )
    administration = _administration(reactor, current, logs, pool, front, programs)
    autolog = Autolog(reactor, autologged(configuration), members.firstActive, configuration.timeout)
    stack = {"pool": members, "acceptor": front.acceptor, "autolog": autolog, "administration": administration}
    prompt = manhole(reactor, current, run, mode.directory or run, administration, stack)
    subjects = (pool.limit, listening, PoolGrowth(members, pool.makeMember), autolog, prompt, front.admission)
    history, reconfiguration, rollback = _changes(reactor, current, mode, front, subjects)
    local = ControlService(reactor, run, configuration.stack, administration, authority, identify, queue, members.pids)
    remote = RemoteService(
        reactor, configuration.adminPort, configuration.keyFile, administration, authority, local.complaints, queue
    )
    return ControlParts(administration, reconfiguration, history, rollback, autolog, prompt, programs, local, remote)


def _changes(
    reactor: IStackReactor, current: Current, mode: RunMode, front: FrontParts, subjects: Sequence[IReconfigurable]
) -> tuple[History, Reconfiguration, Rollback]:
    """
    Return who changes the configuration, the history of that, and the way back; a stack without files has no history.
    """
    configuration, epoch = mode.configuration, Epoch(reactor.seconds)
    path = None if mode.files is None else historyPath(mode.run, configuration.stack)
    first = None if mode.files is None else mode.files.inEffect.files
    history = History(lambda: epoch() + reactor.seconds(), first, path)
    reconfiguration = Reconfiguration(current, mode.files, subjects, front.lookups.known, history.accepted)
    return history, reconfiguration, Rollback(history, reconfiguration, os.path.abspath(mode.directory))


def callers(logins: Logins) -> Identify:
    """
    Return what finds out who has a user id.
    """

    def callerWith(uid: int) -> Deferred[Caller]:
        if uid == POOL:
            return succeed(Caller(POOL, ""))
        return logins.find(uid).addCallback(lambda name: Caller(uid, upperCase(name)))

    return callerWith


def askers(authority: AccessControl, identify: Identify) -> Callable[[int], Deferred[Asker]]:
    """
    Return what finds out who is at the other end of the application socket.
    """

    def asker(caller: Caller) -> Asker:
        assert caller.uid is not None
        known = caller.userid in authority.current.applications
        return Asker(caller.uid, str(caller), known or authority.admits(caller))

    return lambda uid: identify(uid).addCallback(asker)


def trust(current: Current) -> tuple[str, ...]:
    """
    Return whom the applications trust, as the configuration and this machine are now.
    """
    return tuple(map(str, standingFindings(current.configuration)))


def _administration(
    reactor: IStackReactor,
    current: Current,
    logs: LogParts,
    pool: PoolParts,
    front: FrontParts,
    applicationSocket: ApplicationSocket,
) -> PoolAdministration:
    return PoolAdministration(
        pool=pool.pool,
        identity=poolIdentity(current.configuration, reactor.seconds()),
        epoch=Epoch(reactor.seconds),
        agentPid=lambda: pool.starter.pid,
        full=lambda: front.acceptor.full,
        listeners=front.ports.records,
        renewal=front.renewal,
        sessionCache=pool.cache,
        rekeying=pool.rekeying,
        consoles=logs.logs,
        trust=partial(trust, current),
        programs=applicationSocket.counts,
        admission=front.admission.status,
        prospects=Prospects(
            front.ports, lambda: front.listening.labels, pool.reachability, lambda: front.acceptor.shut
        ),
    )


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


def _linkMaker(reactor: IStackReactor, logs: Logs, reachability: Reachability) -> MakeLink:
    """
    Return what makes the stack's end of a control connection; what the server says goes to C{logs}, and what it
    says of applications to C{reachability}.
    """

    def makeLink(control: socket.socket, lost: Callable[[], None]) -> IServerLink:
        link = ServerLink(reactor, lost, logs.lines, logs.keys.write, reachability.hear)
        control.setblocking(False)
        factory = ServerFactory.forProtocol(lambda: link)
        reactor.adoptStreamConnection(control.fileno(), socket.AF_UNIX, factory)  # type: ignore[arg-type]
        control.close()
        return link

    return makeLink
