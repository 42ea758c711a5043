# -*- test-case-name: tests.test_fairqueue -*-
"""
What strangers may cost the stack: those who come to its sockets and may not do more than others.
Lives in the stack process.

All of them together have one share of its time, whatever they ask, and however many connections they have.  Their
questions are answered one at a time, the askers taking turns; each has to be paid for, in time in which no other is
begun.  Whoever may administer the stack, and programs that may have connections secured, do not stand in this queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages.announce import announceFault

SHARE = 0.05
"""
The part of the stack's time that strangers have.  A new session is the stack's work for less than a
millisecond, and the stack has a core for itself: a twentieth is not felt, and lets everybody look at
thousands of sessions in a few seconds.
"""

BURST = 0.25
"""
So many seconds of work may be done at once when there has been little before: a NETSTAT CONN of some
thousand sessions is not slowed down.
"""

LONGEST = 0.25
"""
No question counts for more, in seconds: one that a server leaves without an answer is not work.
"""

Work = Callable[[], "Deferred[None] | None"]
"""
Does something for a stranger; a C{Deferred} fires when it is done.
"""


@define(eq=False)
class Queued:
    """
    A place in the queue.

    @ivar asker: whose it is.
    @ivar work: what is to be done.
    """

    asker: Hashable
    work: Work


@define(eq=False)
class FairQueue:
    """
    The queue.  Each asker has to bound how many places he has in it.

    @ivar clock: counts the time.
    """

    clock: IReactorTime
    _waiting: dict[Hashable, deque[Queued]] = field(factory=dict, init=False)
    _busy: bool = field(default=False, init=False)
    _next: IDelayedCall | None = field(default=None, init=False)
    _owed: float = field(default=0.0, init=False)
    _asOf: float = field(default=0.0, init=False)
    log = Logger()

    def wait(self, asker: Hashable, work: Work) -> Queued:
        """
        Have something done for an asker when it is his turn: not before this returns.
        """
        queued = Queued(asker, work)
        self._waiting.setdefault(asker, deque()).append(queued)
        self._look()
        return queued

    def leave(self, queued: Queued) -> None:
        """
        Give a place up; what has begun goes on.
        """
        places = self._waiting.get(queued.asker)
        if places is None or queued not in places:
            return
        places.remove(queued)
        if not places:
            del self._waiting[queued.asker]
        if not self._waiting and self._next is not None:
            self._next.cancel()
            self._next = None

    @property
    def waiting(self) -> int:
        """
        How many places are taken.
        """
        return sum(len(places) for places in self._waiting.values())

    def _look(self) -> None:
        """
        Have what is next begin as soon as it may, never within something else: others are to have the
        reactor between two of them.
        """
        if self._waiting and not self._busy and self._next is None:
            self._next = self.clock.callLater(self._pause(), self._begin)

    def _begin(self) -> None:
        self._next = None
        asker = next(iter(self._waiting))
        places = self._waiting.pop(asker)
        queued = places.popleft()
        if places:
            self._waiting[asker] = places  # behind all others
        self._busy = True
        began = self.clock.seconds()
        try:
            done = queued.work() or succeed(None)
        except Exception:
            done = fail(Failure())
        done.addErrback(self._fault)
        done.addCallback(self._done, began)

    def _done(self, _: object, began: float) -> None:
        self._busy = False
        self._pause()
        self._owed += min(self.clock.seconds() - began, LONGEST)
        self._look()

    def _pause(self) -> float:
        """
        Return for how many seconds nothing may begin.
        """
        now = self.clock.seconds()
        self._owed = max(self._owed - (now - self._asOf) * SHARE, 0.0)
        self._asOf = now
        return max((self._owed - BURST) / SHARE, 0.0)

    def _fault(self, failure: Failure) -> None:
        announceFault(self.log, "a stranger's question was checked", failure)


RATE, AT_ONCE = 5.0, 20
"""
How many connections a second a stranger may make in the long run, and how many at once.
"""

RATE_OF_ALL, AT_ONCE_OF_ALL = 25.0, 100
"""
The same for all strangers together.
"""


@define
class Pace:
    """
    Lets so many through in a second: the time at which all that were let through would have come at
    an even pace is not far ahead of the present one (the generic cell rate algorithm of ITU-T I.371).

    @ivar rate: how many in a second.
    @ivar atOnce: how many at once.
    @ivar due: when the next would come at that pace.
    """

    rate: float
    atOnce: int
    due: float = 0.0

    def isFree(self, now: float) -> bool:
        """
        Return whether another one may come.
        """
        return self.due - now < (self.atOnce - 0.5) / self.rate

    def take(self, now: float) -> None:
        """
        Count another one.
        """
        self.due = max(self.due, now) + 1 / self.rate


@define(eq=False)
class Arrivals:
    """
    Connections of strangers.

    @ivar clock: counts the time.
    """

    clock: IReactorTime
    _all: Pace = field(factory=lambda: Pace(RATE_OF_ALL, AT_ONCE_OF_ALL), init=False)
    _each: dict[Hashable, Pace] = field(factory=dict, init=False)

    def admit(self, key: Hashable) -> bool:
        """
        Count a connection of one stranger, where it is not one too many; return whether it is not.
        """
        now = self.clock.seconds()
        self._forget(now)
        pace = self._each.get(key) or Pace(RATE, AT_ONCE)
        if not (pace.isFree(now) and self._all.isFree(now)):
            return False
        pace.take(now)
        self._all.take(now)
        self._each[key] = pace
        return True

    def _forget(self, now: float) -> None:
        """
        Forget those whose pace does not matter any more: so many are let through in all that the others are few.
        """
        if len(self._each) > AT_ONCE_OF_ALL:
            self._each = {key: pace for key, pace in self._each.items() if pace.due > now}
