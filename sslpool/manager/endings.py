# -*- test-case-name: tests.manager.test_endings -*-
"""
Hears from the kernel that a process has ended, whoever its parent is.  Lives in the stack process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from twisted.internet.interfaces import IReactorFDSet

from sslpool.readers import Reader


class Ending(Reader):
    """
    The end of one process, as a descriptor that becomes readable (pidfd_open(2)).

    @param pid: the process.
    @param ended: called once when it has ended.
    @raise OSError: there is no such process any more, no descriptor is left, or
        the system does not know such descriptors (Linux before 5.3).
    """

    def __init__(self, reactor: IReactorFDSet, pid: int, ended: Callable[[], None]) -> None:
        self._reactor = reactor
        self._ended = ended
        self._descriptor = os.pidfd_open(pid)
        reactor.addReader(self)

    def kill(self) -> None:
        """
        End the process at once, and no other that may have its id by now.

        @raise ProcessLookupError: it has ended already, and has been waited for.
        """
        if self._descriptor >= 0:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def close(self) -> None:
        """
        Do not listen any longer.
        """
        if self._descriptor >= 0:
            self._reactor.removeReader(self)
            os.close(self._descriptor)
            self._descriptor = -1

    def fileno(self) -> int:
        """
        The descriptor to watch.
        """
        return self._descriptor

    def doRead(self) -> None:
        """
        The process has ended.
        """
        self.close()
        self._ended()
