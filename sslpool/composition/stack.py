# -*- test-case-name: tests.test_composition -*-
"""
The whole stack: its four parts are made one after another, each from those before it, and what they
need of a later one is wired when all are there.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import frozen
from twisted.application.service import IService, Service

from sslpool.agent.kernel import forbidCores
from sslpool.composition.parts import (
    ControlParts,
    FrontParts,
    LogParts,
    PoolParts,
    makeControl,
    makeFront,
    makeLogs,
    makePool,
)
from sslpool.composition.runmodes import RunMode
from sslpool.config.current import Current
from sslpool.interfaces import IStackReactor
from sslpool.manager.growth import Retirement
from sslpool.manager.liveness import Liveness
from sslpool.messages import Said
from sslpool.repeating import Repeating
from sslpool.stack.announcement import Announcement, Operands
from sslpool.stack.configuration.filewatches import fileWatches
from sslpool.stack.configuration.reload import reload
from sslpool.stack.front.listeningports import RETRY
from sslpool.stack.front.validity import ExpiryWatch
from sslpool.stack.housekeeping import Housekeeping, guarded, reapOrphans
from sslpool.stack.signals import Signals


@frozen(eq=False)
class Stack:
    """
    The four parts.
    """

    logs: LogParts
    pool: PoolParts
    front: FrontParts
    control: ControlParts


def makeStack(reactor: IStackReactor, mode: RunMode) -> Stack:
    """
    Make all parts, and wire them.
    """
    # What is taken from the way is decided when the stack starts; the rest is asked of what is in effect.
    current = Current(mode.configuration)
    logs = makeLogs(reactor, mode)
    pool = makePool(reactor, current, logs)
    front = makeFront(reactor, mode, pool)
    control = makeControl(reactor, current, mode, logs, pool, front)
    logs.logs.wire(pool.pool)
    pool.limit.wire(pool.pool)
    pool.starter.wire(pool.pool.processes)
    pool.pool.wire(front.acceptor, front.listening)
    front.renewal.wire(front.lookups, control.remote)
    control.administration.wire(control.reconfiguration, control.rollback)
    return Stack(logs, pool, front, control)


def services(reactor: IStackReactor, mode: RunMode, stack: Stack, notes: list[Said]) -> list[IService]:
    """
    Return the services of the stack, in the order in which they start.

    @param notes: messages about what was found while it was made.
    """
    configuration, pool, control = mode.configuration, stack.pool.pool, stack.control
    return [
        *([Unreadable()] if configuration.sandbox else []),
        *mode.before,
        stack.logs.logs,
        Announcement(configuration, notes),
        control.local,
        control.remote,
        control.manhole,
        stack.pool.starter,
        Operands(configuration),
        control.history,
        pool,
        Liveness(reactor, pool, stack.pool.starter),
        Retirement(reactor, pool),
        stack.pool.rekeying,
        stack.front.acceptor,
        control.applicationSocket,
        stack.front.lookups,
        control.autolog,
        *_watches(reactor, mode, stack),
    ]


def _watches(reactor: IStackReactor, mode: RunMode, stack: Stack) -> Sequence[IService]:
    """
    Return what looks after things while the stack runs.
    """
    configuration, control, logs, listening = mode.configuration, stack.control, stack.logs.logs, stack.front.listening
    keys = configuration.keyFile if configuration.watchKeys else None
    refresh, reconfiguration = control.administration.refresh, control.reconfiguration
    # Where another stack has the lock, the sockets are its own.
    others = [guarded(control.local.holds, each.tend) for each in (control.applicationSocket, control.manhole)]
    return [
        ExpiryWatch(reactor, listening.expiries),
        Repeating(reactor, RETRY, listening.retry, "ports were opened"),
        *fileWatches(reactor, mode.userDirect, reconfiguration.reread, keys, refresh),
        Housekeeping(reactor, [reapOrphans, control.local.tend, *others, *mode.tends, logs.tend]),
        # The last one: it stops first.
        Signals(reactor, partial(reload, reconfiguration, refresh), logs.reopen, stack.pool.pool.firstActive),
    ]


class Unreadable(Service):
    """
    Nobody but root can read the memory of the stack, which has copies of key files, and it leaves no core file.

    Not before the service starts: until then others may have their own business with this process.  The limit of core
    files stays, since applications that the stack starts inherit that; that it cannot be read they do not inherit.
    """

    def startService(self) -> None:
        """
        Have the kernel forbid both.
        """
        super().startService()
        forbidCores()
