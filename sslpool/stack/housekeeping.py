# -*- test-case-name: tests.stack.test_housekeeping -*-
"""
Looks every second after what others may take away under a running stack: files that a cleaner
of temporary files removes, and processes whose parent has died.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from attrs import define
from twisted.internet.interfaces import IReactorTime
from twisted.internet.process import reapProcessHandlers
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages import OperatorError
from sslpool.messages.announce import announce, announceFault
from sslpool.repeating import Repeating

INTERVAL = 1.0
"""
How often it looks, in seconds.
"""

LASTING = 3
"""
How often in a row something must fail before that is said: another process may have the lock
for the moment that it takes to ask whether it may.
"""

ACTIVITY = "files that others may remove were checked"
"""
What it does, where it meets a fault.
"""

Tend = Callable[[], Iterable[str]]
"""
Does what is to be done, such as to make again what is missing, and yields the path of each
file; raises L{OperatorError} or C{OSError}.
"""


def guarded(guard: Callable[[], bool], tend: Tend) -> Tend:
    """
    Return what does as C{tend} as long as C{guard} says so.
    """
    return lambda: tend() if guard() else ()


@define
class Care:
    """
    One thing to look after.

    @ivar tend: looks after it.
    @ivar trouble: why that has failed, the last time; or empty.
    @ivar times: how often in a row for this reason.
    """

    tend: Tend
    trouble: str = ""
    times: int = 0

    def failed(self, reason: str) -> bool:
        """
        Take note of a failure; tell whether it is to be said now.
        """
        self.times = self.times + 1 if reason == self.trouble else 1
        self.trouble = reason
        return self.times == LASTING


class Housekeeping(Repeating):
    """
    Looks after things.

    @param tends: what looks after each, in this order.
    """

    log = Logger()

    def __init__(self, reactor: IReactorTime, tends: Sequence[Tend]) -> None:
        super().__init__(reactor, INTERVAL, self._look, ACTIVITY)
        self._cares = [Care(tend) for tend in tends]

    def _look(self) -> None:
        for care in self._cares:
            self._tend(care)

    def _tend(self, care: Care) -> None:
        try:
            for path in care.tend():
                announce(self.log, "SSLP008W", path=path)
        except OperatorError as error:
            reason = str(error)
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        except Exception as error:
            if care.failed(repr(error)):
                announceFault(self.log, ACTIVITY, Failure())
            return
        else:
            care.trouble = ""
            return
        if care.failed(reason):
            announce(self.log, "SSLP009E", reason=reason)


def reapOrphans() -> tuple[str, ...]:
    """
    Reap children that have ended and that nobody here has started: servers whose agent has died,
    or what an application has left.  Twisted waits for its own.

    @return: nothing; L{Housekeeping} calls it.
    """
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return ()  # there are no children at all
        if ended is None or ended.si_pid in reapProcessHandlers:
            return ()  # none has ended; or Twisted is about to reap it, and the next is seen after that
        os.waitpid(ended.si_pid, os.WNOHANG)
