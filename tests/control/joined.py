"""
Joins the commands' end and the stack's end of a control connection in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Set
from typing import Any, TypeVar, cast

from attrs import define
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.test.iosim import IOPump, connectedServerAndClient

from sslpool.control.access import AccessControl, Caller
from sslpool.control.client import StackClient
from sslpool.control.clientprotocol import ClientProtocol
from sslpool.control.complaints import FAULTS, Complaints
from sslpool.control.controlfactory import ControlConnection, ControlFactory
from sslpool.control.controlprotocol import ControlProtocol, LocalProtocol
from sslpool.control.quotas import ConnectionQuota, RequestLimits
from sslpool.fairqueue import FairQueue
from sslpool.interfaces import IPoolAdministration
from tests.config.support import current

OWNER = 501


def authority(owner: int, administrators: Set[str] = frozenset(), obey: Set[str] = frozenset()) -> AccessControl:
    """
    Return who may where C{owner} is the stack's user, with these lists.
    """
    return AccessControl(current(administrators=frozenset(administrators), obey=frozenset(obey)), lambda: owner)


AUTHORITY = authority(OWNER, {"ALICE"}, {"OBEYER"})
ALICE = Caller(502, "ALICE")
STRANGER = Caller(503, "MALLORY")

T = TypeVar("T")


@define
class Joined:
    """
    Both ends.

    @ivar client: the commands' end.
    @ivar line: its connection.
    @ivar conversation: the stack's end.
    @ivar factory: what made it.
    @ivar pump: carries octets between them.
    @ivar clock: both ends' time.
    @ivar complaints: what the stack has to say of callers.
    """

    client: StackClient
    line: ClientProtocol
    conversation: ControlProtocol
    factory: ControlFactory
    pump: IOPump
    clock: Clock
    complaints: Complaints

    def ask(self, question: Coroutine[Any, Any, T]) -> Deferred[T]:
        """
        Ask and carry octets until nothing moves; those of a stranger have their turn.
        """
        answer: Deferred[T] = Deferred.fromCoroutine(question)
        waiting = -1
        while waiting != self.factory.queue.waiting:
            waiting = self.factory.queue.waiting
            self.clock.advance(0)
            self.pump.flush()
        return answer

    @property
    def faults(self) -> int:
        """
        How many faults of ours there were.
        """
        return self.complaints.counts[FAULTS]

    @property
    def cutOff(self) -> bool:
        """
        Whether the stack's end has ended the connection.
        """
        transport = self.conversation.transport
        return transport is None or bool(transport.disconnecting or transport.disconnected)  # type: ignore[attr-defined]


def stackEnd(
    administration: IPoolAdministration,
    caller: Caller,
    clock: Clock,
    limits: RequestLimits | None = None,
    quota: ConnectionQuota | None = None,
    make: Callable[[ControlFactory], ControlConnection] | None = None,
) -> tuple[ControlFactory, Complaints]:
    """
    Return what makes the stack's ends, those of C{caller} unless C{make} says otherwise, and its complaints.
    """
    complaints = Complaints(clock)
    factory = ControlFactory(
        make or (lambda home: LocalProtocol(home, lambda transport: caller.uid or 0, lambda uid: succeed(caller))),
        clock,
        administration,
        AUTHORITY,
        complaints,
        FairQueue(clock),
        limits,
        quota,
    )
    return factory, complaints


def join(
    administration: IPoolAdministration,
    caller: Caller = ALICE,
    limits: RequestLimits | None = None,
    quota: ConnectionQuota | None = None,
) -> Joined:
    """
    Return both ends of a connection of C{caller}, connected.
    """
    clock = Clock()
    factory, complaints = stackEnd(administration, caller, clock, limits, quota)
    line, conversation, pump = connectedServerAndClient(
        lambda: cast(ControlProtocol, factory.buildProtocol(None)), ClientProtocol, clock=clock
    )
    return Joined(StackClient(clock, line, "TCPIP"), line, conversation, factory, pump, clock, complaints)
