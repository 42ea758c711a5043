# -*- test-case-name: tests.stack.test_orphans -*-
"""
Reaps processes whose parent has died, where the system gives them to the stack: as process 1 of
a container, or as a subreaper.  Lives in the stack process.
"""

from __future__ import annotations

import os

from twisted.internet.process import reapProcessHandlers


def reapOrphans() -> tuple[str, ...]:
    """
    Reap children that have ended and that nobody here has started: servers whose agent has died,
    or what an application has left.  Twisted waits for its own.

    @return: nothing; L{Upkeep<sslpool.stack.upkeep.Upkeep>} calls it.
    """
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return ()  # there are no children at all
        if ended is None or ended.si_pid in reapProcessHandlers:
            return ()  # none has ended; or Twisted is about to reap it, and the next is seen after that
        os.waitpid(ended.si_pid, os.WNOHANG)
