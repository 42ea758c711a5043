# -*- test-case-name: tests.stack.test_autolog -*-
"""
AUTOLOG: starts applications when the servers are up, and again when they have
ended.  Lives in the stack process.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.config.configuration import Application
from sslpool.interfaces import IStackReactor
from sslpool.messages.announce import announce
from sslpool.pool.exits import exitReason

DELAYS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""
How long after its end an application is started again, in seconds; the last one goes on.
"""

HEALTHY = 60.0
"""
An application that has run for so long, in seconds, is not in a series of failures.
"""

FAREWELL = 5.0
"""
How long an application may take to end after SIGTERM, in seconds.
"""


class Autolog(Service):
    """
    The applications that the stack starts.

    @param applications: the applications listed in AUTOLOG, in order.
    @param servers: fires when the first server is Active.
    @param timeout: how long to wait for that, in seconds (SSLSERVERID TIMEOUT).
    """

    log = Logger()

    def __init__(
        self,
        reactor: IStackReactor,
        applications: Iterable[Application],
        servers: Deferred[None],
        timeout: int,
    ) -> None:
        self._reactor = reactor
        self._runs = [Run(reactor, each, each.command) for each in applications if each.command]
        self._silent = [each for each in applications if not each.command]
        self._servers = servers
        self._timeout = timeout
        self._overdue: IDelayedCall | None = None

    def startService(self) -> None:
        """
        Wait for the servers, then start the applications.
        """
        super().startService()
        for each in self._silent:
            announce(self.log, "SSLP034W", application=each.userid)
        if self._runs:
            self._overdue = self._reactor.callLater(self._timeout, self._late)
            self._servers.addCallback(self._ready)

    def stopService(self) -> Deferred[None]:
        """
        End the applications; fires when they have ended.
        """
        super().stopService()
        self._cancel()
        ended: Deferred[None] = DeferredList([run.stop() for run in self._runs]).addCallback(lambda _: None)
        return ended

    def _ready(self, result: None) -> None:
        if self._overdue is not None:
            self._begin()

    def _late(self) -> None:
        announce(self.log, "SSLP030W", seconds=self._timeout)
        self._begin()

    def _begin(self) -> None:
        self._cancel()
        for run in self._runs:
            run.start()

    def _cancel(self) -> None:
        if self._overdue is not None and self._overdue.active():
            self._overdue.cancel()
        self._overdue = None


class Run(ProcessProtocol):
    """
    One application: its process and what comes after it.
    """

    log = Logger()

    def __init__(self, reactor: IStackReactor, application: Application, command: str) -> None:
        self._reactor = reactor
        self._userid = application.userid
        self._arguments = shlex.split(command)
        self._began = 0.0
        self._failures = 0
        self._again: IDelayedCall | None = None
        self._ended: Deferred[None] | None = None

    def start(self) -> None:
        """
        Start the application.  Its words are arguments of the program, never of a shell.
        """
        self._again = None
        self._began = self._reactor.seconds()
        try:
            with open(os.devnull, "rb") as nothing:
                process = self._reactor.spawnProcess(
                    self, self._arguments[0], self._arguments, env=None, childFDs={0: nothing.fileno(), 1: 1, 2: 2}
                )
        except OSError as error:
            announce(self.log, "SSLP033E", application=self._userid, reason=error.strerror)
        else:
            announce(self.log, "SSLP031I", application=self._userid, pid=process.pid)

    def stop(self) -> Deferred[None]:
        """
        End the application; fires when it has ended.
        """
        self._ended = Deferred()
        if self._again is not None:
            self._again.cancel()
        if self.transport is None or self.transport.pid is None:
            self._ended.callback(None)
        else:
            self.transport.signalProcess("TERM")
            overdue = self._reactor.callLater(FAREWELL, self._kill)
            self._ended.addCallback(lambda _: overdue.cancel() if overdue.active() else None)
        return self._ended

    def _kill(self) -> None:
        try:
            assert self.transport is not None
            self.transport.signalProcess("KILL")
        except ProcessExitedAlready:
            pass

    def processExited(self, reason: Failure) -> None:
        """
        The application has ended.
        """
        if self._ended is not None:
            self._ended.callback(None)
            return
        ended = reason.value
        assert isinstance(ended, (ProcessDone, ProcessTerminated))
        healthy = self._reactor.seconds() - self._began > HEALTHY
        self._failures = 0 if healthy else min(self._failures + 1, len(DELAYS) - 1)
        delay = DELAYS[self._failures]
        announce(
            self.log, "SSLP032E", application=self._userid, reason=exitReason(ended.status), seconds=f"{delay:.0f}"
        )
        self._again = self._reactor.callLater(delay, self.start)
