# -*- test-case-name: tests.test_composition -*-
"""
What operators and programs ask of the stack, on which ways, and who may.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from attrs import frozen
from twisted.internet.defer import Deferred, succeed

from sslpool.clocks import Epoch
from sslpool.composition.front import FrontParts
from sslpool.composition.logs import LogParts
from sslpool.composition.pool import PoolParts
from sslpool.composition.ways import Way
from sslpool.config.current import Current
from sslpool.config.values import upperCase
from sslpool.control.authority import Authority, Caller
from sslpool.control.remoteservice import RemoteService
from sslpool.control.service import ControlService
from sslpool.interfaces import Asker, IStackReactor
from sslpool.logins import Logins
from sslpool.manager.administration import PoolAdministration
from sslpool.manager.growth import PoolGrowth
from sslpool.manager.identity import poolIdentity
from sslpool.manager.rekeying import Rekeying
from sslpool.manager.renewal import Renewal
from sslpool.observe.manhole import Manhole, manhole
from sslpool.places import applicationPath
from sslpool.pool.states import Event
from sslpool.stack.applicationsocket import ApplicationSocket
from sslpool.stack.autolog import Autolog, autologged
from sslpool.stack.localsystem import standingFindings
from sslpool.stack.reconfiguration import Reconfiguration
from sslpool.trust import POOL
from sslpool.turns import Turns

Identify = Callable[[int], Deferred[Caller]]
"""
Finds out who has a user id.
"""


@frozen(eq=False)
class ControlParts:
    """
    The ways to ask, and who answers.
    """

    renewal: Renewal
    rekeying: Rekeying
    administration: PoolAdministration
    reconfiguration: Reconfiguration
    autolog: Autolog
    manhole: Manhole
    programs: ApplicationSocket
    local: ControlService
    remote: RemoteService


def makeControl(
    reactor: IStackReactor, current: Current, way: Way, logs: LogParts, pool: PoolParts, front: FrontParts
) -> ControlParts:
    """
    Make what the stack is asked through; nothing listens yet.
    """
    configuration, authority, turns = current.configuration, Authority(current), Turns(reactor)
    members, listening, identify = pool.pool, front.listening, callers(Logins(reactor))
    programs = _programs(reactor, way, authority, identify, turns, pool, front)
    renewal = Renewal(
        reactor,
        listening.look,
        listening.reopen,
        members.processes.replace,
        lambda member, reason: members.happen(member, Event.RESTART, reason),
    )
    rekeying = Rekeying(reactor, members, pool.starter, pool.cache, configuration.agent)
    administration = _administration(reactor, current, logs, pool, front, renewal, rekeying, programs)
    autolog = Autolog(reactor, autologged(configuration), members.firstActive, configuration.timeout)
    stack = {"pool": members, "acceptor": front.acceptor, "autolog": autolog, "administration": administration}
    inside = manhole(reactor, current, way.run, way.directory or way.run, administration, stack)
    subjects = (pool.limit, listening, PoolGrowth(members, pool.makeMember), autolog, inside, front.admission)
    reconfiguration = Reconfiguration(current, way.load, subjects, front.lookups.known, way.turn)
    local = _local(reactor, way, authority, identify, turns, pool, administration)
    remote = _remote(reactor, way, authority, turns, administration, local)
    return ControlParts(renewal, rekeying, administration, reconfiguration, autolog, inside, programs, local, remote)


def callers(logins: Logins) -> Identify:
    """
    Return what finds out who has a user id.
    """

    def callerWith(uid: int) -> Deferred[Caller]:
        if uid == POOL:
            return succeed(Caller(POOL, ""))
        return logins.find(uid).addCallback(lambda name: Caller(uid, upperCase(name)))

    return callerWith


def askers(authority: Authority, identify: Identify) -> Callable[[int], Deferred[Asker]]:
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


def _programs(
    reactor: IStackReactor,
    way: Way,
    authority: Authority,
    identify: Identify,
    turns: Turns,
    pool: PoolParts,
    front: FrontParts,
) -> ApplicationSocket:
    return ApplicationSocket(
        reactor,
        applicationPath(way.run, way.configuration.stack),
        front.acceptor,
        pool.pool.router,
        lambda: front.listening.labels,
        askers(authority, identify),
        turns,
        authority.current,
        pool.pool.pids,
    )


def _administration(
    reactor: IStackReactor,
    current: Current,
    logs: LogParts,
    pool: PoolParts,
    front: FrontParts,
    renewal: Renewal,
    rekeying: Rekeying,
    programs: ApplicationSocket,
) -> PoolAdministration:
    return PoolAdministration(
        pool=pool.pool,
        identity=poolIdentity(current.configuration, reactor.seconds()),
        epoch=Epoch(reactor.seconds),
        agentPid=lambda: pool.starter.pid,
        full=lambda: front.acceptor.full,
        listeners=front.ports.records,
        renewal=renewal,
        sessionCache=pool.cache,
        rekeying=rekeying,
        consoles=logs.logs,
        trust=partial(trust, current),
        programs=programs.counts,
        admission=front.admission.status,
    )


def _local(
    reactor: IStackReactor,
    way: Way,
    authority: Authority,
    identify: Identify,
    turns: Turns,
    pool: PoolParts,
    administration: PoolAdministration,
) -> ControlService:
    return ControlService(
        reactor=reactor,
        directory=way.run,
        stack=way.configuration.stack,
        administration=administration,
        authority=authority,
        identify=identify,
        turns=turns,
        poolProcesses=pool.pool.pids,
    )


def _remote(
    reactor: IStackReactor,
    way: Way,
    authority: Authority,
    turns: Turns,
    administration: PoolAdministration,
    local: ControlService,
) -> RemoteService:
    return RemoteService(
        reactor=reactor,
        place=way.configuration.adminPort,
        keyFile=way.configuration.keyFile,
        administration=administration,
        authority=authority,
        complaints=local.complaints,
        turns=turns,
    )
