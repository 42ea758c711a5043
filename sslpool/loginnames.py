# -*- test-case-name: tests.test_loginnames -*-
"""
The login names of user ids.  Where users are kept on another machine a look-up may take seconds: it
is made in a thread, one at a time, and its result is kept for a while.  Lives in the stack process.
"""

from __future__ import annotations

import pwd
from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorThreads, IReactorTime
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages.announce import announceFault

FRESH, KEPT = 60.0, 600.0
"""
For how long a name is taken for granted, and for how long it is used while it is looked up anew, in
seconds: an operator does not wait for a directory service that is slow today.
"""

MOST_NAMES = 256
"""
How many names are kept.
"""


def loginName(uid: int) -> str:
    """
    Return the login name of a user id; empty where the user database knows none.  May block.
    """
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


@frozen
class _Known:
    name: str
    asOf: float


class Logins:
    """
    The names that have been looked up.

    @param lookUp: returns the login name of a user id; called in a thread.
    """

    log = Logger()

    def __init__(self, reactor: Any, lookUp: Callable[[int], str] = loginName) -> None:
        self._clock: IReactorTime = reactor
        self._threads: IReactorThreads = reactor
        self._lookUp = lookUp
        self._known: dict[int, _Known] = {}
        self._wanted: dict[int, list[Deferred[str]]] = {}
        self._looking = False

    def find(self, uid: int) -> Deferred[str]:
        """
        Return the login name of a user id, empty where there is none; at once where it is known.
        """
        known = self._known.get(uid)
        age = None if known is None else self._clock.seconds() - known.asOf
        if known is not None and age is not None and age < KEPT:
            if age >= FRESH:
                self._wanted.setdefault(uid, [])
                self._look()
            return succeed(known.name)
        found: Deferred[str] = Deferred()
        self._wanted.setdefault(uid, []).append(found)
        self._look()
        return found

    def _look(self) -> None:
        """
        Look up the next one, where none is being looked up.
        """
        if self._looking or not self._wanted:
            return
        self._looking = True
        uid = next(iter(self._wanted))
        pool = self._threads.getThreadPool()
        deferToThreadPool(self._threads, pool, self._lookUp, uid).addErrback(self._failed).addCallback(self._found, uid)

    def _failed(self, failure: Failure) -> None:
        announceFault(self.log, "a login name was looked up", failure)

    def _found(self, name: str | None, uid: int) -> None:
        """
        Take a result; C{None} where there is none, by a fault of ours.
        """
        self._looking = False
        if name is not None:
            self._known.pop(uid, None)
            while len(self._known) >= MOST_NAMES:
                del self._known[next(iter(self._known))]
            self._known[uid] = _Known(name, self._clock.seconds())
        for waiting in self._wanted.pop(uid):
            waiting.callback(name or "")
        self._look()
