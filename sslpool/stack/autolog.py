# -*- test-case-name: tests.stack.test_autolog -*-
"""
AUTOLOG: starts applications when the servers are up, and again when they have ended.  Lives in the stack process.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from errno import ENOENT
from functools import partial

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.backoff import Backoff
from sslpool.config.configuration import Application, Configuration
from sslpool.interfaces import IReconfigurable, IStackReactor, Preparation
from sslpool.messages.announce import announce
from sslpool.pool.exits import exitReason
from sslpool.stack import become
from sslpool.stack.configuration.accounts import Account, account

SOON = 1.0
"""
How long after its end an application that has run is started again, in seconds.
"""

DELAYS = (2.0, 5.0, 15.0, 60.0)
"""
The same for one that fails again and again; the last one goes on.
"""

HEALTHY = 60.0
"""
An application that has run for so long, in seconds, is not in a series of failures.
"""

FAREWELL = 5.0
"""
How long an application may take to end after SIGTERM, in seconds.
"""


@frozen
class Order:
    """
    What AUTOLOG starts.

    @ivar command: program and arguments, as words.
    @ivar user: as whom, a name or a number; empty is whoever the stack is.
    """

    command: str
    user: str = ""


@implementer(IReconfigurable)
class Autolog(Service):
    """
    The applications that the stack starts.

    @param applications: the applications listed in AUTOLOG, in order.
    @param servers: fires when the first server is Active.
    @param timeout: how long to wait for that, in seconds (SSLSERVERID TIMEOUT).
    """

    log = Logger()

    def __init__(
        self, reactor: IStackReactor, applications: Iterable[Application], servers: Deferred[None], timeout: int
    ) -> None:
        self._reactor = reactor
        orders = _orders(applications)
        self._runs = {userid: Run(reactor, userid, order) for userid, order in orders.items() if order.command}
        self._silent = [userid for userid, order in orders.items() if not order.command]
        self._begun = False
        self._servers = servers
        self._timeout = timeout
        self._overdue: IDelayedCall | None = None

    def startService(self) -> None:
        """
        Wait for the servers, then start the applications.
        """
        super().startService()
        for userid in self._silent:
            announce(self.log, "SSLP034W", application=userid)
        if self._runs:
            self._overdue = self._reactor.callLater(self._timeout, self._late)
        self._servers.addCallback(self._ready)

    def stopService(self) -> Deferred[None]:
        """
        End the applications; fires when they have ended.
        """
        super().stopService()
        self._cancel()
        ended: Deferred[None] = DeferredList([run.stop() for run in self._runs.values()]).addCallback(lambda _: None)
        return ended

    def prepare(self, configuration: Configuration) -> Preparation:
        return Preparation(partial(self.replace, _orders(autologged(configuration))))

    def replace(self, orders: dict[str, Order]) -> None:
        """
        Start what is new and end what is not listed any more; what is the same goes on.

        @param orders: what is to be started of each application.
        """
        for userid in [each for each, run in self._runs.items() if orders.get(each) != run.order]:
            self._runs.pop(userid).stop()
        for userid, order in orders.items():
            if order.command and userid not in self._runs:
                run = self._runs[userid] = Run(self._reactor, userid, order)
                if self._begun:
                    run.start()

    def _ready(self, result: None) -> None:
        if not self._begun and self.running:
            self._begin()

    def _late(self) -> None:
        announce(self.log, "SSLP030W", seconds=self._timeout)
        self._begin()

    def _begin(self) -> None:
        self._cancel()
        self._begun = True
        for run in self._runs.values():
            run.start()

    def _cancel(self) -> None:
        if self._overdue is not None and self._overdue.active():
            self._overdue.cancel()
        self._overdue = None


def autologged(configuration: Configuration) -> list[Application]:
    """
    Return the applications that AUTOLOG lists, in its order.
    """
    known = {each.userid: each for each in configuration.applications}
    return [known[userid] for userid in configuration.autolog if userid in known]


def _orders(applications: Iterable[Application]) -> dict[str, Order]:
    return {each.userid: Order((each.command or "").strip(), each.user) for each in applications}


class Run(ProcessProtocol):
    """
    One application: its process and what comes after it.

    @ivar order: what is started.
    """

    log = Logger()

    def __init__(self, reactor: IStackReactor, userid: str, order: Order) -> None:
        self._reactor = reactor
        self._userid = userid
        self.order = order
        self._began = 0.0
        self._backoff = Backoff(DELAYS)
        self._again: IDelayedCall | None = None
        self._ended: Deferred[None] | None = None

    def start(self) -> None:
        """
        Start the application.  Its words are arguments of the program, never of a shell.
        """
        self._again = None
        self._began = self._reactor.seconds()
        user = self.order.user
        try:
            owner = account(user) if user else None
        except ValueError as error:
            announce(self.log, "SSLP056E", application=self._userid, user=user, reason=error)
            return
        try:
            arguments = shlex.split(self.order.command)
            words = arguments if owner is None else _becoming(owner, arguments)
            environment = None if owner is None else owner.environment(os.environ)
            with open(os.devnull, "rb") as nothing:
                process = self._reactor.spawnProcess(
                    self, words[0], words, env=environment, childFDs={0: nothing.fileno(), 1: 1, 2: 2}
                )
        except OSError as error:
            reason = f"{arguments[0]}: {error.strerror}"
            announce(self.log, "SSLP033E", application=self._userid, reason=reason)
        except ValueError as error:  # a quotation without an end
            announce(self.log, "SSLP033E", application=self._userid, reason=error)
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
        if self._reactor.seconds() - self._began > HEALTHY:
            self._backoff.worked()
            delay = SOON
        else:
            delay = self._backoff.failed()
        announce(
            self.log, "SSLP032E", application=self._userid, reason=exitReason(ended.status), seconds=f"{delay:.0f}"
        )
        self._again = self._reactor.callLater(delay, self.start)


def _becoming(owner: Account, arguments: Sequence[str]) -> Sequence[str]:
    """
    Return the words that start a program as another user.

    @raise OSError: there is no such program.
    """
    if owner.uid == os.geteuid():
        return arguments
    path = shutil.which(arguments[0])
    if path is None:
        raise OSError(ENOENT, os.strerror(ENOENT))
    groups = ",".join(map(str, owner.groups))
    return [sys.executable, "-I", "-S", become.__file__, str(owner.uid), groups, path, *arguments]
